"""Dial strings and inline applications, built from checked parts only."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

import msgspec

from esl_bridge.errors import BadField
from esl_bridge.esl.checked import check

_VARIABLE = re.compile(r"[a-z_A-Z-]{1,64}")
# Our own settings may contain what a number may not: a tone stream has commas, brackets and "%".
_SOUND = re.compile(r"[0-9A-Za-z_.:/@+*#%(),=-]{1,256}")
# A registered contact may contain far more, which a dial string would interpret.
_ADDRESS = re.compile(
    r"sip:[0-9A-Za-z_.+~-]{1,64}@[0-9A-Za-z.-]{1,128}(?::[0-9]{1,5})?"
    r"(?:;[0-9A-Za-z_-]{1,32}(?:=[0-9A-Za-z_.%+~-]{0,256})?){0,16}"
)
_ENDPOINT = re.compile(
    rf"[0-9A-Za-z_.:@/+*#-]{{1,256}}|sofia/[0-9A-Za-z_.-]{{1,64}}/{_ADDRESS.pattern}"
)
_BEHIND = re.compile(r"silence_stream://[0-9]+")
_NUMBER = re.compile(r"[0-9A-Za-z_.+*#-]{1,64}")

# Values may contain commas, so another separator is needed; no checked value contains a ";".
_SEPARATOR = ";"

RINGBACK = "%(1000,4000,450)"
"""The tone heard while a far phone rings: one second of 450 Hz in five."""

RINGBACK_SOUND = f"tone_stream://{RINGBACK};loops=120"
"""The same as a playable sound, for ten minutes at most."""

RING = "tone_stream://%(1000,0,450)"
"""One ring of it, without the pause behind it."""

SILENCE = "silence_stream://-1"
"""An endless silent sound."""

WITH_PICTURES = {"absolute_codec_string": "PCMU,PCMA,opus,G722,VP8,H264"}
"""Offers a phone video as well: the rendered profile offers audio only."""

NO_SESSION_TIMERS = {"sofia_session_timeout": "0"}
"""Disables session timers. For a phone on a WebSocket the switch would refresh the session over the
very socket it came by, and end the call where that is gone, although its media still flow
(measured)."""

KEYS_END_NOTHING = {"playback_terminators": "none"}
"""No key stops what is played to a leg; by default ``*`` does."""


def is_number(text: str) -> bool:
    """Whether a text from outside may be displayed as a caller's number."""
    return _NUMBER.fullmatch(text) is not None


def check_sound(value: str) -> str:
    return check("sound", value, _SOUND)


class Application(msgspec.Struct, frozen=True):
    """An application of the switch with its argument."""

    name: str
    data: str = ""


class OriginateLeg(msgspec.Struct, frozen=True):
    """A leg to originate: its endpoint, uuid and channel variables."""

    uuid: str
    endpoint: str
    variables: dict[str, str]

    def text(self, opening: str = "{", closing: str = "}") -> str:
        """The dial string; the variables in curly brackets, or in square ones for a single leg."""
        named = {"origination_uuid": check("leg", self.uuid), **self.variables}
        block = opening + "^^" + _SEPARATOR + _set(named) + closing
        return block + check("endpoint", self.endpoint, _ENDPOINT)


class Contact(msgspec.Struct, frozen=True):
    """How a queue reaches an agent. The queue itself chooses the leg's uuid."""

    endpoint: str
    variables: dict[str, str]

    def text(self) -> str:
        pairs = [
            f"{check(name, name, _VARIABLE)}={check(name, v)}" for name, v in self.variables.items()
        ]
        return f"[{','.join(pairs)}]{check('endpoint', self.endpoint, _ENDPOINT)}"


class AfterAnswer(msgspec.Struct, frozen=True):
    """What a leg executes once it has answered: ``&park()``, ``&bridge(...)``,
    ``&conference(...)``."""

    app: Application

    def text(self) -> str:
        return f"'&{self.app.name}({self.app.data})'"


