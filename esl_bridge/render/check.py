"""Checks by its own answers what a switch lacks of what the daemon needs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from ipaddress import ip_address, ip_network
from xml.etree import ElementTree

from esl_bridge.callflow.queueing import entrance, queue_name
from esl_bridge.config import SwitchConfig
from esl_bridge.domain.company import Companies, Company
from esl_bridge.errors import SwitchRefused
from esl_bridge.esl.checked import check
from esl_bridge.esl.commands import ALLOWED_API, Command
from esl_bridge.render import music
from esl_bridge.render.switch_files import ACCESS_LIST, VERSION
from esl_bridge.render.switch_files import profile as rendered_profile

Run = Callable[[Command], str]
Interfaces = Collection[Mapping[str, str]]

_MODULES = {
    "mod_sofia": "phones",
    "mod_dptools": "the dialplan",
    "mod_dialplan_xml": "the dialplan",
    "mod_tone_stream": "ringback",
    "mod_local_stream": "music on hold",
    "mod_callcenter": "skills",
    "mod_conference": "three-way calls",
    "mod_sndfile": "recordings",
    "mod_shout": "recordings as mp3",
    "mod_av": "recordings as mp4",
}
_NAMES = ("phone", "arrive", "ringback", "hold", "withheld", "shown", "nowhere")
_PLACES = {f"esl_bridge_{name}" for name in _NAMES}
_GUARD = "esl_bridge_guard"
_GUARDS = ("esl_bridge_replaces", "esl_bridge_past_the_dialplan")
_SHUT = {"enable-chat": "false", "disable-transfer": "true"}
# If this is ``true`` the switch runs commands for callers; it is false by default.
_RUNS_COMMANDS = "extended-info-parsing"
_LOADERS = ("pre_load_modules.conf", "modules.conf", "post_load_modules.conf")
_STOCK_PASSWORD = "ClueCon"
_EVERYBODY = {"any_v4.auto", "any_v6.auto"}
_GATEWAY = re.compile(r"\Asofia/gateway/([^/{]+)/")
_RUNS_BY = re.compile(r"^Pres Hosts[ \t]*(\S*)", re.MULTILINE)
_DOWN = re.compile(r"^Status\s+DOWN", re.MULTILINE)
_NAMED = 5  # missing names per line

# In a dial string the switch expands variables, and interprets the result. _OURS are the extension
# and the domain that were called, as the directory spells them.
_EXPANDED = re.compile(r"\$\{([^}]*)\}?")
_OURS = {"dialed_user", "dialed_domain"}
# These expand to the address that a phone has registered, which the phone chooses.
_CONTACT = re.compile(r"\$\{[^}]*contact", re.IGNORECASE)


def check_switch(run: Run, switch: SwitchConfig, companies: Companies) -> list[str]:
    """One sentence for each thing that is missing; none: the switch is ready.

    Needs an account that may use all of ``ALLOWED_API``, so its rights are checked first.
    """
    if denied := [name for name in ALLOWED_API if _denied(run, name)]:
        return [f"the daemon's ESL account may not use {_some(denied)}"]
    enabled = [company for company in companies.values() if company.enabled]
    interfaces = _interfaces(run)
    return [
        *_modules(interfaces),
        *_loaded_once(run, interfaces),
        *_event_socket(run, switch),
        *_music(run, switch, interfaces),
        *_profile(run, switch),
        *_other_profiles(run, switch),
        *_directory(run, switch, enabled),
        *_other_directories(run, switch),
        *_dialplan(run, enabled),
        *_queues(run, enabled),
        *_rooms(run),
        *_gateways(run, enabled),
    ]


def _ask(run: Run, *words: str) -> str:
    try:
        return run(Command(tuple(check("argument", word) for word in words)))
    except SwitchRefused as refusal:
        return refusal.reply


def _denied(run: Run, name: str) -> bool:
    """Without arguments, an allowed command only prints its usage."""
    return "permission denied" in _ask(run, name)


def _located(run: Run, section: str, tag: str, name: str) -> ElementTree.Element | None:
    """An element of the configuration that the switch has loaded."""
    text = _ask(run, "xml_locate", section, tag, "name", name)
    return ElementTree.fromstring(text) if text.lstrip().startswith("<") else None


def _named(root: ElementTree.Element | None, tag: str, attribute: str = "name") -> set[str]:
    return set() if root is None else {found.get(attribute, "") for found in root.iter(tag)}


def _some(names: Collection[str]) -> str:
    first = sorted(names)[:_NAMED]
    more = len(names) - len(first)
    return ", ".join(first) + (f" and {more} more" if more else "")


def _lacking(what: str, wanted: Iterable[str], present: Collection[str]) -> Iterator[str]:
    if missing := set(wanted) - set(present):
        yield f"{what}: {_some(missing)} missing; render, copy, reloadxml"


def _interfaces(run: Run) -> list[dict[str, str]]:
    """What the modules offer: ``type`` and ``name`` of each; ``ikey`` is the module's name."""
    listed = _ask(run, "show", "interfaces", "as", "json")
    rows: list[dict[str, str]] = json.loads(listed).get("rows", []) if listed[:1] == "{" else []
    return rows


