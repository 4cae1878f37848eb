"""The policy of outside numbers, to the last character; how many calls at once."""

import msgspec
import pytest

from esl_bridge.domain.company import External
from esl_bridge.domain.numbers import OutboundCounter, Policy
from esl_bridge.errors import NumberBarred, TooManyCalls

EXTERNAL = External(
    dial="sofia/gateway/c/{number}",
    caller_id="1",
    allowed=(r"1\d{10}", r"0\d{9,11}"),
    barred=("13900000001", r"190\d+"),
    max_calls=3,
    per_agent=2,
    per_minute=4,
    per_minute_per_agent=2,
)


@pytest.mark.parametrize(
    ("number", "may"),
    [
        ("13107618845", True),
        ("02012345678", True),
        ("1310761884", False),
        ("131076188451", False),
        ("x13107618845", False),
        ("13107618845\n", False),
        ("13900000001", False),
        ("19000000000", False),
        ("110", False),
        ("", False),
    ],
)
def test_a_number_matches_as_a_whole(number, may):
    policy = Policy(EXTERNAL, 3)
    if may:
        assert policy.judge(number) is EXTERNAL
    else:
        with pytest.raises(NumberBarred):
            policy.judge(number)


def test_no_number_is_allowed_without_an_outside_line():
    with pytest.raises(NumberBarred):
        Policy(None, 3).judge("13107618845")


@pytest.mark.parametrize(
    ("up", "own", "minute", "may"),
    [(2, 1, 3, True), (3, 1, 3, False), (2, 2, 3, False), (2, 1, 4, False), (0, 0, 0, True)],
)
def test_a_call_over_the_limit_of_calls_is_refused(up, own, minute, may):
    outbound_counter = OutboundCounter()
    for leg in range(up):
        outbound_counter.comes_up(f"leg {leg}", "A" if leg < own else "B")
    for _ in range(minute):
        outbound_counter.enter(0.0, "B")
    counted(outbound_counter, may)


def counted(outbound_counter, may, begun_by="A", now=1.0):
    policy, before = Policy(EXTERNAL, 3), outbound_counter.last_minute(now)
    if may:
        policy.count(EXTERNAL, outbound_counter, begun_by, now)
    else:
        with pytest.raises(TooManyCalls):
            policy.count(EXTERNAL, outbound_counter, begun_by, now)
    assert outbound_counter.last_minute(now) == before + may


def test_an_agent_can_begin_only_its_share_of_a_minutes_calls():
    outbound_counter = OutboundCounter()
    for may in (True, True, False):
        counted(outbound_counter, may)
    counted(outbound_counter, True, "B")
    counted(outbound_counter, True, "B", now=61.0)
    counted(outbound_counter, True, "A", now=61.0)


def test_calls_that_no_agent_requested_have_no_share():
    outbound_counter = OutboundCounter()
    for may in (True, True, True, True, False):
        counted(outbound_counter, may, "")


@pytest.mark.parametrize(
    ("all_begin", "given", "agents", "share"),
    [
        (60, None, 3, 30),
        (61, None, 3, 31),
        (60, None, 1, 60),
        (60, None, 2, 60),
        (12, None, 3, 10),
        (60, 1, 3, 1),
        (60, 1, 1, 1),
        (60, 60, 3, 60),
    ],
)
def test_the_default_share_is_half_and_at_least_ten(all_begin, given, agents, share):
    external = msgspec.structs.replace(EXTERNAL, per_minute=all_begin, per_minute_per_agent=given)
    assert external.agents_share(agents) == share


def test_a_call_counts_for_exactly_a_minute():
    outbound_counter = OutboundCounter()
    for now in (0.0, 1.0, 59.9):
        outbound_counter.enter(now, "A")
    assert [outbound_counter.last_minute(now) for now in (59.99, 60.0, 61.0, 119.9)] == [3, 2, 1, 0]
