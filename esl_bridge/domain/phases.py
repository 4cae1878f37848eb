"""Tables of phases: what a procedure goes on to when it sees something.

What is not listed changes nothing. The end of a leg ends a procedure in every phase, but for what
its page in ``esl_bridge/callflow`` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import auto
from typing import TypeVar

from esl_bridge.domain.name_enum import NameEnum

Phase = TypeVar("Phase")
Observation = TypeVar("Observation")

Phases = Mapping[tuple[Phase, Observation], Phase]
"""``(phase, observation) -> phase``."""


class ConsultPhase(NameEnum):
    RINGING = auto()
    """The consultant's phone rings; the customer hears music, the agent ringback."""
    TALKING = auto()
    """The consultant has answered, and is bridged with the agent."""
    HANDING_OVER = auto()
    """The customer is being bridged with the consultant."""
    HANDED_OVER = auto()
    """The two talk, and the agent is released."""


class ConsultSees(NameEnum):
    CONSULTANT_ANSWERED = auto()
    HAND_OVER_REQUESTED = auto()
    HAND_OVER_FAILED = auto()
    CUSTOMER_BRIDGED = auto()


CONSULT_PHASES: Phases[ConsultPhase, ConsultSees] = {
    (ConsultPhase.RINGING, ConsultSees.CONSULTANT_ANSWERED): ConsultPhase.TALKING,
    (ConsultPhase.TALKING, ConsultSees.HAND_OVER_REQUESTED): ConsultPhase.HANDING_OVER,
    (ConsultPhase.HANDING_OVER, ConsultSees.HAND_OVER_FAILED): ConsultPhase.TALKING,
    (ConsultPhase.HANDING_OVER, ConsultSees.CUSTOMER_BRIDGED): ConsultPhase.HANDED_OVER,
    # The hand-over was given up for lack of an answer, and has been carried out after all.
    (ConsultPhase.TALKING, ConsultSees.CUSTOMER_BRIDGED): ConsultPhase.HANDED_OVER,
}
"""What is not listed changes nothing. The end of the agent, the consultant or the customer ends it
in every phase but HANDED_OVER."""


class TransferPhase(NameEnum):
    RINGING = auto()
    """The target's phone rings; the customer hears music, or talks on to the agent."""
    HANDING_OVER = auto()
    """The target has answered, and the customer is being bridged with it."""
    LEAVING = auto()
    """The customer is sent to a queue, an IVR or the survey, which have no leg."""
    HANDED_OVER = auto()
    """The customer talks to the target, and the agent is released."""


class TransferSees(NameEnum):
    TARGET_ANSWERED = auto()
    CUSTOMER_BRIDGED = auto()


TRANSFER_PHASES: Phases[TransferPhase, TransferSees] = {
    (TransferPhase.RINGING, TransferSees.TARGET_ANSWERED): TransferPhase.HANDING_OVER,
    (TransferPhase.RINGING, TransferSees.CUSTOMER_BRIDGED): TransferPhase.HANDED_OVER,
    (TransferPhase.HANDING_OVER, TransferSees.CUSTOMER_BRIDGED): TransferPhase.HANDED_OVER,
}
"""What is not listed changes nothing. The end of the customer or the target ends it; the agent may
leave, in every phase."""


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


class MonitoringPhase(NameEnum):
    RINGING = auto()
    """The supervisor's phone rings, or has answered and is about to hear."""
    LISTENING = auto()
    """The supervisor hears, and is heard as ``action`` says."""
    CHANGING = auto()
    """Who hears the supervisor is about to change."""


class MonitoringSees(NameEnum):
    EAVESDROP_BEGAN = auto()
    CHANGE_REQUESTED = auto()
    CHANGE_FAILED = auto()


MONITORING_PHASES: Phases[MonitoringPhase, MonitoringSees] = {
    (MonitoringPhase.RINGING, MonitoringSees.EAVESDROP_BEGAN): MonitoringPhase.LISTENING,
    (MonitoringPhase.LISTENING, MonitoringSees.CHANGE_REQUESTED): MonitoringPhase.CHANGING,
    (MonitoringPhase.CHANGING, MonitoringSees.EAVESDROP_BEGAN): MonitoringPhase.LISTENING,
    (MonitoringPhase.CHANGING, MonitoringSees.CHANGE_FAILED): MonitoringPhase.LISTENING,
}
"""What is not listed changes nothing. The end of either leg ends it."""


class TakeoverPhase(NameEnum):
    RINGING = auto()
    """The supervisor's phone rings; the operated call is left as it is."""
    TAKING_OVER = auto()
    """The supervisor has answered: the customer is to leave the operated agent."""
    BRIDGING = auto()
    """The customer has left, and is being bridged with the supervisor."""


class TakeoverSees(NameEnum):
    SUPERVISOR_ANSWERED = auto()
    CUSTOMER_LEFT = auto()


TAKEOVER_PHASES: Phases[TakeoverPhase, TakeoverSees] = {
    (TakeoverPhase.RINGING, TakeoverSees.SUPERVISOR_ANSWERED): TakeoverPhase.TAKING_OVER,
    (TakeoverPhase.TAKING_OVER, TakeoverSees.CUSTOMER_LEFT): TakeoverPhase.BRIDGING,
}
"""What is not listed changes nothing. It is over once the two talk, or one of them ends."""
