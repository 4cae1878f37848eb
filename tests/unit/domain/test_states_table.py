"""Each cell of the document's table against what the code does."""

import re

import msgspec
import pytest

from esl_bridge.domain.states import (
    AgentState,
    PendingStatus,
    Status,
    Timer,
    Trigger,
    TriggerDetails,
    next_state,
)
from esl_bridge.errors import BridgeError, NotCheckedIn, NotInCall, WrongState

from .states_document import table

TRIGGERS = {
    "CHECKIN (a good `checkin`)": Trigger.CHECKIN,
    "CHECKIN with `reset` ⁴": Trigger.CHECKIN_RESET,
    "CHECKOUT (`checkout`, or as action)": Trigger.CHECKOUT,
    "own leg rings": Trigger.LEG_RINGS,
    "own leg answered": Trigger.LEG_ANSWERED,
    "own leg ends, never answered": Trigger.LEG_ENDED_UNANSWERED,
    "own leg ends, answered, nobody talked": Trigger.LEG_ENDED_UNTALKED,
    "own leg ends after talk": Trigger.LEG_ENDED,
    "wrap-up time over": Trigger.WRAP_UP_OVER,
    "rest time over": Trigger.REST_OVER,
    "connection lost": Trigger.CONNECTION_LOST,
    "grace time over": Trigger.GRACE_OVER,
    "phone unregistered ¹⁵": Trigger.PHONE_UNREGISTERED,
    "switch lost, or its channels gone ¹⁶": Trigger.SWITCH_LOST,
}
REFUSALS = {"✗9": NotCheckedIn, "✗6": NotInCall, "✗w": WrongState}
REMEMBERED = {
    Trigger.MAKE_FREE_AFTER_CALL_STOP: Status.FREE,
    Trigger.MAKE_BUSY_AFTER_CALL_STOP: Status.BUSY,
    Trigger.MAKE_REST_AFTER_CALL_STOP: Status.REST,
    Trigger.CHECKOUT_AFTER_CALL_STOP: Status.OFFLINE,
    Trigger.FORCE_MAKE_FREE: Status.FREE,
    Trigger.FORCE_MAKE_BUSY: Status.BUSY,
}
NOTE = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
ROWS = table("trigger")
CELLS = [
    pytest.param(trigger, Status[status], NOTE.sub("", cell).strip(), id=f"{trigger}-{status}")
    for name, row in ROWS.items()
    for trigger in [TRIGGERS.get(name) or Trigger[NOTE.sub("", name).strip()]]
    for status, cell in row.items()
]
TALKED = TriggerDetails(start=Status.BUSY, talked=True, wrap_up_seconds=10, rest_seconds=60)


def state_in(status: Status) -> AgentState:
    """One that came from REST where it is in a call, and from BUSY where it wraps up."""
    return AgentState(status=status, before=Status.REST, base=Status.BUSY)


def test_the_document_and_the_code_have_the_same_triggers():
    assert {param.values[0] for param in CELLS} == set(Trigger)


@pytest.mark.parametrize(("trigger", "status", "cell"), CELLS)
def test_each_cell_of_the_table_of_states_holds(trigger, status, cell):
    state = state_in(status)
    if cell in REFUSALS:
        with pytest.raises(REFUSALS[cell]):
            next_state(state, trigger, TALKED)
        return
    after = next_state(state, trigger, TALKED)
    if cell == "rem":
        assert after.status is status
        assert after.remembered is not None
        assert after.remembered.status is REMEMBERED[trigger]
    elif cell in ("=", "·"):
        assert after.status is status
        assert after.remembered is None
    else:
        assert after.status is expected(cell)


def expected(cell: str) -> Status:
    """Where a cell leads from ``state_in`` with ``TALKED``."""
    target = cell.removeprefix("→").partition(",")[0]
    named = {"start": Status.BUSY, "base": Status.BUSY, "after": Status.ARRANGE}
    if cell == "→remembered, else before":
        return Status.REST
    return named.get(target) or Status[target]