def _modules(interfaces: Interfaces) -> Iterator[str]:
    loaded = {one["ikey"] for one in interfaces}
    for module, purpose in _MODULES.items():
        if module not in loaded:
            yield f"{module} is not loaded: no {purpose}"


def _loaded_once(run: Run, interfaces: Interfaces) -> Iterator[str]:
    """A module loaded by `load` is gone after the switch's next start."""
    roots = [_located(run, "configuration", "configuration", file) for file in _LOADERS]
    listed = set[str]().union(*(_named(root, "load", "module") for root in roots))
    loaded = {one["ikey"] for one in interfaces} & set(_MODULES)
    if listed and (once := loaded - listed):
        yield f"{_some(once)}: loaded for this boot only; name them in modules.conf.xml"


def _event_socket(run: Run, switch: SwitchConfig) -> Iterator[str]:
    root = _located(run, "configuration", "configuration", "event_socket.conf")
    params = (
        [] if root is None else [(p.get("name"), p.get("value", "")) for p in root.iter("param")]
    )
    values = dict(params)
    address = values.get("listen-ip", "127.0.0.1")
    lists = [value for name, value in params if name == "apply-inbound-acl"]
    if switch.daemon_networks:
        yield from _daemons_elsewhere(run, switch.daemon_networks, address, lists)
    if _is_loopback(address):
        return
    cure = "set listen-ip, apply-inbound-acl and password in event_socket.conf.xml"
    if values.get("password") == _STOCK_PASSWORD:
        yield f"event socket: listens on {address} with the stock password; {cure}"
    if _EVERYBODY & set(lists):
        yield f"event socket: listens on {address} and lets everybody in; {cure}"


def _daemons_elsewhere(
    run: Run, networks: Iterable[str], address: str, lists: list[str]
) -> Iterator[str]:
    """Settings by which the event socket would refuse the daemons that should use it."""
    cure = "in event_socket.conf.xml; reload mod_event_socket"
    if _is_loopback(address):
        yield f"event socket: daemons on other hosts cannot reach {address}; set listen-ip {cure}"
    if lists != [ACCESS_LIST]:
        yield f"event socket: set apply-inbound-acl once, to {ACCESS_LIST}, {cure}"
    root = _located(run, "configuration", "configuration", "acl.conf")
    nodes = () if root is None else root.findall(f".//list[@name='{ACCESS_LIST}']/node")
    allowed = {node.get("cidr", "") for node in nodes if node.get("type") == "allow"}
    wanted = [str(ip_network(network)) for network in networks]
    yield from _lacking(f"acl.conf, list {ACCESS_LIST}", wanted, allowed)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _music(run: Run, switch: SwitchConfig, interfaces: Interfaces) -> Iterator[str]:
    sound, host = switch.sounds.hold, switch.host
    formats = {one["name"] for one in interfaces if one["type"] == "file"}
    for what in music.lacking(sound, host, formats, _ask(run, "local_stream", "show")):
        yield f"hold music {sound}: {what}; callers hear nothing, and hold is refused"


def _profile(run: Run, switch: SwitchConfig) -> Iterator[str]:
    profile = switch.profile
    shown = _ask(run, "sofia", "status", "profile", profile)
    if "Invalid Profile" in shown:
        yield f"SIP profile {profile} does not run; render, copy, sofia profile {profile} start"
        return
    wanted = switch.domain
    root = _located(run, "configuration", "configuration", "sofia.conf")
    params = () if root is None else root.findall(f".//profile[@name='{profile}']//param")
    values = _values(params)
    if values.get("force-register-domain") != wanted:
        yield f"SIP profile {profile} does not register into {wanted}; render, copy, restart it"
    if not _SHUT.items() <= values.items() or values.get(_RUNS_COMMANDS) == "true":
        yield f"SIP profile {profile} lets phones past the daemon; render, copy, restart it"
    if older := _older(switch, params):
        yield f"SIP profile {profile} is older than the rendered one ({_some(older)}); " + (
            "render, copy, reloadxml, restart it"
        )
    elif (running := _RUNS_BY.search(shown)) and running[1] != values.get(VERSION, ""):
        yield (
            f"SIP profile {profile} was reloaded but still runs its old parameters; "
            f"sofia profile {profile} restart, while nobody talks"
        )


