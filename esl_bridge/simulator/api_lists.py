"""API commands about the switch as a whole: lists, registrations, versions, variables."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

from esl_bridge.simulator.api import command
from esl_bridge.simulator.bridging import Bridge, Pair, Talking
from esl_bridge.simulator.results import Answer, DeferredResult

if TYPE_CHECKING:
    from esl_bridge.simulator.activity import LegActivity
    from esl_bridge.simulator.channel import SimulatedChannel
    from esl_bridge.simulator.switch import SimulatedSwitch

Row = dict[str, str]
VERSION = "FreeSWITCH Version 1.11.3-simulated (esl_bridge simulator)"


@command("show")
def show(switch: SimulatedSwitch, arguments: str) -> Answer:
    words = arguments.split()
    lists = {"channels": _channels, "calls": _calls, "registrations": _registrations}
    if not words or words[0] not in lists:
        return "-USAGE: channels|calls|registrations [as json]\n"
    rows = lists[words[0]](switch)
    if words[-2:] == ["as", "json"]:
        return _as_json(rows)
    lines = [",".join(rows[0])] if rows else []
    lines += [",".join(row.values()) for row in rows]
    return "".join(f"{line}\n" for line in lines) + f"\n{len(rows)} total.\n"


def _as_json(rows: list[Row]) -> str:
    if not rows:
        return '{"row_count": 0}\n'  # and no rows at all
    document = {"row_count": len(rows), "rows": rows}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False) + "\n"


def _channels(switch: SimulatedSwitch) -> list[Row]:
    return [_channel(leg) for leg in switch.channels.values() if leg.told]


def _channel(leg: SimulatedChannel) -> Row:
    row = _leg(leg)
    running = leg.get("current_application"), leg.get("current_application_data")
    media = "PCMU" if leg.has_media else ""
    row |= {"application": running[0], "application_data": running[1], "dialplan": "XML"}
    row |= {"context": leg.profile.context, "read_codec": media, "write_codec": media}
    return row


def _leg(leg: SimulatedChannel) -> Row:
    created = time.gmtime(leg.created_at)
    return {
        "uuid": leg.uuid,
        "direction": leg.direction,
        "created": time.strftime("%Y-%m-%d %H:%M:%S", created),
        "created_epoch": str(int(leg.created_at)),
        "name": leg.name,
        "state": leg.state,
        "cid_name": leg.profile.name,
        "cid_num": leg.profile.number,
        "ip_addr": "127.0.0.1",
        "dest": leg.profile.destination,
        "presence_id": leg.presence_id,
        "presence_data": "",
        "accountcode": "",
        "callstate": leg.callstate,
        "callee_name": leg.profile.callee_name if leg.profile.callee_number else "",
        "callee_num": leg.profile.callee_number,
        "call_uuid": "" if leg.call_uuid == leg.uuid and leg.dialed_by is None else leg.call_uuid,
        "hostname": "simulator",
    }


def _calls(switch: SimulatedSwitch) -> list[Row]:
    rows = []
    for leg in switch.channels.values():
        pair = _pair(leg.activity)
        if pair is not None and pair.a is leg:
            rows.append(_leg(leg) | {f"b_{key}": value for key, value in _leg(pair.b).items()})
    return rows


def _pair(activity: LegActivity) -> Pair | None:
    return activity.pair if isinstance(activity, Bridge | Talking) else None


def _registrations(switch: SimulatedSwitch) -> list[Row]:
    """Not the table that calls use: it has at most one row per extension, and none once one of
    several phones is gone (measured)."""
    expires = str(int(switch.clock.now()) + 600)
    latest = {phone.name: phone for phone in switch.registered}
    return [
        {
            "reg_user": phone.name,
            "realm": switch.domain,
            "token": phone.contact_user,
            "url": f"sofia/{switch.profile}/{phone.address}",
            "expires": expires,
            "network_ip": "127.0.0.1",
            "network_port": "5080",
            "network_proto": "udp",
            "hostname": "simulator",
            "metadata": "",
        }
        for phone in latest.values()
    ]


@command("sofia_contact")
def sofia_contact(switch: SimulatedSwitch, arguments: str) -> Answer:
    """``[PROFILE/]USER[@DOMAIN]``."""
    profile, _, user = arguments.rpartition("/")
    name, _, domain = user.partition("@")
    if profile not in ("", "*", switch.profile) or domain not in ("", switch.domain):
        return "error/user_not_registered"
    found = [f"sofia/{switch.profile}/{phone.address}" for phone in switch.phones_of(name)]
    return ",".join(found) or "error/user_not_registered"


@command("sofia")
def sofia(switch: SimulatedSwitch, arguments: str) -> Answer:
    line = "=" * 97
    if " reg" in arguments:
        return _registered(switch, arguments.split()[-1], line)
    row = (
        f"{switch.profile}\tprofile\tsip:mod_sofia@127.0.0.1:5070\tRUNNING ({len(switch.channels)})"
    )
    return f"Name\tType\tData\tState\n{line}\n{row}\n{line}\n1 profile 0 aliases\n"


def _registered(switch: SimulatedSwitch, name: str, line: str) -> str:
    rows = [
        f'User:       \t{one.name}@{switch.domain}\nContact:    \t"" <{one.address}>\n\n'
        for one in switch.registered
        if name in ("reg", one.name)
    ]
    return f"Registrations:\n{line}\n{''.join(rows)}Total items returned: {len(rows)}\n{line}\n"


@command("user_exists")
def user_exists(switch: SimulatedSwitch, arguments: str) -> Answer:
    words = arguments.split()
    known = len(words) == 3 and words[1] in switch.extensions and words[2] == switch.domain
    return "true" if known else "false"


@command("status")
def status(switch: SimulatedSwitch, arguments: str) -> Answer:
    return f"UP 0 years, 0 days\n{VERSION} is ready\n{len(switch.channels)} session(s) - peak 0\n"


@command("version")
def version(switch: SimulatedSwitch, arguments: str) -> Answer:
    return f"{VERSION}\n"


@command("global_getvar")
def global_getvar(switch: SimulatedSwitch, arguments: str) -> Answer:
    return switch.globals.get(arguments, "")


@command("global_setvar")
def global_setvar(switch: SimulatedSwitch, arguments: str) -> Answer:
    name, _, value = arguments.partition("=")
    switch.globals[name] = value
    return "+OK\n"


@command("module_exists")
def module_exists(switch: SimulatedSwitch, arguments: str) -> Answer:
    return "true" if arguments in switch.modules else "false"


@command("load")
def load(switch: SimulatedSwitch, arguments: str) -> Answer:
    if arguments in switch.modules:
        return "+OK Reloading XML\n-ERR [Module already loaded]\n"
    switch.modules.add(arguments)
    return "+OK Reloading XML\n+OK\n"


@command("unload")
def unload(switch: SimulatedSwitch, arguments: str) -> Answer:
    if arguments not in switch.modules:
        return "-ERR unloading module [No such module!]\n"
    switch.modules.remove(arguments)
    return "+OK\n"


@command("reloadxml")
def reloadxml(switch: SimulatedSwitch, arguments: str) -> Answer:
    return "+OK [Success]\n"


@command("create_uuid")
def create_uuid(switch: SimulatedSwitch, arguments: str) -> Answer:
    return switch.new_uuid()


@command("eval")
def evaluate(switch: SimulatedSwitch, arguments: str) -> Answer:
    """Only ``$${name}`` is replaced."""
    return re.sub(r"\$\$\{([\w.-]+)\}", lambda found: switch.globals.get(found[1], ""), arguments)


@command("msleep")
def msleep(switch: SimulatedSwitch, arguments: str) -> Answer:
    result = DeferredResult()
    switch.later(int(arguments or "0") / 1000, lambda: result.set("+OK\n"))
    return result