@pytest.mark.parametrize("cell", ["→remembered, else before", "→after"])
def test_a_pending_status_takes_effect_wherever_a_call_ends(cell):
    for name, row in ROWS.items():
        trigger = TRIGGERS.get(name)
        for status, text in row.items():
            if trigger and NOTE.sub("", text).strip() == cell:
                wanted = PendingStatus(Status.BUSY, "AFTER_CALL")
                state = msgspec.structs.replace(state_in(Status[status]), remembered=wanted)
                after = next_state(state, trigger, TALKED)
                assert (after.status, after.reason) == (Status.BUSY, "AFTER_CALL")
                assert after.remembered is None


@pytest.mark.parametrize("status", [Status.RINGING, Status.CALLING])
def test_a_pending_status_is_dropped_on_request(status):
    wanted = PendingStatus(Status.BUSY, "AFTER_CALL")
    state = msgspec.structs.replace(state_in(status), remembered=wanted)
    assert next_state(state, Trigger.CANCEL_AFTER_CALL_STOP) == state_in(status)


def test_no_wrap_up_follows_monitoring():
    state = state_in(Status.CALLING)
    listened = msgspec.structs.replace(TALKED, supervising=True)
    assert next_state(state, Trigger.LEG_ENDED, listened).status is Status.REST


def test_a_talk_during_wrap_up_ends_in_free():
    state = msgspec.structs.replace(state_in(Status.CALLING), before=Status.ARRANGE)
    assert next_state(state, Trigger.LEG_ENDED, TriggerDetails(talked=True)).status is Status.FREE


def test_a_rest_that_expired_in_a_call_is_not_entered_again():
    state = msgspec.structs.replace(state_in(Status.CALLING), rest=Timer(Trigger.REST_OVER, 60, 1))
    state = next_state(state, Trigger.REST_OVER)
    assert state.status is Status.CALLING
    after = next_state(state, Trigger.LEG_ENDED)
    assert (after.status, after.reason) == (Status.BUSY, "REST_TIMEOUT")


def test_a_wrap_up_that_expired_while_ringing_leads_to_its_base():
    state = msgspec.structs.replace(
        state_in(Status.RINGING), before=Status.ARRANGE, wrap_up=Timer(Trigger.WRAP_UP_OVER, 9, 1)
    )
    state = next_state(state, Trigger.WRAP_UP_OVER)
    after = next_state(state, Trigger.LEG_ENDED_UNANSWERED)
    assert (after.status, after.reason) == (Status.BUSY, "WRAP_UP_OVER")


def test_a_manual_wrap_up_leads_back_and_from_rest_to_busy():
    for left, base in [(Status.FREE, Status.FREE), (Status.REST, Status.BUSY)]:
        state = next_state(
            AgentState(status=left), Trigger.MAKE_ARRANGE, TriggerDetails(wrap_up_seconds=10)
        )
        assert state.wrap_up is not None
        assert next_state(state, Trigger.WRAP_UP_OVER).status is base


def test_a_missed_offer_makes_busy_unless_a_status_is_pending():
    missed = TriggerDetails(missed_offer_makes_busy=True)
    ringing = state_in(Status.RINGING)
    assert next_state(ringing, Trigger.LEG_ENDED_UNANSWERED, missed).status is Status.BUSY
    wanted = msgspec.structs.replace(ringing, remembered=PendingStatus(Status.FREE, "AFTER_CALL"))
    assert next_state(wanted, Trigger.LEG_ENDED_UNANSWERED, missed).status is Status.FREE


@pytest.mark.parametrize("start", ["FREE", "BUSY", "REST", "ARRANGE"])
def test_a_repeated_check_in_applies_its_start_status_in_manual_states_only(start):
    details = TriggerDetails(start=Status[start], start_asked=True)
    assert (
        next_state(AgentState(status=Status.FREE), Trigger.CHECKIN, details).status is Status[start]
    )
    assert next_state(state_in(Status.CALLING), Trigger.CHECKIN, details).status is Status.CALLING


def test_a_refused_trigger_changes_nothing():
    for trigger in Trigger:
        for status in Status:
            state = state_in(status)
            copy = msgspec.structs.replace(state)
            try:
                next_state(state, trigger, TALKED)
            except BridgeError:
                assert state == copy
