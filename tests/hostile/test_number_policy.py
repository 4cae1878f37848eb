"""A stolen password is not money: whatever dials keeps to the company's policy of numbers.

Each way to dial is tried with a number that may not be called, and at each limit.
"""

import pytest
from msgspec.structs import replace

from esl_bridge.domain.company import Route
from esl_bridge.errors import BridgeError
from tests.builders import BARRED, OTHER_OUTSIDE, OUTSIDE, Office, company

TARGET = "13800000000"
NUMBER = "40019999"
FORBIDDEN = [BARRED, "110", "0044123", "90012345", TARGET + "1", TARGET[:-1], "+" + TARGET]
NOT_ALLOWED, TOO_MANY = {"5205"}, {"5000"}
UNTOLD: set[str] = set()
"""Who dials by phone, or only called the company, has no desktop to be told on."""


def talks(office: Office) -> str:
    return office.talk("A", "B")[0]


def call(office: Office, number: str) -> None:
    office.ask("A", "call", callee_number=number)


def consult(office: Office, number: str) -> None:
    about = {"type": "1", "consult_type": "1", "consult_number": number}
    office.ask("A", "consult", uuid=office.agent("A").own.uuid, **about)


def trans(office: Office, number: str) -> None:
    about = {"type": "1", "trans_type": "4", "trans_number": number}
    office.ask("A", "trans", uuid=office.agent("A").own.uuid, **about)


def three_way(office: Office, number: str) -> None:
    about = {"three_way_type": "1", "three_way_number": number}
    office.ask("A", "three_way", uuid=office.agent("A").own.uuid, **about)


def by_phone(office: Office, number: str) -> None:
    office.dials("A", number)


def by_route(office: Office, number: str) -> None:
    numbers = {**office.desk.company.numbers, NUMBER: Route(number=number)}
    office.desk.take_up(replace(office.desk.company, numbers=numbers))
    office.caller(NUMBER)


def by_fallback(office: Office, number: str) -> None:
    office.desk.take_up(replace(office.desk.company, fallback=Route(number=number)))
    office.agent("A").registered = False
    office.caller()


IN_A_CALL = (consult, trans, three_way)
WAYS = (call, *IN_A_CALL, by_phone, by_route, by_fallback)


def office_for(way, **limits) -> Office:
    """Where a way to dial can be gone, under these limits; A is at work, in a talk if need be."""
    external = replace(company().external, **limits)
    office = Office(dial_from_phone=True, external=external)
    if way in IN_A_CALL:
        talks(office)
    return office


def outcome(office: Office, way, number: str) -> tuple[bool, set[str]]:
    """Whether the number was dialled, and what the agent was told who asked for it."""
    office.forget()
    codes = set()
    try:
        way(office, number)
    except BridgeError as error:
        codes.add(error.code)
    office.consistent()
    dialled = any(f"carrier/{number}" in line for line in office.switch.heard)
    return dialled, codes


def told(way, codes: set[str]) -> set[str]:
    return codes if way in (call, *IN_A_CALL) else UNTOLD


@pytest.mark.parametrize("way", WAYS)
def test_a_number_that_is_allowed_is_dialled(way):
    assert outcome(office_for(way), way, TARGET) == (True, set())


@pytest.mark.parametrize("way", WAYS)
def test_who_is_called_cannot_send_the_call_on(way):
    """By answering 302, with a number of which the policy knows nothing."""
    office = office_for(way)
    outcome(office, way, TARGET)
    [dialled] = [line for line in office.switch.heard if f"carrier/{TARGET}" in line]
    assert "outbound_redirect_fatal=true" in dialled


@pytest.mark.parametrize("number", FORBIDDEN)
@pytest.mark.parametrize("way", WAYS)
def test_no_other_is(way, number):
    assert outcome(office_for(way), way, number) == (False, told(way, NOT_ALLOWED))


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_where_the_company_has_no_outside(way):
    office = office_for(way)
    office.desk.take_up(replace(office.desk.company, external=None))
    assert outcome(office, way, TARGET) == (False, told(way, NOT_ALLOWED))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("talking", [False, True])
def test_one_more_than_the_company_may_have_up(way, talking):
    office = office_for(way, max_calls=1)
    begin = office.talk if talking else office.begin_call
    begin("D", OUTSIDE)
    assert outcome(office, way, TARGET) == (False, told(way, TOO_MANY))


@pytest.mark.parametrize("way", WAYS)
def test_one_more_than_the_company_may_begin_in_a_minute(way):
    office = office_for(way, per_minute=1)
    near, far = office.talk("D", OUTSIDE)
    office.ends(far)
    office.ends(near)
    office.now = 59.9
    assert outcome(office, way, TARGET) == (False, told(way, TOO_MANY))
    office = office_for(way, per_minute=1)
    office.talk("D", OUTSIDE)
    office.now = 60.0
    assert outcome(office, way, TARGET) == (True, set())


def led_on(office: Office, name: str, number: str) -> None:
    """The agent has called a number, sent it to an IVR, and is free; the number is still up."""
    near, far = office.talk(name, number)
    about = {"type": "1", "trans_type": "3", "trans_number": "2001"}
    office.ask(name, "trans", uuid=near, **about)
    office.ends(near)
    assert office.desk.legs.keys() == {far}


@pytest.mark.parametrize("way", (call, by_phone))
def test_one_more_than_an_agent_may_have_up(way):
    """Whom it has sent on is up as well."""
    office = office_for(way, per_agent=1)
    led_on(office, "A", OTHER_OUTSIDE)
    assert outcome(office, way, TARGET) == (False, told(way, TOO_MANY))
    office.begin_call("D", OUTSIDE)


@pytest.mark.parametrize("way", IN_A_CALL)
def test_one_more_than_an_agent_may_have_up_in_a_call(way):
    office = Office(external=replace(company().external, per_agent=1))
    office.talk("A", OTHER_OUTSIDE)
    assert outcome(office, way, TARGET) == (False, TOO_MANY)


@pytest.mark.parametrize("way", WAYS)
def test_who_was_sent_on_still_counts_for_the_company(way):
    office = office_for(way, max_calls=1)
    if way in IN_A_CALL:
        office.talk("D", OUTSIDE)
    else:
        led_on(office, "D", OTHER_OUTSIDE)
    assert outcome(office, way, TARGET) == (False, told(way, TOO_MANY))


def test_who_called_in_counts_for_nothing():
    office = Office(external=replace(company().external, max_calls=1))
    for _ in range(3):
        office.caller()
    assert outcome(office, lambda office, number: office.begin_call("D", number), TARGET)[0]


def test_a_number_that_is_longer_than_any_is_held_against_no_pattern():
    """What a phone dials may have 64 characters; patterns are known to be quick for 33."""
    office = Office()
    external = replace(office.desk.company.external, allowed=(".*",))
    changed = replace(office.desk.company, external=external, dial_from_phone=True)
    office.desk.take_up(changed)
    office.dials("A", "1" * 33)
    assert any("1" * 33 in each for each in office.switch.heard)
    office.switch.heard.clear()
    office.dials("B", "1" * 34)
    assert not any("1" * 34 in each for each in office.switch.heard)
