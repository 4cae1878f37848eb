"""A call: its legs, its parties and the actions begun in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import auto

import msgspec

from esl_bridge.domain.leg import Leg, Media
from esl_bridge.domain.name_enum import NameEnum
from esl_bridge.domain.procedures import AutomaticProcedure, Procedure


class ActionKind(NameEnum):
    """The actions that ``callback`` reports to an agent."""

    CALL = auto()
    PREVIEW_OUT_CALL = auto()
    CONSULT = auto()
    TRANS = auto()
    CONSULT_TO_TRANS = auto()
    THREE_WAY = auto()
    EAVESDROP = auto()
    WHISPER = auto()
    SUBSTITUTE = auto()
    FORCE_CALL = auto()
    INTERRUPT_CALL = auto()
    CHANGE_MEDIA = auto()
    EXT_UN_REG = auto()
    RECORD = auto()


class ActionPhase(NameEnum):
    INITIATE = auto()
    START_CALL = auto()
    END_CALL = auto()


_CONTACT_ID = re.compile(r"contact-[0-9a-f]{32}")

CALLS = frozenset({ActionKind.CALL, ActionKind.PREVIEW_OUT_CALL})
"""The agent's own phone is called for these, and then whom the agent asked for."""
TALKS = CALLS | {ActionKind.CONSULT, ActionKind.SUBSTITUTE}
"""These start when two parties talk, and end when either leaves."""
_SET_UP_A_THIRD = frozenset(
    {ActionKind.CONSULT, ActionKind.TRANS, ActionKind.CONSULT_TO_TRANS, ActionKind.THREE_WAY}
)


class CampaignTask(msgspec.Struct, frozen=True):
    """What an outbound call of a campaign is made for, as the client named it; "": not said."""

    task_id: str = ""
    number_id: str = ""
    client_number: str = ""
    current_times: str = ""


NO_TASK = CampaignTask()


@dataclass(slots=True, eq=False)
class Action:
    """Something an agent began: INITIATE, perhaps START_CALL, exactly one END_CALL."""

    kind: ActionKind
    agent_id: str
    req_id: str
    near: Leg
    far: Leg | None = None
    media: Media = field(default_factory=Media)
    work_order_id: str = ""
    task: CampaignTask = NO_TASK
    phase: ActionPhase | None = None
    video_told: bool = False

    @property
    def leg(self) -> Leg:
        """The leg reported to the agent: the one that was set up for this action."""
        if self.far is not None and self.kind in _SET_UP_A_THIRD:
            return self.far
        return self.near

    @property
    def peer(self) -> Leg | None:
        """The other party, once it has answered."""
        return self.far if self.far is not None and self.far.progress.answered_ms else None

    @property
    def called(self) -> Leg | None:
        """The other party, where it was set up for this agent."""
        far = self.far
        return far if far is not None and far.origin.begun_by == self.agent_id else None

    @property
    def open(self) -> bool:
        return self.phase in (ActionPhase.INITIATE, ActionPhase.START_CALL)

    @property
    def started(self) -> bool:
        return self.phase is ActionPhase.START_CALL

    def concerns(self, leg: Leg) -> bool:
        return leg is self.near or leg is self.far


def valid_contact_id(text: str) -> str:
    """The contact id that a leg carries; "" where it carries no valid one."""
    return text if _CONTACT_ID.fullmatch(text) else ""


class Party(msgspec.Struct, frozen=True):
    """A party that has left a call. Times are milliseconds of Unix time, ``answered_ms`` 0 for a
    leg that was never answered. ``cause``: the switch's hangup cause, or ours where the switch
    reported no end."""

    uuid: str
    agent_id: str
    number: str
    purpose: str
    began_ms: int
    answered_ms: int
    ended_ms: int
    cause: str

    @classmethod
    def of(cls, leg: Leg, now_ms: int, cause: str) -> Party:
        agent_id = leg.agent.id if leg.agent is not None else ""
        progress = leg.progress
        times = (progress.began_ms, progress.answered_ms, now_ms)
        cause = progress.hangup_cause or cause
        return cls(leg.uuid, agent_id, leg.number, leg.reported_purpose, *times, cause)


@dataclass(slots=True, eq=False)
class Call:
    """Legs that belong together, in the order of joining, and the actions begun in the call.

    ``customer`` is the outside party that called in; ``flow_data`` and ``work_order_id`` travel
    with it. ``contact_id`` is the same for everybody who is or will be in contact with the same
    customer, in this call or in others. ``fallen_back``: the company's fallback has been used up.
    ``gone``: the parties that have left for good. ``skill``: the one in whose queue the customer
    last waited.
    """

    legs: list[Leg] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    customer: Leg | None = None
    flow_data: str = ""
    work_order_id: str = ""
    contact_id: str = ""
    fallen_back: bool = False
    procedure: Procedure | AutomaticProcedure | None = None
    gone: list[Party] = field(default_factory=list)
    skill: str = ""

    def take(self, leg: Leg) -> None:
        """Move a leg here from another call, with the actions begun by it."""
        began = [action for action in leg.call.actions if action.near is leg]
        leg.call.actions = [action for action in leg.call.actions if action.near is not leg]
        leg.call.legs.remove(leg)
        leg.call = self
        self.legs.append(leg)
        self.actions += began

    def others(self, leg: Leg) -> list[Leg]:
        return [other for other in self.legs if other is not leg]
