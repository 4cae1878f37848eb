"""The only builders of commands for the switch.

Whatever sends a command takes a ``Command`` and never text, so only checked words can reach the
switch. Every argument is checked against an allow-list and refused, not escaped: a line feed in an
argument would be a second command, and ``${...}``, ``|`` and ``,`` in a dial string are code (all
three tried on a FreeSWITCH 1.11).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import msgspec

from esl_bridge.errors import SwitchError
from esl_bridge.esl import dialstring
from esl_bridge.esl.checked import check, check_text

ALLOWED_API = (
    "bgapi",
    "callcenter_config",
    "global_getvar",
    "local_stream",
    "originate",
    "show",
    "sofia",
    "sofia_contact",
    "uuid_answer",
    "uuid_audio",
    "uuid_break",
    "uuid_bridge",
    "uuid_broadcast",
    "uuid_dump",
    "uuid_kill",
    "uuid_phone_event",
    "uuid_record",
    "uuid_send_dtmf",
    "uuid_set_media_stats",
    "uuid_setvar_multi",
    "uuid_transfer",
    "xml_locate",
)
"""The API commands that the product uses: its ESL user needs to be allowed no others."""

_WAIT_FOR_A_DISK = frozenset({"uuid_record"})
_LEAVE_CALLS_ALONE = frozenset(
    {"global_getvar", "show", "sofia_contact", "uuid_audio", "uuid_dump", "uuid_send_dtmf"}
)
_CAUSE = re.compile(r"[A-Z_]{1,64}")
# Below the folder that the operator chose; no path in it leads outside.
_FILE = re.compile(r"(?=.{1,256}\Z)(?:[0-9A-Za-z_-][0-9A-Za-z_.-]*/)*[0-9A-Za-z_-][0-9A-Za-z_.-]*")
_DIGITS = re.compile(r"[0-9A-D*#wW]{1,32}")

DTMF_MS = 150
DTMF_GAP_MS = 100
MUTED, HEARD = -4, 0
"""Levels of ``uuid_audio ... mute``."""

ReplyHandler = Callable[[str | SwitchError], None]
"""Receives a reply's text, or the error; must neither wait nor raise."""


class Command(msgspec.Struct, frozen=True):
    """One ``api`` command; ``background`` ones are sent by ``bgapi``, and end with an event.

    ``headers``: header lines after the first line. ``sets_up``: the uuid of the leg that the
    command originates; an event reports when that has ended. ``lists``: the answer may be megabytes
    long. ``node``: the switch that it goes to; "" until the driver has looked up where its leg is.
    """

    words: tuple[str, ...]
    background: bool = False
    sets_up: str = ""
    lists: bool = False
    headers: tuple[str, ...] = ()
    node: str = ""

    @property
    def leg(self) -> str:
        """The uuid of the leg that it is about; "" if it is about none."""
        return self.words[1] if self.words[0].startswith("uuid_") else self.sets_up

    def at(self, node: str) -> Command:
        """The same command, to this switch."""
        return msgspec.structs.replace(self, node=node)

    @property
    def slow(self) -> bool:
        """Whether it may occupy its link for a while."""
        return self.background or self.lists or self.words[0] in _WAIT_FOR_A_DISK

    @property
    def leaves_calls_alone(self) -> bool:
        """Whether it changes no call: neither its parties, nor who talks to whom, nor what they
        hear."""
        return self.words[0] in _LEAVE_CALLS_ALONE

    def line(self) -> str:
        """The command's text on the socket, without the blank line that ends it."""
        # ``api bgapi``, not the socket's own ``bgapi``: that waits for its thread in sleeps of one
        # millisecond, which limits a connection to some 840 commands a second.
        if self.words[0] == "sendevent":  # a command of the socket, not of the API
            return " ".join(self.words)
        return " ".join(("api", "bgapi", *self.words) if self.background else ("api", *self.words))


def originate(leg: dialstring.OriginateLeg, then: dialstring.AfterAnswer) -> Command:
    """Originate a leg and, once it has answered, execute ``then`` on it."""
    words = ("originate", leg.text(), then.text())
    return Command(words, background=True, sets_up=leg.uuid)


def uuid_kill(leg: str, cause: str = "NORMAL_CLEARING") -> Command:
    return Command(("uuid_kill", check("leg", leg), check("cause", cause, _CAUSE)))


def uuid_answer(leg: str) -> Command:
    """Answer a leg that called in; it is answered when the reply arrives."""
    return Command(("uuid_answer", check("leg", leg)))


