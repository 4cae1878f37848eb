"""One agent at work: configuration, state, session, leg."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from esl_bridge.domain.company import AgentEntry, folded
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.states import AgentState, Status

if TYPE_CHECKING:
    from esl_bridge.domain.call import Action


_WEBSOCKET = re.compile(r"(?:;|%3B)transport(?:=|%3D)wss?\b", re.IGNORECASE)
_PHONES = 30  # of one extension; the profile lets no more register
_PLACES = 8  # that an agent is known to come from; the longest unused is forgotten


@dataclass(slots=True, eq=False)
class Agent:
    """``own_leg`` is the leg that makes the agent RINGING or CALLING; from the moment it is set up
    the agent is reserved for it; ``orphaned_leg`` is one that its phone still has though it is no
    state any more. ``connection`` is whatever the outside knows a connection by. ``enabled`` is
    what the configuration says of it and of its company; ``registrations`` counts how often its
    phone was heard of, ``call_id``: as which phone; ``addresses`` are those of all its phones that
    are registered, the newest last, as far as they have been told. ``last_reported`` is what the
    last ``agent_change`` said. ``releasing``: uuids of legs that have ended, of which the switch
    has yet to tell its phone; one with a single line answers 486 to a call that overtakes its BYE
    (measured). ``in_queues``: whether the queues may offer it callers, as far as the switch has
    been told; ``sought``: ``newest`` and ``websocket`` of the phone that they call; ``in_step``:
    nobody is about to tell it otherwise; ``known_to_queues``: the switch has it among its agents,
    for all that is known. ``actions``: those that it began and that are open, also where a transfer
    goes on without it. ``since``: when its status became what it is, ``YYYY-MM-DD HH:MM:SS``.
    ``token_grant``: for which password the token was given, "" if it opens nothing any more.
    ``places``: from where it has come in by password, the latest last.
    """

    id: str
    entry: AgentEntry
    state: AgentState = field(default_factory=AgentState)
    own_leg: Leg | None = None
    orphaned_leg: Leg | None = None
    connection: Hashable | None = None
    token: str = ""
    os: str = "other"
    enabled: bool = True
    registered: bool = False
    registrations: int = 0
    call_id: str = ""
    addresses: tuple[str, ...] = ()
    last_reported: tuple[str, str] = (Status.OFFLINE, "")
    releasing: tuple[str, ...] = ()
    in_queues: bool = False
    in_step: bool = True
    known_to_queues: bool = True
    sought: tuple[str, bool] = ("", False)
    since: str = ""
    actions: list[Action] = field(default_factory=list)
    token_grant: str = ""
    places: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        return self.state.status

    @property
    def extension(self) -> str:
        return self.entry.extension or ""

    def come_in(self, token: str, place: str) -> None:
        """By password: the token stands for that password from now on."""
        self.token, self.token_grant = token, _mark(self.entry.password_hash)
        others = tuple(each for each in self.places if each != place)
        self.places = (*others, place)[-_PLACES:]

    def revoke_token(self) -> None:
        """Nobody comes in by it any more. Where the agent is at work it may go on saying it."""
        self.token_grant = ""

    @property
    def may_return(self) -> bool:
        """Whether the token opens the door: not once the password is another."""
        return bool(self.token) and self.token_grant == _mark(self.entry.password_hash)

    @property
    def phone(self) -> str:
        """The extension as others are compared with it, ``folded``."""
        return folded(self.extension)

    def found_at(self, addresses: Iterable[str]) -> None:
        """Its phones are there now and nowhere else. Who was there keeps its place: to register
        once more makes no phone newer."""
        there = dict.fromkeys(addresses)
        kept = [one for one in self.addresses if one in there]
        self.addresses = (*kept, *(one for one in there if one not in kept))[-_PHONES:]
        self.registered = bool(self.addresses)

    @property
    def newest(self) -> str:
        """The address of the phone that is to be called; "" where there is no choice."""
        return self.addresses[-1] if len(self.addresses) > 1 else ""

    @property
    def websocket(self) -> bool:
        """Whether that phone is reached by one, as its address or the path to that says."""
        return bool(self.addresses) and by_websocket(self.addresses[-1])

    @property
    def connected(self) -> bool:
        return self.connection is not None

    def is_at_work_on(self, connection: Hashable) -> bool:
        """Whether it is checked in, and there."""
        return self.connection is connection and self.status is not Status.OFFLINE

    @property
    def takes_calls(self) -> bool:
        """Whether somebody else may call this agent now."""
        ready = self.enabled and self.connected and self.registered
        return ready and self.status is Status.FREE and self.own_leg is None

    @property
    def belongs_in_queues(self) -> bool:
        """While an offer of a queue rings or talks it is as it was: to leave would cancel that. Who
        comes back waits until its phone knows that the last call is over."""
        if self.own_leg is not None and self.own_leg.from_queue:
            return self.in_queues
        comes = self.in_queues or not self.releasing
        return bool(self.entry.skills) and self.takes_calls and comes

    @property
    def out_of_step(self) -> bool:
        """The queues have to be told, and nobody is about to."""
        return self.in_step and (self.belongs_in_queues != self.in_queues or self.is_sought_wrong)

    @property
    def is_sought_wrong(self) -> bool:
        """Whether the queues would call another phone than the newest."""
        return self.belongs_in_queues and self.sought != (self.newest, self.websocket)


def by_websocket(address: str) -> bool:
    """Whether a phone is reached by one, its address or the path to that says."""
    return _WEBSOCKET.search(address) is not None


def _mark(password_hash: str) -> str:
    """Tells two passwords apart, and nothing of either."""
    return sha256(password_hash.encode()).hexdigest()[:32]
