"""What the Python client does with its connection: many agents on one, of either kind; a program
that is begun anew; the end of a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from esl_bridge.client import Gateway, NotConnected, Refused
from tests.behaviour.world import AGENTS, COMPANY, NUMBER_OF_F, OUTSIDE, World
from tests.client.line import Line
from tests.client.office import SECONDS, Office


@pytest.fixture(params=["websocket", "tcp"])
def shared(
    request: pytest.FixtureRequest, world: World, office: Office
) -> Iterator[tuple[Gateway, Line]]:
    """A connection that carries A, B and S, and the line that it goes through."""
    kind = request.param
    port = world.port if kind == "websocket" else world.gateway_port
    with Line(port) as line:
        url = f"127.0.0.1:{line.port}"
        with Gateway(f"ws://{url}/agent" if kind == "websocket" else f"tcp://{url}") as gateway:
            office.signs_in_on(gateway, "A", "B", "S")
            yield gateway, line


def test_many_agents_share_a_connection(world: World, office: Office, shared: tuple[Gateway, Line]):
    a, b, s = (office.agents[name] for name in "ABS")
    world.until_connected(just=1)
    office.picks_up_what_is_offered(b, "B")
    call = a.call(AGENTS["B"], "agent")
    office.picks_up("A")
    call.wait_talking(SECONDS)
    assert (a.current_call.number, b.current_call.number) == (AGENTS["B"], AGENTS["A"])
    assert s.snapshot.call is None
    call.hold()
    assert (a.snapshot.stage, b.snapshot.stage) == ("HOLD", "TALK")
    b.current_call.hang_up()
    call.wait_ended(SECONDS)
    a.sign_out()
    assert [each.link for each in (a, b, s)] == ["closed", "up", "up"]
    b.set_status("BUSY")


def test_all_of_them_come_back(world: World, office: Office, shared: tuple[Gateway, Line]):
    gateway, line = shared
    a, b = office.agents["A"], office.agents["B"]
    call = office.talks_to(a, "A", "C", OUTSIDE["C"])
    with line.down():
        world.until(lambda: {each.link for each in (a, b)} == {"down"})
        world.phone("C").hangup()
        world.phone("A").wait_idle()
    gateway.wake()
    for name in "ABS":
        office.told[name].awaited("resumed")
    assert office.told["A"].awaited("ended") is call
    assert [push for push in office.told["B"].of("push")[1:] if push.agent_id != b.id] == []
    b.set_status("BUSY")


def test_one_who_is_kicked_leaves_the_others(office: Office, shared: tuple[Gateway, Line]):
    a, b = office.agents["A"], office.agents["B"]
    office.signs_in("A", take=True)
    office.world.until(lambda: a.link == "elsewhere")
    b.set_status("BUSY")
    with pytest.raises(NotConnected):
        a.wait_up(0)


def test_a_gap_is_told_to_its_agent_alone(office: Office, world: World):
    with Gateway(world.url) as gateway:
        office.signs_in_on(gateway, "A")
        session = {"token": office.agents["A"].session["token"], "epoch": "another", "seq": 3}
        office.signs_in_on(gateway, "B")
        office.agents["A"].close()
        office.signs_in_on(gateway, "A", session=session)
        gap = office.told["A"].awaited("gap")
        assert (gap.agent_id, gap.from_seq) == (AGENTS["A"], 1)
        assert office.told["B"].of("gap") == []


def test_an_agent_is_signed_in_once_on_a_connection(office: Office, world: World):
    with Gateway(world.url) as gateway:
        office.signs_in_on(gateway, "A")
        with pytest.raises(ValueError, match="already"):
            gateway.sign_in(company=COMPANY, agent=AGENTS["A"], password="example")
        with pytest.raises(Refused, match="4004"):
            gateway.sign_in(company=COMPANY, agent=AGENTS["B"], password="wrong")
        gateway.sign_in(company=COMPANY, agent=AGENTS["B"], password="example").sign_out()
        assert office.agents["A"].link == "up"


def test_a_program_that_is_begun_anew_goes_on(world: World, office: Office):
    f = office.signs_in("F")
    world.phone("C").dial(NUMBER_OF_F)
    first = office.told["F"].awaited("offered")
    first.answer()
    kept = f.session
    f.close()
    world.phone("C").hangup()
    world.phone("F").wait_idle()
    again = office.signs_in("F", session=kept, password=None)
    ended = office.told["F"].awaited("ended")
    assert (ended.uuid, again.snapshot.call) == (first.uuid, None)
    assert office.told["F"].of("gap") == []


def test_a_ringing_call_is_told_to_who_signs_in(world: World, office: Office):
    f = office.signs_in("F")
    world.phone("C").dial(NUMBER_OF_F)
    ringing = office.told["F"].awaited("offered")
    f.close()
    again = office.signs_in("F")
    assert office.told["F"].awaited("offered").uuid == ringing.uuid
    again.current_call.answer()
    again.current_call.wait_talking(SECONDS)


def test_a_token_that_had_its_time_is_replaced_by_the_password(office: Office):
    a = office.signs_in("A", session={"token": "old", "epoch": "old", "seq": 7})
    assert (a.link, a.snapshot.status) == ("up", "FREE")
    b = office.signs_in("B", session={"token": "old"}, password=lambda: "example")
    assert b.link == "up"
    with pytest.raises(Refused, match="4004"):
        office.signs_in("S", session={"token": "old"}, password=None)


def test_one_who_is_checked_out_by_force_does_not_come_back(office: Office):
    a, s = office.signs_in("A"), office.signs_in("S")
    s.force(AGENTS["A"], "CHECKOUT")
    out = office.told["A"].awaited("signed_out")
    assert (out.code, out.msg) == ("0", f"FORCE_CHECKOUT:{AGENTS['S']}")
    assert (a.link, a.snapshot.status) == ("closed", "OFFLINE")


def test_the_directory_is_kept_up_to_date(world: World, office: Office, line: Line):
    a, b = office.signs_in("A", f"ws://127.0.0.1:{line.port}/agent"), office.signs_in("B")
    status: Callable[[], str] = lambda: next(  # noqa: E731
        one.status for one in a.directory().agents if one.agent_id == AGENTS["B"]
    )
    assert status() == "FREE"
    b.set_status("BUSY")
    world.until(lambda: status() == "BUSY")
    line.cut()
    office.told["A"].awaited("resumed")
    b.set_status("REST")
    world.until(lambda: status() == "REST")
