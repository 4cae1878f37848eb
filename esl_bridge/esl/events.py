"""The events that the daemon knows, each with what is known of it; ``decoding`` makes them."""

from __future__ import annotations

import msgspec


class SwitchEvent(msgspec.Struct, frozen=True):
    """Something happened to the channel ``leg``."""

    leg: str


class LegRings(SwitchEvent, frozen=True):
    """Its phone rings; ``early``: media flow already."""

    early: bool = False


class LegAnswered(SwitchEvent, frozen=True):
    """``video``: which way its phone lets pictures flow, 0 none, 1 sends, 2 receives, 3 both.
    ``at_ms``: when, in milliseconds of Unix time, of an answer that is told late; 0: now."""

    video: int = 0
    at_ms: int = 0


class LegsBridged(SwitchEvent, frozen=True):
    """``uninvited``: ``leg`` has called in, and by none of our ways."""

    other: str
    uninvited: bool = False


class LegReplaced(SwitchEvent, frozen=True):
    """A caller, ``by``, asks by SIP's ``Replaces`` for the place of ``leg``, and has it a moment
    later: whom that talked to is joined to it. A leg that talked to nobody is ended before this is
    told. Measured. ``of``: the extension that calls, "" for the outside; ``address``: whence.
    ``barges``: it says ``Call-Info`` as well, and so is not given the place but hears the leg, and
    is heard there, unless that is held by its phone; ``leg`` then is the other of the two."""

    by: str
    of: str
    address: str
    barges: bool = False


class LegsUnbridged(SwitchEvent, frozen=True):
    other: str


class LegParked(SwitchEvent, frozen=True):
    """A leg waits for us. ``number`` is the company's that was called, ``dialled`` what a phone
    dialled by itself, ``extension`` that phone's; the marks are set by the bundled dialplan.
    ``began_ms`` and ``answered_ms`` are milliseconds of Unix time, 0 for what has not been.
    ``contact_id``: of the contact that it belongs to, "" if it has not been told so.
    ``nowhere``: the destination that the dialplan does not have, "" if that is not why it waits."""

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
    ``wait``: what the queue calls this stay of the customer's."""

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
    """A customer waits no more: an agent has it, it gave up, was sent on, or its time was up."""

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
    """Somebody hears this leg from now on; who, the switch does not say."""


class LegSilenced(SwitchEvent, frozen=True):
    """What its phone says, or hears, is muted by the switch."""


class LegHeld(SwitchEvent, frozen=True):
    """The phone's own hold button."""


class LegUnheld(SwitchEvent, frozen=True):
    pass


class LegReinvited(SwitchEvent, frozen=True):
    """Its phone has begun to agree anew, be it on other media, on a hold or on nothing new at all:
    the event has nothing but the leg, and comes after LegHeld and LegUnheld."""


class PlaybackStarted(SwitchEvent, frozen=True):
    sound: str


class PlaybackStopped(SwitchEvent, frozen=True):
    sound: str


class RecordStarted(SwitchEvent, frozen=True):
    path: str


class RecordStopped(SwitchEvent, frozen=True):
    """``milliseconds`` of sound went into the file; ``stored``: and it is kept."""

    path: str
    milliseconds: int
    stored: bool


class RoomEntered(SwitchEvent, frozen=True):
    room: str


class RoomLeft(SwitchEvent, frozen=True):
    room: str


class LegEnded(SwitchEvent, frozen=True):
    """``cause`` is the switch's word, ``sip_status`` the other end's, 0 if it said none. Taken from
    CHANNEL_HANGUP, which comes before whatever the end of this leg does to others;
    CHANNEL_HANGUP_COMPLETE comes after that."""

    cause: str
    sip_status: int = 0


class LegReleased(SwitchEvent, frozen=True):
    """Its phone has been told that the leg has ended: what is sent to that from now on comes behind
    the BYE (source: ``on_hangup`` runs before CHANNEL_HANGUP_COMPLETE)."""


class OriginateEnded(SwitchEvent, frozen=True):
    """A leg is set up no more: it was answered, or it has failed."""


class OriginateFailed(OriginateEnded, frozen=True):
    """A leg could not be set up; where no phone was reached this is the only sign of it."""

    cause: str


class LegMisnamed(OriginateEnded, frozen=True):
    """The switch gave a leg another uuid than the one asked for, as one that exists makes it do."""

    actual: str


class Registered(msgspec.Struct, frozen=True):
    """For the first time, or once more. ``domain``: at which, as the profile has it; other domains
    have users of the same name. ``address``: where this phone is, as ``esl/registrations.py`` has
    it. ``call_id``: the same as long as it is the same phone, and has not begun anew.
    ``came_from``: the address that it has registered from; ``elsewhere``: it wants to be called at
    another."""

    extension: str
    domain: str = ""
    address: str = ""
    call_id: str = ""
    came_from: str = ""
    elsewhere: bool = False


class Unregistered(msgspec.Struct, frozen=True):
    """One phone of the extension is gone, or will be in a moment; there may be others. ``cut``: it
    has not said so, its connection is lost. ``address``: where it was, if it has said so itself."""

    extension: str
    domain: str = ""
    cut: bool = False
    address: str = ""


class DaemonServes(msgspec.Struct, frozen=True):
    """A daemon, this one or another, serves these companies; it says so every ``seconds``."""

    daemon: str
    companies: tuple[str, ...]
    seconds: int


class PasswordRefused(msgspec.Struct, frozen=True):
    """A phone that registered or called has not said the password of the ``extension``."""

    extension: str
    address: str


AnyEvent = SwitchEvent | Registered | Unregistered | PasswordRefused | DaemonServes
