"""Procedures that involve more than two parties: a consult, a transfer, a conference; and, in a
supervisor's own call, what the supervisor does in an agent's.

A call has at most one at a time. ``own_leg`` is the leg of the agent that began it, ``customer``
the party that the agent talked to before, ``other`` the leg that was set up for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import auto
from typing import TYPE_CHECKING, ClassVar

from esl_bridge.domain.name_enum import NameEnum
from esl_bridge.domain.phases import Phases

if TYPE_CHECKING:
    from esl_bridge.domain.agent import Agent
    from esl_bridge.domain.call import Action, Call
    from esl_bridge.domain.leg import Leg


@dataclass(slots=True, eq=False)
class Consult:
    """``hand_over``: the customer is being handed over to the consultant, who has answered."""

    agent: Agent
    own_leg: Leg
    customer: Leg
    other: Leg
    action: Action
    hand_over: Action | None = None

    @property
    def talks(self) -> bool:
        return self.other.talked

    @property
    def handed_over(self) -> bool:
        return self.hand_over is not None and not self.hand_over.open


@dataclass(slots=True, eq=False)
class Transfer:
    """To ``other``, or to a destination of the dialplan, which has no leg. ``with_music``: the
    customer hears music meanwhile; else it goes on talking to the agent."""

    agent: Agent
    own_leg: Leg
    customer: Leg
    other: Leg | None
    action: Action
    with_music: bool


class ConferencePhase(NameEnum):
    RINGING = auto()
    """The two talk on while the third party's phone rings."""
    GATHERING = auto()
    """The third party has answered: all three are on their way into the room."""
    TALKING = auto()
    """All three have been in the room together; who holds waits outside."""


class ConferenceSees(NameEnum):
    THIRD_ANSWERED = auto()
    ALL_IN_ROOM = auto()


CONFERENCE_PHASES: Phases[ConferencePhase, ConferenceSees] = {
    (ConferencePhase.RINGING, ConferenceSees.THIRD_ANSWERED): ConferencePhase.GATHERING,
    (ConferencePhase.GATHERING, ConferenceSees.ALL_IN_ROOM): ConferencePhase.TALKING,
}
"""What is not listed changes nothing. The end of any of the three ends it, in every phase."""


@dataclass(slots=True, eq=False)
class Conference:
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


@dataclass(slots=True, eq=False)
class Rejoining:
    """After another procedure: two legs are being bridged again, and are reported as talking
    already."""

    own_leg: Leg
    customer: Leg
    other: ClassVar[None] = None
    action: ClassVar[None] = None


@dataclass(slots=True, eq=False)
class PhoneLoss:
    """One of two phones has fallen silent; the other party hears music meanwhile."""

    own_leg: Leg
    customer: Leg
    other: ClassVar[None] = None
    action: ClassVar[None] = None


@dataclass(slots=True, eq=False)
class Monitoring:
    """A supervisor hears what ``operated`` says and hears. ``action``'s kind says who hears the
    supervisor, once ``hears`` is set; ``change`` is the action that will replace it. ``notice``:
    the req_id under which the operated agent was told, "" if it was not."""

    agent: Agent
    own_leg: Leg
    operated: Leg
    action: Action
    hears: bool = False
    change: Action | None = None
    notice: str = ""

    @property
    def settled(self) -> bool:
        """No event of the switch is awaited."""
        return self.hears and self.change is None

    @property
    def barged_in(self) -> bool:
        """All parties of the call hear the supervisor."""
        return self.hears and self.action.kind == "FORCE_CALL"


@dataclass(slots=True, eq=False)
class Takeover:
    """A supervisor, whose leg is ``own_leg``, takes the place of the agent whose leg is
    ``operated``.

    Until the supervisor answers, this is the procedure of its own call; then of the operated call,
    and ``customer`` is the party that it is bridged to. ``moved``: that party has been moved.
    ``waits``: the operated agent has answered meanwhile, and is parked.
    """

    agent: Agent
    own_leg: Leg
    operated: Leg
    action: Action
    customer: Leg | None = None
    moved: bool = False
    waits: bool = False


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
