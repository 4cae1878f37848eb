"""The contents of the switch's files, from the settings and the companies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from hashlib import sha256
from ipaddress import ip_network

from esl_bridge.callflow.failsafe_timers import LONGEST_MUSIC_SECONDS
from esl_bridge.callflow.queueing import entrance, queue_name
from esl_bridge.config import SwitchConfig
from esl_bridge.domain.company import Companies, Company, Route
from esl_bridge.esl.commands import ALLOWED_API
from esl_bridge.esl.decoding import ALLOWED_EVENTS
from esl_bridge.render.fill import UnfitValue, Xml, fill

MARK = "Written by `esl-bridge render`, which overwrites it: change the companies' files instead."

API_RIGHTS = " ".join(ALLOWED_API)
EVENT_RIGHTS = " ".join(("ALL", *ALLOWED_EVENTS[ALLOWED_EVENTS.index("CUSTOM") :]))
"""On login the switch repeats both lists, from a buffer of 512 bytes, and truncates its reply if
they are longer. So the events are not listed one by one, except for subclasses, which ``ALL`` does
not include."""

VERSION = "presence-hosts"
"""The profile's parameter that identifies the rendered version."""
ACCESS_LIST = "esl_bridge"
"""The switch's access list of hosts that may use its event socket."""


def switch_files(switch: SwitchConfig, companies: Companies) -> dict[str, str]:
    """The text of every file, by its path below the switch's configuration folder.

    Disabled companies are left out. Raises UnfitValue.
    """
    enabled = {code: company for code, company in companies.items() if company.enabled}
    files: dict[str, str] = {
        "directory/esl_bridge.xml": _directory(switch, enabled),
        "sip_profiles/esl_bridge.xml": profile(switch),
        "dialplan/esl_bridge.xml": _dialplan(switch, enabled),
        "dialplan/public/05_esl_bridge.xml": _numbers(enabled),
        "autoload_configs/callcenter.conf.xml": _callcenter(switch, enabled),
        "autoload_configs/conference.conf.xml": fill(
            "templates/conference", mark=MARK, domain=switch.domain
        ),
    }
    if switch.daemon_networks:
        files["autoload_configs/acl.conf.xml"] = _access_list(switch.daemon_networks)
    return files


def _joined(pieces: Iterator[Xml]) -> Xml:
    return Xml("\n".join(piece.rstrip("\n") for piece in pieces))


def _exactly(destination: str) -> str:
    return f"^{re.escape(destination)}$"


def _directory(switch: SwitchConfig, companies: Companies) -> Xml:
    return fill(
        "templates/directory",
        mark=MARK,
        domain=switch.domain,
        profile=switch.profile,
        users=_joined(_users(switch, companies)),
    )


def _users(switch: SwitchConfig, companies: Companies) -> Iterator[Xml]:
    if switch.user is not None:
        yield fill(
            "templates/esl_user",
            user=switch.user.partition("@")[0],
            password=switch.password,
            api=API_RIGHTS,
            events=EVENT_RIGHTS,
        )
    for company in companies.values():
        for name, extension in company.extensions.items():
            try:
                yield fill(
                    "templates/extension",
                    extension=name,
                    password=extension.password,
                    company=company.code,
                )
            except UnfitValue as unfit:
                raise UnfitValue(f"extension {name}: {unfit}") from None


def profile(switch: SwitchConfig) -> Xml:
    """The phones' SIP profile, marked by a digest of its content: a running profile that was
    reloaded but not restarted shows another mark."""
    write = partial(
        fill,
        "templates/profile",
        mark=MARK,
        profile=switch.profile,
        domain=switch.domain,
        sip_port=switch.sip_port,
        ws_host=_ws_host(switch.ws_host),
        ws_port=switch.ws_port,
        hold=switch.sounds.hold,
        nat=_nat(switch.external_ip),
    )
    digest = sha256(write(version="").encode()).hexdigest()
    return write(version=f"rendered-{digest[:12]}")


def _nat(external_ip: str | None) -> Xml:
    """A switch behind NAT has to know its own network, whose phones are given the inner address."""
    if external_ip is None:
        return fill("templates/no_nat")
    return fill("templates/nat", address=external_ip)


def _access_list(networks: Iterable[str]) -> Xml:
    """Who may use the event socket; a single list, since the switch requires an address to be on
    each of several."""
    nodes = (fill("templates/acl_node", network=str(ip_network(each))) for each in networks)
    return fill("templates/acl", mark=MARK, name=ACCESS_LIST, nodes=_joined(nodes))


def _ws_host(address: str) -> str:
    if not address:
        return Xml("$${local_ip_v4}")
    return f"[{address}]" if ":" in address else address


def _dialplan(switch: SwitchConfig, companies: Companies) -> Xml:
    skills = (
        fill(
            "dialplans/skill",
            entrance=entrance(company.code, skill),
            destination=_exactly(entrance(company.code, skill)),
            queue=queue_name(company.code, skill),
        )
        for company in companies.values()
        for skill in company.skills
    )
    hold = switch.sounds.hold
    return fill("dialplans/esl_bridge", mark=MARK, hold=hold, skills=_joined(skills))


def _numbers(companies: Companies) -> Xml:
    numbers = (
        _number(company, number, route)
        for company in companies.values()
        for number, route in company.numbers.items()
    )
    return fill("dialplans/numbers", mark=MARK, numbers=_joined(numbers))


def _number(company: Company, number: str, route: Route) -> Xml:
    extension, context = _entrance(company, route)
    return fill(
        "dialplans/number",
        number=number,
        destination=_exactly(number),
        company=company.code,
        extension=extension,
        context=context,
        music_seconds=LONGEST_MUSIC_SECONDS,
    )


def _entrance(company: Company, route: Route) -> tuple[str, str]:
    """Where a caller is sent directly; ``arrive`` where the daemon has to decide."""
    if route.ivr is not None:
        ivr = company.ivrs[route.ivr]
        return ivr.extension, ivr.context
    if route.skill is not None:
        return entrance(company.code, route.skill), "esl_bridge"
    return "arrive", "esl_bridge"


def _callcenter(switch: SwitchConfig, companies: Companies) -> Xml:
    queues = (
        fill(
            "templates/queue",
            queue=queue_name(company.code, name),
            strategy=skill.strategy,
            hold=switch.sounds.hold,
            max_wait_seconds=skill.max_wait_seconds,
        )
        for company in companies.values()
        for name, skill in company.skills.items()
    )
    return fill("templates/callcenter", mark=MARK, queues=_joined(queues))