def _values(params: Iterable[ElementTree.Element]) -> dict[str, str]:
    return {param.get("name", ""): param.get("value", "") for param in params}


def _other_profiles(run: Run, switch: SwitchConfig) -> Iterator[str]:
    """Another profile that lets a caller take over calls or run commands does so for the whole
    switch."""
    root = _located(run, "configuration", "configuration", "sofia.conf")
    for profile in () if root is None else root.iterfind(".//profile"):
        name = profile.get("name", "")
        open_ones = list(_open_doors(_values(profile.iterfind("./settings/param"))))
        if name == switch.profile or not open_ones:
            continue
        if "Invalid Profile" not in _ask(run, "sofia", "status", "profile", name):
            yield (
                f"SIP profile {name} lets anybody who reaches it run commands or take over calls; "
                f"set {', '.join(open_ones)}, reloadxml, restart it"
            )


def _open_doors(values: Mapping[str, str]) -> Iterator[str]:
    """What to set to close them."""
    if values.get("enable-chat") != "false":
        yield "enable-chat to false"
    if values.get(_RUNS_COMMANDS, "false") != "false":
        yield f"{_RUNS_COMMANDS} to false"
    if values.get("auth-calls") == "true":
        return
    if values.get("disable-transfer") != "true":
        yield "disable-transfer to true"
    if "apply-inbound-acl" not in values:
        yield "apply-inbound-acl to a list of your carriers' addresses"


def _older(switch: SwitchConfig, params: Iterable[ElementTree.Element]) -> set[str]:
    """Parameters of the rendered profile that the loaded one lacks, except those reported
    separately."""
    told = {*_SHUT, "force-register-domain", VERSION}
    rendered = ElementTree.fromstring(rendered_profile(switch)).iter("param")
    wanted = {(p.get("name", ""), p.get("value", "")) for p in rendered}
    present = {(p.get("name", ""), p.get("value", "")) for p in params}
    # The switch has expanded its own variables.
    return {name for name, value in wanted - present if "$${" not in value} - told


def _directory(run: Run, switch: SwitchConfig, companies: list[Company]) -> Iterator[str]:
    domain = switch.domain
    root = _located(run, "directory", "domain", domain)
    wanted = [name for company in companies for name in company.extensions]
    yield from _lacking(f"directory {domain}, extensions", wanted, _named(root, "user", "id"))
    if root is not None and not all(map(_is_guarded, root.iter("user"))):
        yield (
            f"directory {domain}: a phone can hear any call by an INVITE with Replaces; "
            "render, copy, reloadxml"
        )
    if root is not None and not all(map(_is_safe, _dial_strings(root))):
        yield (
            f"directory {domain}: its dial-string gives whoever has a phone's password a shell on "
            "the switch and calls without limit; render, copy, reloadxml, or copy the rendered one"
        )


def _other_directories(run: Run, switch: SwitchConfig) -> Iterator[str]:
    """A shell gained through a phone of another domain is a shell on the same switch."""
    text = _ask(run, "xml_locate", "directory")
    root = ElementTree.fromstring(text) if text.lstrip().startswith("<") else None
    for domain in () if root is None else root.iter("domain"):
        name = domain.get("name", "")
        if name != switch.domain and any(map(_CONTACT.search, _dial_strings(domain))):
            yield (
                f"directory {name}: its dial-string gives whoever has the password of one of its "
                "phones a shell on the switch; replace ${sofia_contact(...)} and "
                "${verto_contact(...)} by sofia/internal/${dialed_user}%${dialed_domain}, reloadxml"
            )


def _dial_strings(root: ElementTree.Element) -> list[str]:
    """The domain's, and those of its groups and users that have their own."""
    params = root.iter("param")
    return [p.get("value", "") for p in params if p.get("name", "").lower() == "dial-string"]


def _is_guarded(user: ElementTree.Element) -> bool:
    """Whether the guard for the phone's calls is in place, if its calls reach the daemon at all."""
    values = {each.get("name"): each.get("value", "") for each in user.iter("variable")}
    guard = f"execute_extension answered XML {_GUARD}"
    return "esl_bridge_extension" not in values or values.get("execute_on_answer_guard") == guard


