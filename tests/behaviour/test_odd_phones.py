"""What SIP allows and phones seldom do. The simulated switch has no SIP: on a real one alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from tests.behaviour.client import Client
from tests.behaviour.conftest import installed
from tests.behaviour.steps.calls import (
    Talk,
    begins_to_call,
    either_way,
    ends,
    ends_by_itself,
    ends_its_call,
    hear_each_other,
    puts_on_hold,
    rings_at_a,
    takes_off_hold,
    talk_again,
    talks_to_c,
)
from tests.behaviour.steps.consults import rings_at_d
from tests.behaviour.steps.transfers import BLIND, TALKING, rings_at_the_target, transfers
from tests.behaviour.world import AGENTS, CALLER_ID, NUMBER_OF_A, NUMBER_OF_SKILL, OUTSIDE, World
from tests.lab.makes import ODD, Early
from tests.lab.odd import OddPhone
from tests.lab.webphone import WebPhone


@pytest.fixture(scope="module", params=["freeswitch"])
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with installed(request, tmp_path_factory, phones=ODD) as world:
        yield world


@pytest.fixture(autouse=True)
def as_others(world: World) -> Iterator[None]:
    yield
    for phone in world.lab.phones.values():
        if isinstance(phone, OddPhone):
            phone.be_as_others()


def odd(world: World, name: str) -> OddPhone:
    phone = world.phone(name)
    assert isinstance(phone, OddPhone)
    return phone


@contextmanager
def has_a_web_phone(world: World, name: str) -> Iterator[WebPhone]:
    """In place of somebody's own."""
    usual = odd(world, name)
    other = WebPhone(replace(usual.line, switch=world.lab.web), world.lab.wire, usual.tones)
    with world.unregistered(name):
        world.lab.phones[AGENTS[name]] = other
        world.comes_up(other)
        try:
            yield other
        finally:
            other.stop()
            world.lab.phones[AGENTS[name]] = usual


def talk_goes_on(world: World, a: Client) -> None:
    hear_each_other(world, "A", "C")
    a.got_nothing_more()


early = pytest.mark.parametrize("kind", [Early.SILENCE, Early.SOUND])
again = pytest.mark.parametrize("how", ["refreshes", "updates", "asks_what_is_offered"])


@again
@either_way
@pytest.mark.parametrize("who", ["A", "C"])
def test_a_phone_that_negotiates_anew_changes_nothing(world: World, talk: Talk, who: str, how: str):
    a = world.agent("A")
    uuid = talk(world, a)
    getattr(odd(world, who), how)()
    talk_goes_on(world, a)
    puts_on_hold(a, uuid)
    getattr(odd(world, who), how)()
    world.hears("C", "MOH")
    takes_off_hold(a, uuid)
    talk_goes_on(world, a)
    a.ok("hangup", uuid=uuid)
    ends(a, talk)


@either_way
def test_a_hold_that_the_switch_does_not_see_changes_nothing(world: World, talk: Talk):
    """It does not look at what an ACK says; the agent hears silence, and can do what it can."""
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    odd(world, "C").holds_by_delayed_offer()
    world.hears("A")
    a.got_nothing_more()
    leg = rings_at_d(world, a, d, uuid)
    world.phone("D").answer()
    d.gets("RINGING>CALLING/CONSULT")
    a.gets("CONSULT.S")
    world.hears("A", "D")
    a.ok("hangup", uuid=leg)
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    ends_by_itself(world)
    odd(world, "C").resume()
    talk_again(world, a, talk, uuid)


@again
@either_way
def test_a_phone_that_negotiates_anew_in_a_consult_changes_nothing(
    world: World, talk: Talk, how: str
):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    rings_at_d(world, a, d, uuid)
    for who in ("A", "C"):
        getattr(odd(world, who), how)()
    world.hears("C", "MOH")
    world.hears("A", "RINGBACK")
    world.phone("D").answer()
    d.gets("RINGING>CALLING/CONSULT")
    a.gets("CONSULT.S")
    for who in ("A", "C", "D"):
        getattr(odd(world, who), how)()
    world.hears("A", "D")
    world.hears("C", "MOH")
    a.ok("consult", uuid=uuid, type="2")
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    talk_again(world, a, talk, uuid)


@again
@pytest.mark.parametrize("mode", [BLIND, TALKING], ids=["blind", "talking"])
def test_a_phone_that_negotiates_anew_in_a_transfer_changes_nothing(
    world: World, mode: str, how: str
):
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_c(world, a)
    rings_at_the_target(world, a, b, uuid, mode)
    for who in ("A", "C"):
        getattr(odd(world, who), how)()
    world.hears("C", "MOH" if mode == BLIND else "A")
    world.hears("A", "RINGBACK" if mode == BLIND else "C")
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+")
    ends(a, talks_to_c, "CALLING/TRANS")
    getattr(odd(world, "C"), how)()
    hear_each_other(world, "C", "B")
    world.phone("C").hangup()
    b.gets("CALLING>FREE")


