"""The events that the daemon handles; ``decoding`` makes them."""

from __future__ import annotations

import msgspec


class SwitchEvent(msgspec.Struct, frozen=True):
    """Something happened to the channel ``leg``."""

    leg: str


class LegRings(SwitchEvent, frozen=True):
    """Its phone rings; ``early``: with early media."""

    early: bool = False


class LegAnswered(SwitchEvent, frozen=True):
    """``video``: the directions of video that its phone allows, 0 none, 1 sends, 2 receives, 3
    both. ``at_ms``: when, in milliseconds of Unix time, if the answer is reported late; 0: now."""

    video: int = 0
    at_ms: int = 0


class LegsBridged(SwitchEvent, frozen=True):
    """``uninvited``: ``leg`` called in, but not through our dialplan."""

    other: str
    uninvited: bool = False


class LegReplaced(SwitchEvent, frozen=True):
    """A caller, ``by``, requested the place of ``leg`` by SIP's ``Replaces``, and gets it a moment
    later: the leg's partner is bridged to it. A leg without a partner is ended before this event
    (measured). ``of``: the calling extension, "" for the outside; ``address``: where it called
    from. ``barges``: the request also had ``Call-Info``; the caller then is not given the place,
    but hears the leg and is heard by it, unless the phone holds; ``leg`` then is the other leg of
    the pair."""

    by: str
    of: str
    address: str
    barges: bool = False


class LegsUnbridged(SwitchEvent, frozen=True):
    other: str


class LegParked(SwitchEvent, frozen=True):
    """A leg is parked, waiting for the daemon. ``number``: the company's number that was called;
    ``dialled``: what a phone dialled by itself; ``extension``: that phone's. The bundled dialplan
    sets these variables. ``began_ms`` and ``answered_ms``: milliseconds of Unix time, 0 for not
    yet. ``contact_id``: the contact that it belongs to, "" if none was set. ``nowhere``: the
    destination that the dialplan lacks, "" if that is not why it was parked."""

    company: str
    role: str
    number: str
    extension: str
    dialled: str
    caller_number: str
    flow_data: str
    work_order_id: str
    answered: bool
    began_ms: int = 0
    answered_ms: int = 0
    contact_id: str = ""
    nowhere: str = ""


class QueueEntered(SwitchEvent, frozen=True):
    """A customer waits in a skill's ``queue`` from now on; the fields are those of ``LegParked``.
    ``wait``: the queue's id of this stay."""

    company: str
    number: str
    caller_number: str
    flow_data: str
    work_order_id: str
    queue: str = ""
    wait: str = ""
    began_ms: int = 0
    answered_ms: int = 0
    contact_id: str = ""


class QueueLeft(SwitchEvent, frozen=True):
    """A customer no longer waits: an agent took it, it gave up, was routed elsewhere, or timed
    out."""

    wait: str


class QueueOffered(SwitchEvent, frozen=True):
    """The leg by which a queue offers ``customer`` to an agent rings, or is answered."""

    company: str
    agent: str
    customer: str
    caller_number: str
    early: bool = False
    answered: bool = False


class EavesdropStarted(SwitchEvent, frozen=True):
    """An eavesdrop of this leg has begun; the switch does not report whose."""


class LegSilenced(SwitchEvent, frozen=True):
    """The switch mutes what its phone says, or hears."""


class LegHeld(SwitchEvent, frozen=True):
    """The phone's own hold button."""


class LegUnheld(SwitchEvent, frozen=True):
    pass


class LegReinvited(SwitchEvent, frozen=True):
    """Its phone sent a re-INVITE: for other media, for a hold, or for nothing new. The event names
    only the leg, and comes after LegHeld and LegUnheld."""


class PlaybackStarted(SwitchEvent, frozen=True):
    sound: str


class PlaybackStopped(SwitchEvent, frozen=True):
    sound: str


class RecordStarted(SwitchEvent, frozen=True):
    path: str


class RecordStopped(SwitchEvent, frozen=True):
    """``milliseconds`` of audio were written to the file; ``stored``: the file is kept."""

    path: str
    milliseconds: int
    stored: bool


class RoomEntered(SwitchEvent, frozen=True):
    room: str


class RoomLeft(SwitchEvent, frozen=True):
    room: str


class LegEnded(SwitchEvent, frozen=True):
    """``cause``: the switch's hangup cause; ``sip_status``: the far end's, 0 if it sent none. From
    CHANNEL_HANGUP, which precedes whatever the end of this leg does to others;
    CHANNEL_HANGUP_COMPLETE follows that."""

    cause: str
    sip_status: int = 0


class ByeSent(SwitchEvent, frozen=True):
    """Its phone has been told that the leg has ended: anything sent to it from now on follows the
    BYE (source: ``on_hangup`` runs before CHANNEL_HANGUP_COMPLETE)."""


class OriginateEnded(SwitchEvent, frozen=True):
    """A leg is no longer being set up: it was answered, or it failed."""


class OriginateFailed(OriginateEnded, frozen=True):
    """A leg could not be set up; where no phone was reached this is the only event."""

    cause: str


class LegUuidChanged(OriginateEnded, frozen=True):
    """The switch gave a leg another uuid than requested, as it does if that one is in use."""

    actual: str


class Registered(msgspec.Struct, frozen=True):
    """A phone registered, for the first time or again. ``domain``: as the profile has it; other
    domains may have users of the same name. ``address``: the phone's, as in
    ``esl/registrations.py``. ``call_id``: the same as long as it is the same phone and has not
    restarted. ``came_from``: the address that it registered from; ``elsewhere``: its contact is at
    another."""

    extension: str
    domain: str = ""
    address: str = ""
    call_id: str = ""
    came_from: str = ""
    elsewhere: bool = False


class Unregistered(msgspec.Struct, frozen=True):
    """One phone of the extension is gone, or will be in a moment; there may be others. ``cut``: its
    connection was lost, it did not unregister. ``address``: its address, if it unregistered
    itself."""

    extension: str
    domain: str = ""
    cut: bool = False
    address: str = ""


class DaemonServes(msgspec.Struct, frozen=True):
    """A daemon, this one or another, serves these companies; it announces that every
    ``seconds``."""

    daemon: str
    companies: tuple[str, ...]
    seconds: int


class PasswordRefused(msgspec.Struct, frozen=True):
    """A phone that registered or called did not send the password of ``extension``."""

    extension: str
    address: str


AnyEvent = SwitchEvent | Registered | Unregistered | PasswordRefused | DaemonServes