def _set(variables: Mapping[str, str]) -> str:
    return _SEPARATOR.join([_pair(*each) for each in variables.items()])


@lru_cache(maxsize=256)  # most pairs are the same for every leg
def _pair(name: str, value: str) -> str:
    return f"{check(name, name, _VARIABLE)}={check(name, value, _SOUND)}"


def park() -> Application:
    return Application("park")


def bridge(leg: OriginateLeg) -> Application:
    """Call another leg and talk to it, or hear its early media. If the caller ignored its own early
    media, the switch would also ignore the called party's, unless the variable is set for all
    called legs (source)."""
    return Application("bridge", "{ignore_early_media=false}" + leg.text("[", "]"))


def conference(room: str, profile: str) -> Application:
    return Application("conference", f"{check('room', room)}@{check('profile', profile)}")


def closing_conference(room: str, profile: str) -> list[Application]:
    """A room that closes when only one member is left; that one is parked."""
    app = conference(room, profile)
    stays = set_variable("hangup_after_conference", "false")
    return [stays, Application(app.name, f"{app.data}+flags{{mintwo}}"), park()]


def playback(sound: str) -> Application:
    ours = sound == RINGBACK_SOUND  # the only sound with a ";" in it
    return Application("playback", sound if ours else check_sound(sound))


def silence_behind(seconds: int) -> str:
    """The silence that follows a sound. It begins when the sound has ended or could not be played,
    which its event reports, and keeps the leg alive while it lasts. Nothing else may follow a
    sound: when a bridge ends the sound, the switch may execute what follows before it has moved the
    leg (measured: 1 of 100 without real-time rights). Silence then plays nothing."""
    return f"silence_stream://{seconds * 1000}"


def is_behind(sound: str) -> bool:
    """Whether a sound was made by ``silence_behind``, or by the dialplan likewise."""
    return _BEHIND.fullmatch(sound) is not None


def set_variable(name: str, value: str) -> Application:
    return Application("set", _pair(name, value))


def set_variables(variables: Mapping[str, str]) -> Application:
    """Set several at once, which saves an event for each."""
    return Application("multiset", f"^^{_SEPARATOR}{_set(variables)}")


def eavesdrop(leg: str) -> Application:
    """Hear what a leg's phone says and hears, and be heard as ``heard_by`` specifies."""
    return Application("eavesdrop", check("leg", leg))


def heard_by(*, phone: bool, others: bool) -> dict[str, str]:
    """Channel variables for ``eavesdrop``: who hears the eavesdropper, the phone of the named leg,
    and everybody that phone talks to. They are read when the application begins."""
    return {
        # "bleg" is the named leg, whichever side of its call it is on (measured).
        "eavesdrop_whisper_bleg": "true" if phone else "false",
        "eavesdrop_whisper_aleg": "true" if others else "false",
        # Else keys of the phone change it, and no event reports that (measured).
        "eavesdrop_enable_dtmf": "false",
    }


def inline(apps: Iterable[Application]) -> str:
    """Applications for ``uuid_transfer ... inline``, with a separator that no argument contains."""
    texts = [f"{app.name}:{app.data}" if app.data else app.name for app in apps]
    if any("~" in text for text in texts):
        raise BadField("application")
    return "'m:~:" + "~".join(texts) + "'"


def user(extension: str, domain: str) -> str:
    """The endpoint of a registered extension."""
    return f"user/{check('ext_id', extension, _NUMBER)}@{check('domain', domain)}"


def is_plain(address: str) -> bool:
    """Whether a registered address contains only what addresses of phones need."""
    return _ADDRESS.fullmatch(address) is not None


def at(address: str, profile: str) -> str:
    """The endpoint of one registered address, for a phone of several."""
    return f"sofia/{check('profile', profile)}/{check('address', address, _ADDRESS)}"


def outside(template: str, number: str) -> str:
    """The endpoint of an outside number; ``template`` is the company's, containing ``{number}``."""
    return template.replace("{number}", check("number", number, _NUMBER))