@pytest.mark.parametrize("mode", [BLIND, TALKING], ids=["blind", "talking"])
def test_a_hold_that_the_switch_does_not_see_in_a_transfer_changes_nothing(world: World, mode: str):
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_c(world, a)
    rings_at_the_target(world, a, b, uuid, mode)
    odd(world, "C").holds_by_delayed_offer()
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+")
    ends(a, talks_to_c, "CALLING/TRANS")
    world.phone("A").wait_idle()
    ends_by_itself(world)
    odd(world, "C").resume()
    hear_each_other(world, "C", "B")
    world.phone("C").hangup()
    b.gets("CALLING>FREE")


def test_keys_sent_by_info_during_music_and_ringback_end_nothing(world: World):
    a, d = world.agent("A"), world.agent("D")
    uuid = talks_to_c(world, a)
    rings_at_d(world, a, d, uuid)
    for who, what in (("C", "MOH"), ("A", "RINGBACK")):
        world.hears(who, what)
        odd(world, who).presses_by_info("*#0123456789")
        world.hears(who, what)
    world.phone("D").reject()
    d.gets("RINGING>FREE")
    a.gets("CONSULT.E-", "CALLING/CONSULT>CALLING")
    talk_again(world, a, talks_to_c, uuid)


@pytest.mark.parametrize("who_ends", ["A", "C"])
def test_a_late_ack_changes_nothing(world: World, who_ends: str):
    a = world.agent("A")
    odd(world, "C").late = 1.5
    rings_at_a(world, a)
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.phone("C").wait_talking()
    talk_goes_on(world, a)
    world.phone(who_ends).hangup()
    a.gets("CALLING>FREE")
    world.phone("C").wait_idle()


def test_a_caller_may_acknowledge_ringing(world: World):
    a = world.agent("A")
    odd(world, "C").supports("100rel", "timer")
    rings_at_a(world, a)
    world.hears("C", "RINGBACK")
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.phone("C").wait_talking()
    talk_goes_on(world, a)
    world.phone("C").hangup()
    a.gets("CALLING>FREE")


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [
        (486, 'Q.850;cause=16;text="Normal call clearing"', "5200"),
        (603, "Q.850;cause=17", "5202"),
        (480, "Q.850;cause=1", "5203"),
        (503, "Q.850;cause=16", "5203"),
        (404, 'SIP;cause=200;text="Call completed elsewhere"', "5204"),
    ],
)
def test_a_refusal_has_the_code_of_its_status(world: World, status: int, reason: str, code: str):
    a = world.agent("A")
    odd(world, "C").gives_reason(reason)
    begins_to_call(world, a, OUTSIDE["C"])
    world.phone("C").wait_ringing()
    world.phone("C").reject(status)
    assert a.gets("CALL.E-")["code"] == code
    a.gets("CALLING>FREE")


@early
@pytest.mark.parametrize(("status", "code"), [(486, "5200"), (603, "5202"), (404, "5204")])
def test_a_refusal_behind_early_media_has_the_code_of_its_status(
    world: World, kind: Early, status: int, code: str
):
    a = world.agent("A")
    odd(world, "C").sends_early(kind)
    begins_to_call(world, a, OUTSIDE["C"])
    world.phone("C").wait_ringing()
    world.hears("A", "C" if kind is Early.SOUND else "RINGBACK")
    world.phone("C").reject(status)
    assert a.gets("CALL.E-")["code"] == code
    a.gets("CALLING>FREE")


@pytest.mark.parametrize("then", ["answers", "rings"])
def test_early_media_that_never_come_are_heard_as_ringback(world: World, then: str):
    a = world.agent("A")
    odd(world, "C").sends_early(Early.SILENCE)
    uuid = begins_to_call(world, a, OUTSIDE["C"])
    world.phone("C").wait_ringing()
    if then == "rings":
        odd(world, "C").rings_after_all()
    world.hears("A", "RINGBACK")
    world.phone("C").answer()
    a.gets("CALL.S")
    talk_goes_on(world, a)
    ends_its_call(a, uuid)


@early
def test_an_agent_refuses_behind_early_media(world: World, kind: Early):
    a = world.agent("A")
    odd(world, "A").sends_early(kind)
    rings_at_a(world, a)
    world.hears("C", "RINGBACK")
    world.phone("A").reject()
    assert a.gets("RINGING>FREE")["reason"] == "REJECTED"
    world.phone("C").wait_idle()