def uuid_bridge(leg: str, other: str) -> Command:
    """Bridge two legs. Kills both if one of them is a phone that the service called and that still
    rings."""
    return Command(("uuid_bridge", check("leg", leg), check("leg", other)))


def uuid_transfer(leg: str, extension: str, context: str) -> Command:
    """Send a leg to a destination of the dialplan."""
    return Command(
        (
            "uuid_transfer",
            check("leg", leg),
            check("extension", extension),
            "XML",
            check("context", context),
        )
    )


def uuid_execute(leg: str, *apps: dialstring.Application) -> Command:
    """Interrupt what a leg does and execute applications on it, without a dialplan."""
    return Command(("uuid_transfer", check("leg", leg), dialstring.inline(apps), "inline"))


def uuid_play(leg: str, sound: str) -> Command:
    """Play a sound to one leg; a bridge stays, and its partner hears nothing meanwhile."""
    return Command(("uuid_broadcast", check("leg", leg), dialstring.check_sound(sound), "aleg"))


def uuid_ring(leg: str) -> Command:
    """As ``uuid_play``: one ring of ringback."""
    return Command(("uuid_broadcast", check("leg", leg), dialstring.RING, "aleg"))


def uuid_break(leg: str) -> Command:
    """Stop what is played to a leg."""
    return Command(("uuid_break", check("leg", leg), "all"))


def uuid_mute(leg: str, *, on: bool) -> Command:
    """Mute what a leg's phone says; it still hears."""
    return _silence(leg, "read", MUTED if on else HEARD)


def uuid_deafen(leg: str, *, on: bool) -> Command:
    """Mute what a leg's phone hears; it is still heard."""
    return _silence(leg, "write", MUTED if on else HEARD)


def _silence(leg: str, way: str, level: int) -> Command:
    """The command's own ``stop`` would unmute both directions at once."""
    return Command(("uuid_audio", check("leg", leg), "start", way, "mute", str(level)))


def uuid_set_media_stats(leg: str) -> Command:
    """Have ``uuid_dump`` report how many packets a leg's phone has sent so far."""
    return Command(("uuid_set_media_stats", check("leg", leg)))


def uuid_dump(leg: str) -> Command:
    """All headers and variables of a leg, as JSON."""
    return Command(("uuid_dump", check("leg", leg), "json"))


def uuid_record(leg: str, what: str, folder: str, file: str) -> Command:
    """``what``: start, stop, mask or unmask. The leg must have media: this breaks a leg that rings
    (measured)."""
    path = f"{check('recordings', folder)}/{check('file', file, _FILE)}"
    return Command(("uuid_record", check("leg", leg), check("what", what), path))


def uuid_send_dtmf(leg: str, digits: str) -> Command:
    """Send digits to a leg, each for 150 ms; ``w`` is a pause of 0.5 s, ``W`` of 1 s."""
    digits = check("content", digits, _DIGITS)
    return Command(("uuid_send_dtmf", check("leg", leg), f"{digits}@{DTMF_MS}"))


def uuid_send_tones(leg: str, digits: str) -> Command:
    """Send digits in-band, with the same pauses as ``uuid_send_dtmf``."""
    digits = check("content", digits, _DIGITS)
    first = _pause(re.match("[wW]*", digits)[0])  # type: ignore[index]  # it matches anything
    sound = [f"d={DTMF_MS}"] + ([f"%(0,{first},0)"] if first else [])
    for tones, last, pauses in re.findall(r"([^wW]*)([^wW])(?:([wW]+)|$)", digits):
        sound += [f"w={DTMF_GAP_MS}", tones] if tones else []
        sound += [f"w={DTMF_GAP_MS + _pause(pauses)}", last]
    return Command(
        ("uuid_broadcast", check("leg", leg), "tone_stream://" + ";".join(sound), "aleg")
    )


def _pause(waits: str) -> int:
    """Milliseconds."""
    return 500 * waits.count("w") + 1000 * waits.count("W")


def uuid_setvar(leg: str, **variables: str) -> Command:
    """Set channel variables; an empty value unsets one."""
    pairs = [f"{name}={check_text(name, value)}" for name, value in variables.items()]
    return Command(("uuid_setvar_multi", check("leg", leg), ";".join(pairs)))


def uuid_phone_event(leg: str, event: str) -> Command:
    """Ask a phone by SIP NOTIFY to ``talk`` or to ``hold``; it may ignore that."""
    return Command(("uuid_phone_event", check("leg", leg), check("event", event)))


