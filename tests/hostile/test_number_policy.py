"""A stolen password buys no calls: everything that dials obeys the company's number policy.

Each way to dial is tried with forbidden numbers, and at each limit.
"""

import pytest
from msgspec.structs import replace

from esl_bridge.domain.company import Route
from esl_bridge.errors import BridgeError
from tests.builders import BARRED, OTHER_OUTSIDE, OUTSIDE, TenantHarness, company

TARGET = "13800000000"
NUMBER = "40019999"
FORBIDDEN = [BARRED, "110", "0044123", "90012345", TARGET + "1", TARGET[:-1], "+" + TARGET]
NOT_ALLOWED, TOO_MANY = {"5205"}, {"5000"}
UNTOLD: set[str] = set()
"""Who dials by phone, or only called the company, has no desktop to be told on."""


def talks(harness: TenantHarness) -> str:
    return harness.talk("A", "B")[0]


def call(harness: TenantHarness, number: str) -> None:
    harness.ask("A", "call", callee_number=number)


def consult(harness: TenantHarness, number: str) -> None:
    about = {"type": "1", "consult_type": "1", "consult_number": number}
    harness.ask("A", "consult", uuid=harness.agent("A").own_leg.uuid, **about)


def trans(harness: TenantHarness, number: str) -> None:
    about = {"type": "1", "trans_type": "4", "trans_number": number}
    harness.ask("A", "trans", uuid=harness.agent("A").own_leg.uuid, **about)


def three_way(harness: TenantHarness, number: str) -> None:
    about = {"three_way_type": "1", "three_way_number": number}
    harness.ask("A", "three_way", uuid=harness.agent("A").own_leg.uuid, **about)


def by_phone(harness: TenantHarness, number: str) -> None:
    harness.dials("A", number)


def by_route(harness: TenantHarness, number: str) -> None:
    numbers = {**harness.tenant.company.numbers, NUMBER: Route(number=number)}
    harness.tenant.reconfigure(replace(harness.tenant.company, numbers=numbers))
    harness.caller(NUMBER)


def by_fallback(harness: TenantHarness, number: str) -> None:
    harness.tenant.reconfigure(replace(harness.tenant.company, fallback=Route(number=number)))
    harness.agent("A").registered_at = {}
    harness.caller()


IN_A_CALL = (consult, trans, three_way)
WAYS = (call, *IN_A_CALL, by_phone, by_route, by_fallback)


def harness_for(way, **limits) -> TenantHarness:
    """Where a way to dial can be gone, under these limits; A is at work, in a talk if need be."""
    external = replace(company().external, **limits)
    harness = TenantHarness(dial_from_phone=True, external=external)
    if way in IN_A_CALL:
        talks(harness)
    return harness


def outcome(harness: TenantHarness, way, number: str) -> tuple[bool, set[str]]:
    """Whether the number was dialled, and the codes that its agent got."""
    harness.forget()
    codes = set()
    try:
        way(harness, number)
    except BridgeError as error:
        codes.add(error.code)
    harness.consistent()
    dialled = any(f"carrier/{number}" in line for line in harness.switch.heard)
    return dialled, codes


def told(way, codes: set[str]) -> set[str]:
    return codes if way in (call, *IN_A_CALL) else UNTOLD


@pytest.mark.parametrize("way", WAYS)
def test_an_allowed_number_is_dialled(way):
    assert outcome(harness_for(way), way, TARGET) == (True, set())


@pytest.mark.parametrize("way", WAYS)
def test_a_called_party_cannot_redirect_the_call(way):
    """By answering 302, with a number of which the policy knows nothing."""
    harness = harness_for(way)
    outcome(harness, way, TARGET)
    [dialled] = [line for line in harness.switch.heard if f"carrier/{TARGET}" in line]
    assert "outbound_redirect_fatal=true" in dialled


