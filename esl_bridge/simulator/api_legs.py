"""API commands on legs: ``originate`` and the ``uuid_`` family. Replies have the real switch's
wording, oddities included."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from esl_bridge.simulator import dialstring, events
from esl_bridge.simulator.api import NO_CHANNEL, Command, command
from esl_bridge.simulator.bridging import Bridge, BridgeSetup, partner
from esl_bridge.simulator.causes import known
from esl_bridge.simulator.channel import SimulatedChannel
from esl_bridge.simulator.dialing import Dial
from esl_bridge.simulator.media_bugs import MuteBug
from esl_bridge.simulator.playback import Playback
from esl_bridge.simulator.record_bug import RecordingBug
from esl_bridge.simulator.results import Answer, DeferredResult

if TYPE_CHECKING:
    from esl_bridge.simulator.switch import SimulatedSwitch

FAILED = "-ERR Operation failed\n"
NO_SESSION = "-ERR Cannot locate session!\n"
SUCCESS = "+OK Success\n"
_DTMF = re.compile(r"[0-9A-Da-d*#wW]+(?:@\d+)?")
_ORIGINATE_USAGE = (
    "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>]"
    " [<cid_name>] [<cid_num>] [<timeout_sec>]\n"
)


def on_leg(
    name: str, usage: str, missing: str = NO_CHANNEL, least: int = 1
) -> Callable[[Callable[[SimulatedChannel, list[str]], Answer]], Command]:
    """Register a command whose first argument is the uuid of an existing leg."""

    def register(function: Callable[[SimulatedChannel, list[str]], Answer]) -> Command:
        def look_up(switch: SimulatedSwitch, arguments: str) -> Answer:
            words = dialstring.words(arguments)
            if len(words) < least:
                return f"-USAGE: {usage}\n"
            leg = switch.channels.get(words[0])
            if leg is None or leg.dead:
                return missing
            return function(leg, words[1:])

        return command(name)(look_up)

    return register


@command("originate")
def originate(switch: SimulatedSwitch, arguments: str) -> Answer:
    words = dialstring.words(arguments)
    if len(words) < 2:
        return _ORIGINATE_USAGE
    result = DeferredResult()

    def dialed(leg: SimulatedChannel | None, cause: str) -> None:
        if leg is None:
            result.set(f"-ERR {cause}\n")
        else:
            result.set(f"+OK {leg.uuid}\n")
            leg.flip()
            switch.soon(lambda: _continue(leg, words[1:]))

    Dial(switch, words[0], None, dialed).start()
    return result


def _continue(leg: SimulatedChannel, words: list[str]) -> None:
    if leg.dead:
        return
    if words[0].startswith("&"):
        leg.thread.execute([dialstring.application(words[0])])
    else:
        context = words[2] if len(words) > 2 else leg.switch.user_context
        leg.thread.route(words[0], context)


@on_leg("uuid_kill", "<uuid> [cause]")
def uuid_kill(leg: SimulatedChannel, words: list[str]) -> Answer:
    leg.hangup(known(words[0]) if words else "NORMAL_CLEARING")
    return "+OK\n"


@command("uuid_exists")
def uuid_exists(switch: SimulatedSwitch, arguments: str) -> Answer:
    leg = switch.channels.get(arguments)
    return "true" if leg is not None and not leg.dead else "false"


@command("uuid_bridge")
def uuid_bridge(switch: SimulatedSwitch, arguments: str) -> Answer:
    words = dialstring.words(arguments)
    if len(words) != 2:
        return "-USAGE: <uuid> <other_uuid>\n"
    legs = [switch.channels.get(uuid) for uuid in words]
    first, second = legs
    if first is None or second is None or first.dead or second.dead:
        return "-ERR Invalid uuid\n"
    BridgeSetup(first, second).call()
    return f"+OK {second.uuid}\n"


_TRANSFER = "<uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]"


@on_leg("uuid_transfer", _TRANSFER, least=2)
def uuid_transfer(leg: SimulatedChannel, words: list[str]) -> Answer:
    which = words.pop(0) if words[0] in ("-bleg", "-both") else ""
    if not words:
        return f"-USAGE: {_TRANSFER}\n"
    peer = partner(leg)
    if which == "-bleg" and peer is None:
        return NO_CHANNEL
    moved = [*([peer] if which else []), *([] if which == "-bleg" else [leg])]
    for one in moved:
        if one is not None:
            one.switch.transfer(one, *words[:3])
    return "+OK\n"


@on_leg("uuid_park", "<uuid>")
def uuid_park(leg: SimulatedChannel, words: list[str]) -> Answer:
    leg.thread.turn(leg.thread.park)
    return "+OK\n"


_BROADCAST = "<uuid> <path> [aleg|bleg|holdb|both]"


@on_leg("uuid_broadcast", _BROADCAST, "-ERR invalid uuid\n", least=2)
def uuid_broadcast(leg: SimulatedChannel, words: list[str]) -> Answer:
    which = words[1] if len(words) > 1 else "aleg"
    peer = partner(leg)
    if which in ("aleg", "both"):
        leg.switch.broadcast(leg, words[0])
    if which in ("bleg", "both") and peer is not None:
        leg.switch.broadcast(peer, words[0])
    return "+OK Message sent\n"


@on_leg("uuid_break", "<uuid> [all]")
def uuid_break(leg: SimulatedChannel, words: list[str]) -> Answer:
    leg.switch.soon(lambda: _break(leg))
    return "+OK\n"


def _break(leg: SimulatedChannel) -> None:
    if leg.thread.moving:
        return
    if leg.overlay is not None:
        leg.overlay.stop("break", "FILE PLAYED")
    elif isinstance(leg.activity, Playback):
        leg.activity.break_off()


@command("uuid_hold")
def uuid_hold(switch: SimulatedSwitch, arguments: str) -> Answer:
    words = dialstring.words(arguments)
    if not words:
        return f"-USAGE: [off|toggle] <uuid> [<display>]\n{FAILED}"
    way = words.pop(0) if words[0] in ("off", "toggle") and len(words) > 1 else ""
    leg = switch.channels.get(words[0])
    if leg is None:
        return SUCCESS  # even so
    release = way == "off" or (way == "toggle" and leg.held_by)
    done = switch.unhold(leg, "switch") if release else switch.hold(leg, "switch")
    return SUCCESS if done else FAILED


@on_leg("uuid_audio", "<uuid> [start [read|write] [mute|level <level>]|stop]", least=2)
def uuid_audio(leg: SimulatedChannel, words: list[str]) -> Answer:
    mute = next((bug for bug in leg.bugs if isinstance(bug, MuteBug)), None)
    if words[0] == "stop":
        if mute is not None:
            leg.switch.soon(mute.remove)
        return "+OK\n"
    if len(words) < 4 or words[1] not in ("read", "write"):
        return "-USAGE: <uuid> [start [read|write] [mute|level <level>]|stop]\n"
    if mute is None:
        mute = MuteBug(leg)
        mute.add()
    mute.set(words[1], int(words[3]))
    leg.switch.soon(mute.remove_if_idle)
    return "+OK\n"


@on_leg("uuid_send_dtmf", "<uuid> <dtmf_data>", NO_SESSION, least=2)
def uuid_send_dtmf(leg: SimulatedChannel, words: list[str]) -> Answer:
    if not _DTMF.fullmatch(words[0]):
        return FAILED
    for digit in _digits(words[0]):
        leg.send_digit(digit)
    return f"+OK {leg.uuid} sent DTMF {words[0]}.\n"


@on_leg("uuid_recv_dtmf", "<uuid> <dtmf_data>", NO_SESSION, least=2)
def uuid_recv_dtmf(leg: SimulatedChannel, words: list[str]) -> Answer:
    if not _DTMF.fullmatch(words[0]):
        return FAILED
    for digit in _digits(words[0]):
        leg.switch.soon(lambda digit=digit: leg.receive_digit(digit, "APP", "2000"))  # type: ignore[misc]
    return f"+OK {leg.uuid} received DTMF {words[0]}.\n"


def _digits(data: str) -> str:
    return data.partition("@")[0].replace("w", "").replace("W", "")


@on_leg("uuid_send_info", "<uuid> [<mime_type> <mime_subtype>] <message>", FAILED)
def uuid_send_info(leg: SimulatedChannel, words: list[str]) -> Answer:
    return SUCCESS


@on_leg("uuid_phone_event", "<uuid> <event>", FAILED, least=2)
def uuid_phone_event(leg: SimulatedChannel, words: list[str]) -> Answer:
    if leg.phone is not None and words[0] == "talk":
        leg.phone.told_to_talk(leg)
    return SUCCESS


@on_leg("uuid_answer", "<uuid>", "-ERROR\n")
def uuid_answer(leg: SimulatedChannel, words: list[str]) -> Answer:
    if leg.direction == "inbound":  # it has no effect on an outbound leg
        leg.switch.soon(leg.answer)
    return "+OK\n"


@on_leg("uuid_pre_answer", "<uuid>")
def uuid_pre_answer(leg: SimulatedChannel, words: list[str]) -> Answer:
    leg.switch.soon(leg.early_media)
    return "+OK\n"


@on_leg("uuid_setvar", "<uuid> <var> [value]", least=2)
def uuid_setvar(leg: SimulatedChannel, words: list[str]) -> Answer:
    leg.setvar(words[0], " ".join(words[1:]))
    return "+OK\n"


@on_leg("uuid_setvar_multi", "<uuid> <var>=<value>;<var>=<value>...", least=2)
def uuid_setvar_multi(leg: SimulatedChannel, words: list[str]) -> Answer:
    for pair in " ".join(words).split(";"):
        name, _, value = pair.partition("=")
        leg.setvar(name.strip(), value)
    return "+OK\n"


@on_leg("uuid_getvar", "<uuid> <var>", least=2)
def uuid_getvar(leg: SimulatedChannel, words: list[str]) -> Answer:
    return leg.variables.get(words[0], "_undef_")


@on_leg("uuid_dump", "<uuid> [format]")
def uuid_dump(leg: SimulatedChannel, words: list[str]) -> Answer:
    headers = {"Event-Name": "CHANNEL_DATA"} | events.of_channel(leg, variables=True)
    if words and words[0] == "json":
        return json.dumps(headers, ensure_ascii=False)
    return "".join(f"{name}: {events.encode(value)}\n" for name, value in headers.items())


@on_leg("uuid_set_media_stats", "<uuid>")
def uuid_set_media_stats(leg: SimulatedChannel, words: list[str]) -> Answer:
    if leg.phone is not None:
        leg.variables["rtp_audio_in_packet_count"] = str(leg.phone.packets(leg))
    return "+OK:\n"


_RECORD = "<uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]"


@on_leg("uuid_record", _RECORD, NO_SESSION, least=3)
def uuid_record(leg: SimulatedChannel, words: list[str]) -> Answer:
    what, path = words[0], words[1]
    running = [
        bug for bug in leg.bugs if isinstance(bug, RecordingBug) and path in (bug.target, "all")
    ]
    if what == "start":
        return _start_recording(leg, path)
    if not running:
        return "-ERR Cannot stop record session!\n"
    for recording in running:
        recording.remove() if what == "stop" else recording.mask(what == "mask")
    return SUCCESS


def _start_recording(leg: SimulatedChannel, path: str) -> Answer:
    if leg.has_media and leg.switch.recordings_writable:
        RecordingBug(leg, path).add()
        return SUCCESS
    if leg.has_media:
        return "-ERR Cannot record session!\n"
    # This breaks the leg: it counts as having media, which it does not (measured).
    leg.switch.soon(lambda: _break_ringing(leg))
    return "-ERR Cannot record session!\n"


def _break_ringing(leg: SimulatedChannel) -> None:
    caller = leg.dialed_by
    leg.early_media()
    if caller is not None and isinstance(caller.activity, Bridge):
        leg.switch.soon(lambda: leg.hangup("INCOMPATIBLE_DESTINATION"))


@command("sched_hangup")
def sched_hangup(switch: SimulatedSwitch, arguments: str) -> Answer:
    words = dialstring.words(arguments)
    if len(words) < 2:
        return "-USAGE: [+]<time> <uuid>[ <cause>]\n"
    leg = switch.channels.get(words[1])
    if leg is None:
        return NO_CHANNEL
    switch.schedule_hangup(leg, " ".join([words[0], *words[2:]]))
    return "+OK\n"


@command("hupall")
def hupall(switch: SimulatedSwitch, arguments: str) -> Answer:
    """``[cause [variable value]]``."""
    words = arguments.split()
    cause = known(words[0]) if words else "MANAGER_REQUEST"
    for leg in list(switch.channels.values()):
        if len(words) < 3 or leg.get(words[1]) == words[2]:
            leg.hangup(cause)
    return f"+OK hangup all channels with cause {cause}\n"