@early
@either_way
def test_a_consultant_refuses_behind_early_media(world: World, talk: Talk, kind: Early):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    odd(world, "D").sends_early(kind)
    rings_at_d(world, a, d, uuid)
    world.hears("A", "RINGBACK")
    world.phone("D").reject()
    d.gets("RINGING>FREE")
    assert a.gets("CONSULT.E-")["code"] == "5202"
    a.gets("CALLING/CONSULT>CALLING")
    talk_again(world, a, talk, uuid)


@early
@either_way
def test_a_transfer_target_refuses_behind_early_media(world: World, talk: Talk, kind: Early):
    a = world.agent("A")
    uuid = talk(world, a)
    odd(world, "X").sends_early(kind)
    transfers(a, uuid, OUTSIDE["X"])
    world.phone("X").wait_ringing()
    world.hears("A", "RINGBACK")
    world.phone("X").reject()
    assert a.gets("TRANS.E-")["code"] == "5200"
    a.gets("CALLING/TRANS>CALLING")
    talk_again(world, a, talk, uuid)


@either_way
@pytest.mark.parametrize("reason", ["Q.850;cause=34", "SIP;cause=600", "Q.850;cause=31;text=x"])
def test_a_hangup_with_a_reason_is_an_end_like_any_other(world: World, talk: Talk, reason: str):
    a = world.agent("A")
    talk(world, a)
    odd(world, "C").gives_reason(reason)
    world.phone("C").hangup()
    ends(a, talk)


def test_a_phone_that_answers_488_once_can_be_called_again(world: World):
    a = world.agent("A")
    odd(world, "C").refusals = [488]
    begins_to_call(world, a, OUTSIDE["C"])
    assert a.gets("CALL.E-")["code"] == "5203"
    a.gets("CALLING>FREE")
    uuid = talks_to_c(world, a)
    talk_goes_on(world, a)
    ends_its_call(a, uuid)


@either_way
def test_a_transfer_target_that_answers_488_once_can_be_tried_again(world: World, talk: Talk):
    a = world.agent("A")
    uuid = talk(world, a)
    odd(world, "X").refusals = [488]
    transfers(a, uuid, OUTSIDE["X"])
    assert a.gets("TRANS.E-")["code"] == "5203"
    a.gets("CALLING/TRANS>CALLING")
    talk_goes_on(world, a)
    transfers(a, uuid, OUTSIDE["X"])
    world.phone("X").wait_ringing()
    world.phone("X").answer()
    a.gets("TRANS.S", "TRANS.E+")
    ends(a, talk, "CALLING/TRANS")
    hear_each_other(world, "X", "C")
    world.phone("C").hangup()
    world.phone("X").wait_idle()


def test_a_phone_that_answers_302_has_nobody_else_called(world: World):
    a = world.agent("A")
    begins_to_call(world, a, OUTSIDE["C"])
    world.phone("C").wait_ringing()
    called = list(world.lab.carrier.numbers)
    odd(world, "C").moves(f"sip:{OUTSIDE['X']}@{odd(world, 'X').line.switch}")
    assert a.gets("CALL.E-")["code"] == "5203"
    a.gets("CALLING>FREE")
    assert world.lab.carrier.numbers == called


@either_way
@pytest.mark.parametrize("who", ["A", "C"])
def test_a_phone_that_sends_refer_changes_nothing(world: World, talk: Talk, who: str):
    a = world.agent("A")
    uuid = talk(world, a)
    assert odd(world, who).refers(NUMBER_OF_A) >= 400
    talk_goes_on(world, a)
    a.ok("hangup", uuid=uuid)
    ends(a, talk)


def test_a_called_customer_answers_and_hangs_up_in_one_moment(world: World):
    a = world.agent("A")
    begins_to_call(world, a, OUTSIDE["C"])
    world.phone("C").wait_ringing()
    odd(world, "C").answers_and_hangs_up()
    told = a.gets_until("CALLING>FREE")
    assert "5207" not in [message.get("code") for message in told.values()]
    world.phone("A").wait_idle()


def test_a_called_agent_answers_and_hangs_up_in_one_moment(world: World):
    a = world.agent("A")
    rings_at_a(world, a)
    odd(world, "A").answers_and_hangs_up()
    a.gets_until(">FREE")
    world.phone("C").wait_idle()