@pytest.mark.parametrize("number", FORBIDDEN)
@pytest.mark.parametrize("way", WAYS)
def test_a_number_that_is_not_allowed_is_not_dialled(way, number):
    assert outcome(harness_for(way), way, number) == (False, told(way, NOT_ALLOWED))


@pytest.mark.parametrize("way", WAYS)
def test_no_number_is_dialled_where_the_company_has_no_outside_line(way):
    harness = harness_for(way)
    harness.tenant.reconfigure(replace(harness.tenant.company, external=None))
    assert outcome(harness, way, TARGET) == (False, told(way, NOT_ALLOWED))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("talking", [False, True])
def test_a_call_beyond_the_companys_concurrent_calls_is_refused(way, talking):
    harness = harness_for(way, max_calls=1)
    begin = harness.talk if talking else harness.begin_call
    begin("D", OUTSIDE)
    assert outcome(harness, way, TARGET) == (False, told(way, TOO_MANY))


@pytest.mark.parametrize("way", WAYS)
def test_a_call_beyond_the_companys_calls_in_a_minute_is_refused(way):
    harness = harness_for(way, per_minute=1)
    near, far = harness.talk("D", OUTSIDE)
    harness.ends(far)
    harness.ends(near)
    harness.now = 59.9
    assert outcome(harness, way, TARGET) == (False, told(way, TOO_MANY))
    harness = harness_for(way, per_minute=1)
    harness.talk("D", OUTSIDE)
    harness.now = 60.0
    assert outcome(harness, way, TARGET) == (True, set())


def led_on(harness: TenantHarness, name: str, number: str) -> None:
    """The agent has called a number, sent it to an IVR, and is free; the number is still up."""
    near, far = harness.talk(name, number)
    about = {"type": "1", "trans_type": "3", "trans_number": "2001"}
    harness.ask(name, "trans", uuid=near, **about)
    harness.ends(near)
    assert harness.tenant.legs.keys() == {far}


@pytest.mark.parametrize("way", (call, by_phone))
def test_a_call_beyond_the_agents_concurrent_calls_is_refused(way):
    """A transferred party still counts."""
    harness = harness_for(way, per_agent=1)
    led_on(harness, "A", OTHER_OUTSIDE)
    assert outcome(harness, way, TARGET) == (False, told(way, TOO_MANY))
    harness.begin_call("D", OUTSIDE)


@pytest.mark.parametrize("way", IN_A_CALL)
def test_a_third_party_beyond_the_agents_concurrent_calls_is_refused(way):
    harness = TenantHarness(external=replace(company().external, per_agent=1))
    harness.talk("A", OTHER_OUTSIDE)
    assert outcome(harness, way, TARGET) == (False, TOO_MANY)


@pytest.mark.parametrize("way", WAYS)
def test_a_transferred_outside_party_still_counts_for_the_company(way):
    harness = harness_for(way, max_calls=1)
    if way in IN_A_CALL:
        harness.talk("D", OUTSIDE)
    else:
        led_on(harness, "D", OTHER_OUTSIDE)
    assert outcome(harness, way, TARGET) == (False, told(way, TOO_MANY))


def test_incoming_calls_do_not_count_as_outside_calls():
    harness = TenantHarness(external=replace(company().external, max_calls=1))
    for _ in range(3):
        harness.caller()
    assert outcome(harness, lambda harness, number: harness.begin_call("D", number), TARGET)[0]


def test_a_number_longer_than_allowed_is_matched_against_no_pattern():
    """What a phone dials may have 64 characters; patterns are known to be quick for 33."""
    harness = TenantHarness()
    external = replace(harness.tenant.company.external, allowed=(".*",))
    changed = replace(harness.tenant.company, external=external, dial_from_phone=True)
    harness.tenant.reconfigure(changed)
    harness.dials("A", "1" * 33)
    assert any("1" * 33 in each for each in harness.switch.heard)
    harness.switch.heard.clear()
    harness.dials("B", "1" * 34)
    assert not any("1" * 34 in each for each in harness.switch.heard)