def _is_safe(dial_string: str) -> bool:
    """Whether a phone can neither influence what the switch interprets in its dial string, nor
    redirect its calls."""
    expanded = set(_EXPANDED.findall(dial_string))
    return expanded <= _OURS and "outbound_redirect_fatal=true" in dial_string


def _dialplan(run: Run, companies: list[Company]) -> Iterator[str]:
    skills = {f"esl_bridge_{entrance(c.code, skill)}" for c in companies for skill in c.skills}
    present = _named(_located(run, "dialplan", "context", "esl_bridge"), "extension")
    yield from _lacking("dialplan esl_bridge", _PLACES | skills, present)
    guard = _named(_located(run, "dialplan", "context", _GUARD), "extension")
    yield from _lacking(f"dialplan {_GUARD}", _GUARDS, guard)
    numbers = {f"esl_bridge_number_{number}" for c in companies for number in c.numbers}
    public = _named(_located(run, "dialplan", "context", "public"), "extension")
    yield from _lacking("dialplan public", numbers, public)
    ivrs = [ivr for c in companies for ivr in (*c.ivrs.values(), c.survey) if ivr is not None]
    for context in sorted({ivr.context for ivr in ivrs}):
        root = _located(run, "dialplan", "context", context)
        if root is None:
            yield f"dialplan: no context {context}, named by an IVR or a survey"
            continue
        wanted = {ivr.extension for ivr in ivrs if ivr.context == context}
        if missing := [one for one in wanted if not _may_take(root, one)]:
            yield (
                f"dialplan: context {context} has no extension for {_some(missing)}, "
                "named by an IVR or a survey"
            )


def _may_take(context: ElementTree.Element, destination: str) -> bool:
    """Whether an extension other than ours might match; which of them runs depends on the call."""
    theirs = (
        one
        for one in context.iter("extension")
        if not one.get("name", "").startswith("esl_bridge_")
    )
    return any(_extension_may_take(one, destination) for one in theirs)


def _extension_may_take(extension: ElementTree.Element, destination: str) -> bool:
    conditions = [*extension.iter("condition"), *extension.iter("regex")]
    asked = [one for one in conditions if one.get("field") == "destination_number"]
    if asked:
        return any(_may_match(one.get("expression", ""), destination) for one in asked)
    return extension.get("continue") != "true"  # it matches anything, at least sometimes


def _may_match(expression: str, destination: str) -> bool:
    """True where the expression cannot be evaluated here: the switch's are PCRE, may stand between
    slashes, and may contain variables."""
    if "${" in expression or expression.startswith("/"):
        return True
    try:
        return re.search(expression, destination) is not None
    except re.error:
        return True


def _queues(run: Run, companies: list[Company]) -> Iterator[str]:
    """Queues that `reloadxml` has loaded as configuration are not running yet: each must be loaded
    by name (measured), or all with the module."""
    lines = _ask(run, "callcenter_config", "queue", "list").splitlines()
    if not lines or "|" not in lines[0]:  # the module is missing, which was reported already
        return
    present = {line.partition("|")[0] for line in lines}
    wanted = {queue_name(company.code, skill) for company in companies for skill in company.skills}
    root = _located(run, "configuration", "configuration", "callcenter.conf")
    configured = _named(root, "queue")
    load = "for each: callcenter_config queue load NAME"
    if missing := wanted - present - configured:
        yield f"mod_callcenter, queues: {_some(missing)} missing; render, copy, reloadxml, {load}"
    if unloaded := wanted & configured - present:
        yield f"mod_callcenter, queues: {_some(unloaded)} not loaded; {load}"


def _gateways(run: Run, companies: list[Company]) -> Iterator[str]:
    dialled = (_GATEWAY.match(c.external.dial) for c in companies if c.external is not None)
    for gateway in sorted({found[1] for found in dialled if found}):
        told = _ask(run, "sofia", "status", "gateway", gateway)
        if "Invalid Gateway" in told:
            yield (
                f"gateway {gateway}, named by external.dial, does not exist; write it to "
                "sip_profiles/external, reloadxml, sofia profile external rescan"
            )
        elif _DOWN.search(told):
            yield (
                f"gateway {gateway}, named by external.dial, is down; "
                f"sofia status gateway {gateway} says why"
            )


def _rooms(run: Run) -> Iterator[str]:
    root = _located(run, "configuration", "configuration", "conference.conf")
    yield from _lacking("mod_conference, profiles", ["esl_bridge"], _named(root, "profile"))