@either_way
def test_a_consultant_answers_and_hangs_up_in_one_moment(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    rings_at_d(world, a, d, uuid)
    odd(world, "D").answers_and_hangs_up()
    a.gets_until("CALLING/CONSULT>CALLING")
    d.gets_until(">FREE")
    talk_again(world, a, talk, uuid)


@either_way
def test_a_transfer_target_answers_and_hangs_up_in_one_moment(world: World, talk: Talk):
    """It has had the customer or it has not; nobody is left alone."""
    a, b = world.agent("A"), world.agent("B")
    uuid = talk(world, a)
    rings_at_the_target(world, a, b, uuid)
    odd(world, "B").answers_and_hangs_up()
    b.gets_until(">FREE")
    if "TRANS.E-" in a.gets_until("CALLING/TRANS>CALLING", ">FREE"):
        talk_again(world, a, talk, uuid)
    else:
        world.phone("C").wait_idle()


@pytest.mark.parametrize(
    ("identity", "more"),
    [
        (
            '"Anonymous" <sip:anonymous@anonymous.invalid>',
            (("P-Asserted-Identity", "<sip:13107618845@127.0.0.1>"), ("Privacy", "id")),
        ),
        ("<sip:127.0.0.1>", ()),
        ('"王 & <Söhne>" <sip:+8613107618845@127.0.0.1>', ()),
        (f'"{"x" * 300}" <sip:{"9" * 200}@127.0.0.1>', ()),
        ("<sip:1310%24%7Bx%7D@127.0.0.1>", ()),
    ],
    ids=["withheld", "nobody", "strange", "long", "expanded"],
)
def test_a_caller_is_shown_by_the_number_that_its_identity_gives(
    world: World, identity: str, more: tuple[Any, ...]
):
    a = world.agent("A")
    odd(world, "C").shows(identity, *more)
    world.phone("C").dial(NUMBER_OF_A)
    assert len(a.gets("callin")["caller_number"]) <= 64
    a.gets("FREE>RINGING")
    world.phone("A").wait_ringing()
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.phone("C").wait_talking()
    talk_goes_on(world, a)
    world.phone("C").hangup()
    a.gets("CALLING>FREE")


@pytest.mark.parametrize("number", [NUMBER_OF_A, NUMBER_OF_SKILL], ids=["number", "queue"])
@pytest.mark.parametrize("maker", ["Yealink SIP-T46S", "snom370/8.7.5"])
def test_the_phone_is_sent_nothing_of_who_withholds_its_number(
    world: World, number: str, maker: str
):
    """Nor as they are joined, where a phone of these makers takes an UPDATE or INFO."""
    a, phone = world.agent("A"), odd(world, "A")
    phone.is_made_by(maker)
    world.lab.call_in(OUTSIDE["C"], "Ann Smith", number, withheld=True)
    uuid = a.gets("callin")["uuid"]
    a.gets("FREE>RINGING")
    phone.wait_ringing()
    phone.answer()
    a.gets("RINGING>CALLING")
    world.until(lambda: "0 total" not in world.lab.esl.api("show bridged_calls count"))
    a.ok("hangup", uuid=uuid)
    a.gets("CALLING>FREE")
    # A queue that has not noticed the bridge yet keeps its caller, and would offer it again.
    a.ok("change_status", action="MAKE_BUSY")
    a.gets("FREE>BUSY")
    world.lab.clear()
    sent = "".join(message.encoded().decode("utf-8", "replace") for message in phone.asked)
    assert "anonymous" in sent
    assert OUTSIDE["C"] not in sent
    assert "Smith" not in sent


def test_an_outside_call_shows_the_companys_number_as_its_name(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    assert world.lab.carrier.callers[-1].startswith(f'"{CALLER_ID}" <sip:{CALLER_ID}@')
    ends_its_call(a, uuid)


def test_the_newer_of_two_contacts_is_called(world: World):
    a = world.agent("A")
    older = odd(world, "A")
    ports = older.line.rtp_ports
    line = replace(older.line, sip_port=0, rtp_ports=ports[len(ports) // 2 :])
    newer = OddPhone(line, world.lab.wire, older.tones)
    newer.start()
    try:
        a.begin("call", callee_number=OUTSIDE["C"])
        a.gets("CALL.I", "FREE>RINGING")
        newer.wait_ringing()
        older.wait_idle()
        newer.answer()
        a.gets("RINGING>CALLING")
        world.phone("C").wait_ringing()
        world.phone("C").answer()
        a.gets("CALL.S")
        world.hears("C", "A")
        newer.hangup()
        a.gets("CALL.E+", "CALLING>FREE")
    finally:
        newer.stop()
        older.stop()
        older.start()
        world.await_registrations()
        a.forget()


@either_way
def test_a_talk_survives_the_loss_of_the_phones_socket(world: World, talk: Talk):
    with has_a_web_phone(world, "A") as phone:
        a = world.agent("A")
        uuid = talk(world, a)
        phone.cut()
        hear_each_other(world, "A", "C")
        puts_on_hold(a, uuid)
        world.hears("C", "MOH")
        takes_off_hold(a, uuid)
        world.phone("C").hangup()
        ends(a, talk)
        phone.forget_call()
        uuid = talk(world, a)
        world.hears("A", "C")
        a.ok("hangup", uuid=uuid)
        ends(a, talk)
        a.close()