def sofia_contact(profile: str, extension: str, domain: str) -> Command:
    """Where an extension is registered; the answer is ``error/user_not_registered`` if nowhere."""
    where = f"{check('profile', profile)}/{check('ext_id', extension)}@{check('domain', domain)}"
    return Command(("sofia_contact", where))


def unregister(profile: str, extension: str, domain: str) -> Command:
    """Have the switch remove the registrations of an extension."""
    who = f"{check('ext_id', extension)}@{check('domain', domain)}"
    return Command(("sofia", "profile", check("profile", profile), "flush_inbound_reg", who))


def show_registrations() -> Command:
    """The registered extensions; fast, but unreliable: for an extension with several addresses
    nothing is listed once one of them is gone (measured)."""
    return Command(("show", "registrations", "as", "json"), lists=True)


def registrations(profile: str) -> Command:
    """Every registered address, from the table that calls use."""
    return Command(("sofia", "status", "profile", check("profile", profile), "reg"), lists=True)


def show_channels() -> Command:
    """All channels of the switch, including those of others; the list lags behind the events."""
    return Command(("show", "channels", "as", "json"), lists=True)


def core_uuid() -> Command:
    """Identifies this run of the switch."""
    return Command(("global_getvar", "core_uuid"))


SERVING = "esl_bridge::serving"
"""The subclass of the event by which daemons announce what they serve."""


def tell_serving(daemon: str, companies: Iterable[str], seconds: int) -> Command:
    """Announce to every daemon on the switch, this one included, which companies this one serves;
    the next announcement follows in ``seconds``. The switch stores none of it."""
    codes = " ".join(check("company_code", code) for code in companies)
    about = {
        "Event-Subclass": SERVING,
        "Serving-Daemon": check("daemon", daemon),
        "Serving-Companies": codes or check("company_code", codes),
        "Serving-Seconds": str(seconds),
    }
    headers = tuple(f"{name}: {value}" for name, value in about.items())
    return Command(("sendevent", "CUSTOM"), headers=headers)


# -- queues: agents of mod_callcenter, by names that are unique across companies -------------------


def queue_agents() -> Command:
    """All agents of mod_callcenter, as a table."""
    return Command(("callcenter_config", "agent", "list"), lists=True)


def queue_tiers() -> Command:
    """All tiers (which agent is in which queue), as a table."""
    return Command(("callcenter_config", "tier", "list"), lists=True)


def queue_members(queue: str) -> Command:
    """The members of a queue, as a table: a name in it may contain anything, including line
    ends."""
    return Command(("callcenter_config", "queue", "list", "members", check("skill", queue)))


def agent_add(agent: str) -> Command:
    """Add an agent of type callback; it is offered nothing until it is available."""
    return Command(("callcenter_config", "agent", "add", check("agent_id", agent), "callback"))


def agent_del(agent: str) -> Command:
    return Command(("callcenter_config", "agent", "del", check("agent_id", agent)))


def agent_contact(agent: str, contact: dialstring.Contact) -> Command:
    return _agent_set("contact", agent, contact.text())


def agent_rest(agent: str, after: str, seconds: int) -> Command:
    """How long no offer follows ``after`` a talk (``wrap_up``) or a failed offer, such as
    ``busy_delay``. ``wrap_up`` 0 skips the agent until the second in which its last talk ended is
    over; -1 does not (measured)."""
    return _agent_set(f"{check('after', after)}_time", agent, str(seconds))


def agent_status(agent: str) -> Command:
    """The agent's status in mod_callcenter at this moment."""
    return Command(("callcenter_config", "agent", "get", "status", check("agent_id", agent)))


def agent_available(agent: str, *, available: bool) -> Command:
    """Whether the agent may be offered callers; an offer that rings is cancelled by False."""
    return _agent_set("status", agent, "Available" if available else "'On Break'")


def _agent_set(key: str, agent: str, value: str) -> Command:
    return Command(("callcenter_config", "agent", "set", key, check("agent_id", agent), value))


def tier_add(queue: str, agent: str, level: int) -> Command:
    return Command(("callcenter_config", "tier", "add", *_tier(queue, agent), str(level), "1"))


def tier_level(queue: str, agent: str, level: int) -> Command:
    where = _tier(queue, agent)
    return Command(("callcenter_config", "tier", "set", "level", *where, str(level)))


def tier_del(queue: str, agent: str) -> Command:
    return Command(("callcenter_config", "tier", "del", *_tier(queue, agent)))


def _tier(queue: str, agent: str) -> tuple[str, str]:
    return check("skill", queue), check("agent_id", agent)
