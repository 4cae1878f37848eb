"""What is under way in a call between more than two: a consult, a transfer, a three-way talk; and
in a supervisor's own call, what the supervisor does in that of somebody else.

At most one at a time in a call. ``own_leg`` is the leg of the agent that began it, ``customer`` the
party that the agent talked to before, ``other`` the leg that was set up for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from esl_bridge.domain.agent import Agent
    from esl_bridge.domain.call import Action, Call
    from esl_bridge.domain.leg import Leg


@dataclass(slots=True, eq=False)
class Consult:
    """``hand_over``: the customer is being given to the consultant, who talks already."""

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
    """To ``other``, or to a place of the dialplan, which has no leg. ``with_music``: the customer
    hears music meanwhile; else it talks on with the agent."""

    agent: Agent
    own_leg: Leg
    customer: Leg
    other: Leg | None
    action: Action
    with_music: bool


@dataclass(slots=True, eq=False)
class Conference:
    """``gathered``: all three are in the room and have heard each other."""

    agent: Agent
    own_leg: Leg
    customer: Leg
    other: Leg
    action: Action
    room: str
    gathered: bool = False


@dataclass(slots=True, eq=False)
class Rejoining:
    """What may come after the others: two are put together again, and shown as talking already."""

    own_leg: Leg
    customer: Leg
    other: ClassVar[None] = None
    action: ClassVar[None] = None


@dataclass(slots=True, eq=False)
class PhoneLoss:
    """The phone of one of two has fallen silent; the other hears music meanwhile."""

    own_leg: Leg
    customer: Leg
    other: ClassVar[None] = None
    action: ClassVar[None] = None


@dataclass(slots=True, eq=False)
class Monitoring:
    """A supervisor hears what ``operated`` says and hears. How far it is heard itself is the
    ``action``'s kind, from ``hears`` on; ``change`` is the one that it is about to go on as.
    ``notice`` is the req_id under which the operated agent was told of it, "" if it was not."""

    agent: Agent
    own_leg: Leg
    operated: Leg
    action: Action
    hears: bool = False
    change: Action | None = None
    notice: str = ""

    @property
    def settled(self) -> bool:
        """Nothing is awaited from the switch."""
        return self.hears and self.change is None

    @property
    def barged_in(self) -> bool:
        """All who are in the talk hear the supervisor."""
        return self.hears and self.action.kind == "FORCE_CALL"


@dataclass(slots=True, eq=False)
class Takeover:
    """A supervisor, whose leg is ``own_leg``, takes the place of the agent whose leg is
    ``operated``.

    Until its phone is answered this is the work of its own call; then it is that of the operated
    call, and ``customer`` the party that it is joined to. ``moved``: that party has been taken away
    from where it was. ``waits``: the operated agent's phone has been answered meanwhile, and is
    parked.
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


Unrequested = Rejoining | PhoneLoss
"""What nobody has asked for: two are apart for a while."""


def last_talk_of(leg: Leg) -> Call:
    """The call that it is told of with: who has handed its customer over was in the customer's."""
    procedure = leg.call.procedure
    if (
        isinstance(procedure, ThirdPartyProcedure)
        and leg is procedure.own_leg
        and not procedure.customer.ended
    ):
        return procedure.customer.call
    return leg.call
