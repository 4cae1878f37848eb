"""``sim ...``: the phones of the simulated world, driven through the same socket.

    sim phone EXTENSION VERB [ARGUMENT]     a phone of ours does something; EXTENSION/ANYTHING is
                                            another one of that extension
    sim outside NUMBER VERB [ARGUMENT]      a phone of the outside world does
    sim call NUMBER DISPLAY DID [withheld]  an outside phone dials a number of ours; "-": no display
    sim hears NAME                          -> {"hears": ["MOH"]}
    sim digits NAME                         -> {"digits": [{"digit": "7", "by": "2833"}]}
    sim state NAME                          -> {"state": "idle", "registered": true, "calls": [],
                                                "last_cause": "CALL_REJECTED", "ended": "603"}
    sim wait NAME STATE SECONDS             -> {"reached": true, "state": ...} once it is so
    sim steal NUMBER UUID                   an outside phone calls with ``Replaces``
    sim extension NAME [VARIABLE=VALUE..]   add one to the directory, with its user's variables
    sim recorded PATH                       -> {"sounds": [[["MOH"], ["13107618845"]], ..]}: every
                                               tenth of a second, for each channel, whose voices
    sim recordings on|off                   whether files can be written
    sim music on|off                        whether local streams have anything to play
    sim reset                               hang everything up, forget plans and digits

STATE: idle, ringing, dialing, talking. NAME: an extension, else an outside number. Texts may be
URL-encoded, so that a display name can have any byte. What a phone does now: ``answer``,
``reject [CODE]``, ``hangup``, ``hold``, ``resume``, ``offers SOUND PICTURES`` (directions, in
a re-INVITE), ``dtmf DIGITS``, ``dial NUMBER``, ``register [SPELT]``, ``unregister``, ``expire``,
``lose_socket``, ``websocket on`` (from the next registration on), ``anew`` (it registers as another
phone), ``mute on`` (nothing comes from it any more). What it will do by itself when called, until
set to ``off``: ``auto MILLISECONDS``, ``refuse CODE``, ``silent on`` (no reply at all),
``early on`` and ``early mute`` (183 with and without sound), ``talk on`` (obeys NOTIFY talk),
``obey on`` (obeys sip_auto_answer); and in which way it sends digits: ``sends info|rfc2833``.

Each answer is one JSON object; ``{"ok": false, "error": ...}`` says why something was not done.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import unquote

from esl_bridge.simulator import dialstring, registering, replacing
from esl_bridge.simulator.api import command
from esl_bridge.simulator.phone import NoCall, Plan, SimPhone
from esl_bridge.simulator.results import Answer, DeferredResult

if TYPE_CHECKING:
    from esl_bridge.simulator.switch import SimulatedSwitch

Deed = Callable[["SimulatedSwitch", SimPhone, str], object]
Question = Callable[["SimulatedSwitch", list[str]], Answer]


@command("sim")
def sim(switch: SimulatedSwitch, arguments: str) -> Answer:
    verb, *words = dialstring.words(arguments) or [""]
    question = _QUESTIONS.get(verb)
    if question is None:
        return _error(f"no such question: {verb}")
    try:
        return question(switch, words)
    except (NoCall, IndexError, ValueError) as mistake:
        return _error(str(mistake))


def _answer(**fields: object) -> str:
    return json.dumps(fields) + "\n"


def _error(text: str) -> str:
    return _answer(ok=False, error=text)


def _phone(switch: SimulatedSwitch, words: list[str]) -> Answer:
    name, verb, argument = words[0], words[1], " ".join(words[2:])
    if name.partition("/")[0] not in switch.extensions:
        return _error(f"no such extension: {name}")
    phone = switch.further_phone(name) if "/" in name else switch.extensions[name]
    return _do(switch, phone, verb, argument)


def _outside(switch: SimulatedSwitch, words: list[str]) -> Answer:
    return _do(switch, switch.outside_phone(words[0]), words[1], " ".join(words[2:]))


def _do(switch: SimulatedSwitch, phone: SimPhone, verb: str, argument: str) -> Answer:
    deed = _DEEDS.get(verb)
    if deed is None:
        return _error(f"no such verb: {verb}")
    deed(switch, phone, argument)
    return _answer(ok=True, state=phone.state)


def _call(switch: SimulatedSwitch, words: list[str]) -> Answer:
    number, display, did = (unquote(word, errors="surrogateescape") for word in words[:3])
    shown = "" if words[1] == "-" else display
    phone, withheld = switch.outside_phone(number), "withheld" in words[3:]
    leg = switch.dial_in(phone, did, shown, withheld=withheld)
    return _answer(ok=True, uuid=leg.uuid)


def _steal(switch: SimulatedSwitch, words: list[str]) -> Answer:
    leg = replacing.take_place(switch, switch.outside_phone(words[0]), switch.channels[words[1]])
    return _answer(ok=True, uuid=leg.uuid)


def _named(switch: SimulatedSwitch, words: list[str]) -> SimPhone:
    name = words[0]
    return switch.extensions.get(name) or switch.further.get(name) or switch.outside_phone(name)


def _hears(switch: SimulatedSwitch, words: list[str]) -> Answer:
    return _answer(hears=sorted(_named(switch, words).hears()))


def _digits(switch: SimulatedSwitch, words: list[str]) -> Answer:
    digits = _named(switch, words).digits
    return _answer(digits=[{"digit": digit, "by": by} for digit, by in digits])


def _state(switch: SimulatedSwitch, words: list[str]) -> Answer:
    phone = _named(switch, words)
    return _answer(
        state=phone.state,
        registered=phone.registered,
        last_cause=phone.last_cause,
        ended=phone.ended,
        calls=[{"uuid": leg.uuid, "from": leg.profile.number} for leg in phone.legs],
    )


def _wait(switch: SimulatedSwitch, words: list[str]) -> Answer:
    phone, state, seconds = _named(switch, words), words[1], float(words[2])
    result = DeferredResult()
    phone.until(state, seconds).then(
        lambda reached: result.set(_answer(reached=reached == "true", state=phone.state))
    )
    return result


def _extension(switch: SimulatedSwitch, words: list[str]) -> Answer:
    pairs = (unquote(word).partition("=") for word in words[1:])
    phone = switch.add_extension(words[0], {name: value for name, _, value in pairs})
    return _answer(ok=True, state=phone.state)


def _recorded(switch: SimulatedSwitch, words: list[str]) -> Answer:
    return _answer(sounds=switch.recorded.get(words[0], []))


def _recordings(switch: SimulatedSwitch, words: list[str]) -> Answer:
    switch.recordings_writable = words[0] == "on"
    return _answer(ok=True)


def _music(switch: SimulatedSwitch, words: list[str]) -> Answer:
    switch.has_music = words[0] == "on"
    return _answer(ok=True)


def _reset(switch: SimulatedSwitch, words: list[str]) -> Answer:
    for leg in list(switch.channels.values()):
        leg.hangup("NORMAL_CLEARING")
    for phone in (
        *switch.extensions.values(),
        *switch.further.values(),
        *switch.outside.values(),
    ):
        phone.plan = Plan()
        phone.digits.clear()
        phone.obeys_talk = False
    return _answer(ok=True)


def _auto(switch: SimulatedSwitch, phone: SimPhone, argument: str) -> None:
    phone.plan.answer_after = None if argument == "off" else int(argument or "0") / 1000


def _refuse(switch: SimulatedSwitch, phone: SimPhone, argument: str) -> None:
    phone.plan.refuse = 0 if argument == "off" else int(argument)


def _silent(switch: SimulatedSwitch, phone: SimPhone, argument: str) -> None:
    phone.plan.rings = argument != "on"


def _early(switch: SimulatedSwitch, phone: SimPhone, argument: str) -> None:
    phone.plan.early, phone.plan.speaks = argument != "off", argument != "mute"


def _leave(switch: SimulatedSwitch, phone: SimPhone, argument: str) -> None:
    phone.plan.leaves = argument == "on"


def _talk(switch: SimulatedSwitch, phone: SimPhone, argument: str) -> None:
    phone.obeys_talk = argument == "on"


def _obey(switch: SimulatedSwitch, phone: SimPhone, argument: str) -> None:
    phone.obeys_auto_answer = argument == "on"


def _sends(switch: SimulatedSwitch, phone: SimPhone, argument: str) -> None:
    phone.dtmf = argument


def _websocket(switch: SimulatedSwitch, phone: SimPhone, argument: str) -> None:
    phone.websocket = argument == "on"


def _mute(switch: SimulatedSwitch, phone: SimPhone, argument: str) -> None:
    phone.fall_silent(now=argument == "on")


def _anew(switch: SimulatedSwitch, phone: SimPhone, argument: str) -> None:
    registering.forget(switch, phone)
    phone.begin_anew()
    registering.register(switch, phone)


_QUESTIONS: dict[str, Question] = {
    "phone": _phone,
    "outside": _outside,
    "call": _call,
    "steal": _steal,
    "hears": _hears,
    "digits": _digits,
    "state": _state,
    "wait": _wait,
    "extension": _extension,
    "recorded": _recorded,
    "recordings": _recordings,
    "music": _music,
    "reset": _reset,
}

_DEEDS: dict[str, Deed] = {
    "answer": lambda switch, phone, argument: phone.answer(),
    "reject": lambda switch, phone, argument: phone.reject(int(argument or "486")),
    "hangup": lambda switch, phone, argument: phone.hangup(),
    "hold": lambda switch, phone, argument: phone.hold(),
    "resume": lambda switch, phone, argument: phone.resume(),
    "offers": lambda switch, phone, argument: phone.offers(*argument.split()),
    "dtmf": lambda switch, phone, argument: phone.press(argument),
    "dial": lambda switch, phone, argument: switch.dial_in(phone, argument),
    "register": lambda switch, phone, argument: registering.register(switch, phone, argument),
    "unregister": lambda switch, phone, argument: registering.unregister(switch, phone),
    "expire": lambda switch, phone, argument: registering.expire(switch, phone),
    "lose_socket": lambda switch, phone, argument: registering.lose_socket(switch, phone),
    "websocket": _websocket,
    "anew": _anew,
    "mute": _mute,
    "auto": _auto,
    "refuse": _refuse,
    "silent": _silent,
    "early": _early,
    "leave": _leave,
    "talk": _talk,
    "obey": _obey,
    "sends": _sends,
}
