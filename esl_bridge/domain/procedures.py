"""Procedures that involve more than two parties: a consult, a transfer, a conference; and, in a
supervisor's own call, what the supervisor does in an agent's.

A call has at most one at a time. ``own_leg`` is the leg of the agent that began it, ``customer``
the party that the agent talked to before, ``other`` the leg that was set up for it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from esl_bridge.domain.call_phase import CallPhase
from esl_bridge.domain.phases import (
    CONFERENCE_PHASES,
    CONSULT_PHASES,
    MONITORING_PHASES,
    TAKEOVER_PHASES,
    TRANSFER_PHASES,
    ConferencePhase,
    ConferenceSees,
    ConsultPhase,
    ConsultSees,
    MonitoringPhase,
    MonitoringSees,
    TakeoverPhase,
    TakeoverSees,
    TransferPhase,
    TransferSees,
)

if TYPE_CHECKING:
    from esl_bridge.domain.agent import Agent
    from esl_bridge.domain.call import Action, Call
    from esl_bridge.domain.leg import Leg


class ProcedureView(ABC):
    """What the rest of the service asks of any procedure; these are the answers of one that does
    not matter to it. ``leg`` is any leg of its call."""

    __slots__ = ()

    @property
    @abstractmethod
    def parties(self) -> tuple[Leg | None, ...]:
        """The legs whose end matters to it. A call may have others yet, that were given up before
        it began."""

    @property
    def third(self) -> Leg | None:
        """The leg that was set up for it."""
        return None

    @property
    def monitored(self) -> Call | None:
        """The call in which it takes part from outside."""
        return None

    @property
    def awaits_switch(self) -> bool:
        """Whether the switch is about to report what the agent was told of already."""
        return False

    @property
    def uses_room(self) -> bool:
        """Whether its parties talk in a conference room, and hold by leaving that."""
        return False

    def sub_status(self, leg: Leg) -> str:
        """What the agent of this leg is shown to be doing."""
        return ""

    def call_phase(self, own_leg: Leg) -> CallPhase | None:
        """How requests of the agent of this leg are judged; None: as in a plain call."""
        return None

    def keeps_waiting(self, leg: Leg) -> bool:
        """Whether this party hears music because of it."""
        return False


@dataclass(slots=True, eq=False)
class Supervision(ProcedureView):
    """A supervisor, whose leg is ``own_leg``, does something to the leg ``operated`` of another
    call, which notes it."""

    agent: Agent
    own_leg: Leg
    operated: Leg
    action: Action

    @abstractmethod
    def attach(self) -> None:
        """Note it at the operated leg."""

    @abstractmethod
    def detach(self) -> None:
        """It is over, or was never begun."""

    def find_operated(self, legs: Mapping[str, Leg]) -> None:
        """After a restart: the operated leg as it is among all legs."""
        self.operated = legs.get(self.operated.uuid, self.operated)
        self.attach()


class _WithThird(ProcedureView):
    __slots__ = ()
    own_leg: Leg
    customer: Leg
    other: Leg | None

    @property
    def parties(self) -> tuple[Leg | None, ...]:
        return self.own_leg, self.customer, self.other

    @property
    def third(self) -> Leg | None:
        return self.other

    @property
    def awaits_switch(self) -> bool:
        return self.other is not None and self.other.answered and not self.other.progress.talked


@dataclass(slots=True, eq=False)
class Consult(_WithThird):
    """``action`` is the consult, and from HANDING_OVER on the hand-over. ``wait_seconds``: how
    long the customer may have to hear music."""

    agent: Agent
    own_leg: Leg
    customer: Leg
    other: Leg
    action: Action
    wait_seconds: int = 0
    phase: ConsultPhase = ConsultPhase.RINGING

    def sees(self, what: ConsultSees) -> None:
        self.phase = CONSULT_PHASES.get((self.phase, what), self.phase)

    @property
    def talks(self) -> bool:
        return self.other.progress.talked

    @property
    def customer_leaves(self) -> bool:
        """The customer is leaving the agent."""
        return self.phase in (ConsultPhase.HANDING_OVER, ConsultPhase.HANDED_OVER)

    def sub_status(self, leg: Leg) -> str:
        return "CONSULT" if leg in (self.own_leg, self.other) else ""

    def call_phase(self, own_leg: Leg) -> CallPhase | None:
        return CallPhase.CONSULT_TALKS if self.talks else CallPhase.CONSULT_RINGS

    def keeps_waiting(self, leg: Leg) -> bool:
        return leg is self.customer


@dataclass(slots=True, eq=False)
class Transfer(_WithThird):
    """To ``other``, or to a destination of the dialplan, which has no leg. ``with_music``: the
    customer hears music meanwhile; else it goes on talking to the agent. ``wait_seconds``: how
    long it may have to."""

    agent: Agent
    own_leg: Leg
    customer: Leg
    other: Leg | None
    action: Action
    with_music: bool
    wait_seconds: int = 0
    phase: TransferPhase = TransferPhase.RINGING

    def sees(self, what: TransferSees) -> None:
        self.phase = TRANSFER_PHASES.get((self.phase, what), self.phase)

    def sub_status(self, leg: Leg) -> str:
        return "TRANS" if leg is self.own_leg else ""

    def call_phase(self, own_leg: Leg) -> CallPhase | None:
        return CallPhase.TRANS

    def keeps_waiting(self, leg: Leg) -> bool:
        return leg is self.customer and self.other is not None and self.with_music


@dataclass(slots=True, eq=False)
class Conference(_WithThird):
    """Three in a room of their own."""

    agent: Agent
    own_leg: Leg
    customer: Leg
    other: Leg
    action: Action
    room: str
    phase: ConferencePhase = ConferencePhase.RINGING

    def sees(self, what: ConferenceSees) -> None:
        self.phase = CONFERENCE_PHASES.get((self.phase, what), self.phase)

    @property
    def gathered(self) -> bool:
        return self.phase is ConferencePhase.TALKING

    @property
    def uses_room(self) -> bool:
        return True

    def sub_status(self, leg: Leg) -> str:
        return "THREE_WAY" if self.gathered or leg is self.other else ""

    def call_phase(self, own_leg: Leg) -> CallPhase | None:
        if not self.gathered:
            return CallPhase.THIRD_RINGS
        return None if own_leg.holds else CallPhase.THREE_WAY


@dataclass(slots=True, eq=False)
class Rejoining(ProcedureView):
    """After another procedure: two legs are being bridged again, and are reported as talking
    already."""

    own_leg: Leg
    customer: Leg
    other: ClassVar[None] = None
    action: ClassVar[None] = None

    @property
    def parties(self) -> tuple[Leg | None, ...]:
        return self.own_leg, self.customer

    @property
    def awaits_switch(self) -> bool:
        return True


@dataclass(slots=True, eq=False)
class PhoneLoss(ProcedureView):
    """One of two phones has fallen silent; the other party hears music meanwhile."""

    own_leg: Leg
    customer: Leg
    other: ClassVar[None] = None
    action: ClassVar[None] = None

    @property
    def parties(self) -> tuple[Leg | None, ...]:
        return self.own_leg, self.customer

    def call_phase(self, own_leg: Leg) -> CallPhase | None:
        return CallPhase.PHONE_LOST if own_leg is self.own_leg else None

    def keeps_waiting(self, leg: Leg) -> bool:
        return leg is self.customer


@dataclass(slots=True, eq=False)
class Monitoring(Supervision):
    """A supervisor hears what ``operated`` says and hears. ``action``'s kind says who hears the
    supervisor; ``next_action`` replaces it at the end of CHANGING. ``notice``: the req_id under
    which the operated agent was told, "" if it was not."""

    next_action: Action | None = None
    notice: str = ""
    phase: MonitoringPhase = MonitoringPhase.RINGING

    def sees(self, what: MonitoringSees) -> None:
        self.phase = MONITORING_PHASES.get((self.phase, what), self.phase)

    @property
    def hears(self) -> bool:
        return self.phase is not MonitoringPhase.RINGING

    @property
    def settled(self) -> bool:
        """No event of the switch is awaited."""
        return self.phase is MonitoringPhase.LISTENING

    @property
    def barged_in(self) -> bool:
        """All parties of the call hear the supervisor."""
        return self.hears and self.action.kind == "FORCE_CALL"

    @property
    def parties(self) -> tuple[Leg | None, ...]:
        return (self.own_leg,)

    def attach(self) -> None:
        self.operated.intrusion.monitorings.append(self)

    def detach(self) -> None:
        if self in self.operated.intrusion.monitorings:
            self.operated.intrusion.monitorings.remove(self)

    @property
    def monitored(self) -> Call | None:
        return self.operated.call

    @property
    def awaits_switch(self) -> bool:
        return self.own_leg.answered and not self.settled

    def sub_status(self, leg: Leg) -> str:
        return self.action.kind


@dataclass(slots=True, eq=False)
class Takeover(Supervision):
    """A supervisor, whose leg is ``own_leg``, takes the place of the agent whose leg is
    ``operated``.

    Until the supervisor answers, this is the procedure of its own call; then of the operated call,
    and ``customer`` is the party that it is bridged to.
    """

    customer: Leg | None = None
    phase: TakeoverPhase = TakeoverPhase.RINGING

    def sees(self, what: TakeoverSees) -> None:
        self.phase = TAKEOVER_PHASES.get((self.phase, what), self.phase)

    @property
    def parties(self) -> tuple[Leg | None, ...]:
        return self.own_leg, self.operated, self.customer

    def attach(self) -> None:
        if self.customer is None:
            self.operated.intrusion.takeovers.append(self)

    def detach(self) -> None:
        if self in self.operated.intrusion.takeovers:
            self.operated.intrusion.takeovers.remove(self)

    def call_phase(self, own_leg: Leg) -> CallPhase | None:
        return CallPhase.TRANS


ThirdPartyProcedure = Consult | Transfer | Conference
Procedure = ThirdPartyProcedure | Monitoring | Takeover


AutomaticProcedure = Rejoining | PhoneLoss
"""Procedures that no agent requested: two parties are apart for a while."""


def last_talk_of(leg: Leg) -> Call:
    """The call in which a leg is reported: an agent that has handed over its customer belongs to
    the customer's."""
    procedure = leg.call.procedure
    if (
        isinstance(procedure, ThirdPartyProcedure)
        and leg is procedure.own_leg
        and not procedure.customer.ended
    ):
        return procedure.customer.call
    return leg.call
