"""An agent: configuration, state, session and leg."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from hmac import compare_digest
from itertools import chain
from typing import TYPE_CHECKING

from esl_bridge.domain.company import AgentEntry, folded
from esl_bridge.domain.last_call import LastCall
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.states import AgentState, Status, Trigger

if TYPE_CHECKING:
    from esl_bridge.domain.call import Action


_WEBSOCKET = re.compile(r"(?:;|%3B)transport(?:=|%3D)wss?\b", re.IGNORECASE)
_PHONES = 30  # per extension; the profile allows no more registrations
_NETWORKS = 8  # remembered per agent; the one unused for longest is forgotten


class ServiceMode(IntEnum):
    """Whether queues offer callers to an agent, or it only calls out."""

    SERVICE = 1
    OUTBOUND = 2


@dataclass(slots=True, eq=False)
class Agent:
    """``own_leg``: the leg that makes the agent RINGING or CALLING; it reserves the agent from the
    moment it is set up. ``detached_leg``: a leg that the agent's phone still has, although it no
    longer counts for the agent's state. ``connection``: the connection's key, opaque here.
    ``enabled``: what the configuration says of the agent and of its company. ``registrations``: how
    many registrations of its phone were reported; ``call_id``: the Call-ID of the last.
    ``registered_at``: the nodes that its phones are registered at, each with the addresses that
    were reported, the newest last.
    ``last_reported``: what the last ``agent_change`` said. ``releasing``: uuids of ended legs whose
    BYE the switch has yet to send; a phone with a single line answers 486 to a call that overtakes
    its BYE (measured). ``in_queues``: whether the switch was told that queues may offer callers to
    the agent; ``queue_phone``: ``newest`` and ``websocket`` of the phone that the queues call;
    ``queues_settled``: no task is about to update the queues; ``known_to_queues``: the switch has
    the agent in mod_callcenter, as far as known. ``actions``: the open actions that the agent
    began, including a transfer that continues without it. ``since``: when its status last changed,
    ``YYYY-MM-DD HH:MM:SS``. ``token_grant``: a fingerprint of the password that the token was
    issued for, "" where the token is revoked. ``networks``: from where the agent checked in by
    password, the latest last. ``since_ms``: when its status last changed, and ``ends_ms``: when the
    wrap-up or rest of that status ends, in milliseconds of Unix time; ``reason``: why its status
    last changed. ``last_call``: the last that it was in, None: none yet.
    ``service_mode``: whether queues may offer it callers, until it checks out.
    ``visitor_token``: admits a client to one check-in or one look at the status, "" where there is
    none; ``visitor_until``: until then, by the tenant's clock; ``visitor_grant``: as
    ``token_grant``."""

    id: str
    entry: AgentEntry
    state: AgentState = field(default_factory=AgentState)
    own_leg: Leg | None = None
    detached_leg: Leg | None = None
    connection: Hashable | None = None
    token: str = ""
    os: str = "other"
    enabled: bool = True
    registered_at: dict[str, tuple[str, ...]] = field(default_factory=dict)
    registrations: int = 0
    call_id: str = ""
    last_reported: tuple[str, str] = (Status.OFFLINE, "")
    releasing: tuple[str, ...] = ()
    in_queues: bool = False
    queues_settled: bool = True
    known_to_queues: bool = True
    queue_phone: tuple[str, bool] = ("", False)
    since: str = ""
    actions: list[Action] = field(default_factory=list)
    token_grant: str = ""
    networks: tuple[str, ...] = ()
    since_ms: int = 0
    ends_ms: dict[Trigger, int] = field(default_factory=dict)
    reason: str = ""
    last_call: LastCall | None = None
    service_mode: ServiceMode = ServiceMode.SERVICE
    visitor_token: str = ""
    visitor_until: float = 0.0
    visitor_grant: str = ""

    @property
    def status(self) -> Status:
        return self.state.status

    @property
    def extension(self) -> str:
        return self.entry.extension or ""

    def log_in(self, token: str, network: str) -> None:
        """Issue a token after a check-in by password; it is valid for that password only."""
        self.token, self.token_grant = token, _fingerprint(self.entry.password_hash)
        others = tuple(each for each in self.networks if each != network)
        self.networks = (*others, network)[-_NETWORKS:]

    def revoke_token(self) -> None:
        """The token admits nobody any more; an agent that is checked in may go on sending it."""
        self.token_grant = self.visitor_token = ""

    def admit_visitor(self, token: str, until: float) -> None:
        """Issue a token that admits a client once; it replaces an earlier one."""
        self.visitor_token, self.visitor_until = token, until
        self.visitor_grant = _fingerprint(self.entry.password_hash)

    def spend_visitor_token(self, token: str, now: float) -> bool:
        """Whether this is the visitor's token; it is good once, and not after the password has
        changed."""
        # As bytes: compare_digest accepts only ASCII text, and a client may send anything.
        fits = compare_digest(self.visitor_token.encode(), token.encode())
        if not (self.visitor_token and fits):
            return False
        self.visitor_token = ""
        same = self.visitor_grant == _fingerprint(self.entry.password_hash)
        return same and now <= self.visitor_until

    @property
    def may_resume(self) -> bool:
        """Whether the token admits the agent: not after its password has changed."""
        return bool(self.token) and self.token_grant == _fingerprint(self.entry.password_hash)

    @property
    def phone(self) -> str:
        """The extension, ``folded`` for comparison."""
        return folded(self.extension)

    @property
    def registered(self) -> bool:
        return bool(self.registered_at)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Those of all its registered phones that were reported, the newest last."""
        return tuple(chain.from_iterable(self.registered_at.values()))

    def registers(self, node: str, address: str) -> None:
        """A phone has registered; ``address`` "": not known from where."""
        if address:
            self.set_phones(node, (*self.registered_at.get(node, ()), address))
        else:
            self.registered_at.setdefault(node, ())

    def set_phones(self, node: str, addresses: Iterable[str]) -> None:
        """Set the addresses of its phones at a node. A known address keeps its position:
        registering again does not make a phone newer."""
        there = dict.fromkeys(addresses)
        kept = [one for one in self.registered_at.pop(node, ()) if one in there]
        if there:
            known = (*kept, *(one for one in there if one not in kept))
            self.registered_at[node] = known[-_PHONES:]

    @property
    def newest(self) -> str:
        """The address of the phone to call; "" where there is no choice."""
        return self.addresses[-1] if len(self.addresses) > 1 else ""

    @property
    def websocket(self) -> bool:
        """Whether that phone is reached over a WebSocket, by its address or its path."""
        return bool(self.addresses) and by_websocket(self.addresses[-1])

    @property
    def leg_at_phone(self) -> Leg | None:
        """Its leg, or one that its phone still has from before it went OFFLINE."""
        return self.own_leg or self.detached_leg

    @property
    def until_ms(self) -> int | None:
        """When its present wrap-up or rest ends by itself; None: it has no end."""
        timer = {Status.ARRANGE: self.state.wrap_up, Status.REST: self.state.rest}.get(self.status)
        return self.ends_ms.get(timer.trigger) if timer is not None and not timer.over else None

    @property
    def connected(self) -> bool:
        return self.connection is not None

    def is_at_work_on(self, connection: Hashable) -> bool:
        """Whether the agent is checked in on this connection."""
        return self.connection is connection and self.status is not Status.OFFLINE

    @property
    def takes_calls(self) -> bool:
        """Whether others may call this agent now."""
        ready = self.enabled and self.connected and self.registered
        return ready and self.status is Status.FREE and self.own_leg is None

    @property
    def takes_queue_calls(self) -> bool:
        """Whether queues may offer this agent callers now."""
        return self.takes_calls and self.service_mode is ServiceMode.SERVICE

    @property
    def belongs_in_queues(self) -> bool:
        """Whether queues should offer it callers. While an offer of a queue rings or talks this
        stays as it was, since leaving would cancel the offer. An agent that returns waits until its
        phone has been told that its last call is over."""
        if self.own_leg is not None and self.own_leg.origin.from_queue:
            return self.in_queues
        comes = self.in_queues or not self.releasing
        return bool(self.entry.skills) and self.takes_queue_calls and comes

    @property
    def needs_queue_sync(self) -> bool:
        """The queues have to be updated, and no task is about to."""
        differs = self.belongs_in_queues != self.in_queues or self.queue_phone_outdated
        return self.queues_settled and differs

    @property
    def queue_phone_outdated(self) -> bool:
        """Whether the queues would call a phone other than the newest."""
        return self.belongs_in_queues and self.queue_phone != (self.newest, self.websocket)


def by_websocket(address: str) -> bool:
    """Whether a phone is reached over a WebSocket, by its address or its path."""
    return _WEBSOCKET.search(address) is not None


def _fingerprint(password_hash: str) -> str:
    """A fingerprint that distinguishes two passwords and reveals neither."""
    return sha256(password_hash.encode()).hexdigest()[:32]
