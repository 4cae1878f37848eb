"""Phones come and go; the switch goes, comes back, and lacks what was there."""

import pytest
from msgspec.structs import replace

from esl_bridge.domain.company import AgentEntry, Route, Skill
from esl_bridge.domain.news import ActionAdvanced
from esl_bridge.domain.states import Status
from esl_bridge.errors import SwitchTimedOut, SwitchUnavailable
from esl_bridge.esl.events import Registered, Unregistered
from esl_bridge.reactions import switch
from tests.builders import NAMES, OUTSIDE, PAGE, Office, at

A = NAMES["A"]
NOWHERE = "error/user_not_registered"
DESK, OTHER = at(A), at(A, 5098)


# -- registration -----------------------------------------------------------------------------


def answer(*addresses: str) -> str:
    """What ``sofia_contact`` says of an extension that has these."""
    return ",".join(f"sofia/esl_bridge/{one}" for one in addresses) or NOWHERE


def told_in_time(office: Office, *answers: str) -> None:
    """The switch answers so, one question after the other."""
    for each in answers:
        office.switch.will("sofia_contact", each)


def test_the_last_phone_is_gone(office):
    told_in_time(office, NOWHERE)
    office.event(Unregistered(A))
    assert office.switch.heard == [f"api sofia_contact esl_bridge/{A}@esl-bridge.local"]
    assert office.got("A") == ["EXT_UN_REG.E+"]
    assert office.status("A") is Status.FREE
    office.refused("4011", "A", "call", callee_number=OUTSIDE)
    office.refused("4104", "B", "call", callee_number=A, out_line=0)
    office.event(Registered(A))
    office.begin_call("B", "A")


def test_one_of_two_phones_is_gone(office):
    told_in_time(office, answer(DESK), answer(DESK))
    office.event(Unregistered(A))
    assert office.got("A") == []
    assert office.agent("A").registered


def test_a_phone_that_says_that_it_goes_is_not_called_again(office):
    """Though the switch has it for a moment still."""
    office.event(Registered(A, "", DESK))
    office.event(Registered(A, "", OTHER))
    told_in_time(office, answer(DESK, OTHER), answer(DESK))
    called = []
    office.waits.append(lambda: called.append(office.agent("A").addresses))
    office.event(Unregistered(A, address=OTHER))
    assert called == [(DESK,)]


def test_a_phone_that_went_and_came_back_is_there(office):
    office.event(Registered(A, "", DESK))
    office.event(Registered(A, "", OTHER))
    told_in_time(office, answer(DESK, OTHER), answer(DESK, OTHER))
    office.waits.append(lambda: office.event(Registered(A, "", OTHER)))
    office.event(Unregistered(A, address=OTHER))
    assert set(office.agent("A").addresses) == {DESK, OTHER}


def test_a_phone_is_gone_a_moment_after_the_switch_has_told(office):
    told_in_time(office, answer(PAGE), NOWHERE)
    office.event(Unregistered(A))
    assert office.got("A") == ["EXT_UN_REG.E+"]


def test_who_is_found_gone_meanwhile_is_not_looked_for_again(office):
    told_in_time(office, answer(PAGE))
    office.waits.append(lambda: switch.registration(office.desk, office.agent("A"), ()))
    office.event(Unregistered(A))
    assert len(office.switch.heard) == 1
    assert office.got("A") == ["EXT_UN_REG.E+"]


def test_it_is_told_once_and_not_to_who_is_away(office):
    told_in_time(office, NOWHERE, NOWHERE)
    for _ in range(2):
        office.event(Unregistered(A))
    assert office.got("A") == ["EXT_UN_REG.E+"]
    assert office.last_push("A", ActionAdvanced).req_id == ""
    office.put("B", Status.OFFLINE)
    told_in_time(office, NOWHERE)
    office.event(Unregistered(NAMES["B"]))
    assert office.got("B") == []
    assert not office.agent("B").registered


ELSEWHERE = Registered(A, came_from="192.0.2.7", elsewhere=True)
FORGET = f"api sofia profile esl_bridge flush_inbound_reg {A}@esl-bridge.local"


def test_a_phone_that_wants_to_be_called_elsewhere_is_no_phone(office):
    office.event(ELSEWHERE)
    assert office.switch.heard == [FORGET]
    assert office.got("A") == ["EXT_UN_REG.E+"]
    office.event(ELSEWHERE)
    assert office.got("A") == []
    office.refused("4011", "A", "call", callee_number=OUTSIDE)
    office.event(Registered(A))
    office.begin_call("B", "A")


def test_what_is_on_its_way_there_is_ended_at_once(office):
    own = office.begin_call("A", OUTSIDE)[0]
    office.switch.heard.clear()
    office.event(ELSEWHERE)
    assert office.switch.heard == [f"api uuid_kill {own} ORIGINATOR_CANCEL", FORGET]


def test_who_talks_talks_on(office):
    office.talk("A", OUTSIDE)
    office.switch.heard.clear()
    office.event(ELSEWHERE)
    assert office.switch.heard == [FORGET]


def test_where_it_is_allowed_a_phone_may_be_anywhere(office):
    office.desk.premises = replace(office.desk.premises, contacts_elsewhere=True)
    office.event(ELSEWHERE)
    assert office.switch.heard == []
    assert office.agent("A").registered


def test_a_phone_that_registers_while_the_switch_is_asked_is_there(office):
    office.switch.will("sofia_contact", lambda: office.event(Registered(A)) or NOWHERE)
    told_in_time(office, answer(DESK))
    office.event(Unregistered(A))
    assert office.got("A") == []
    assert office.agent("A").registered


def test_a_call_goes_on_without_a_phone(office):
    near, far = office.talk("A", OUTSIDE)
    told_in_time(office, NOWHERE)
    office.event(Unregistered(A))
    office.ends(near)
    office.ends(far)
    assert office.got("A") == ["EXT_UN_REG.E+", "CALL.E+", "CALLING>FREE"]


def test_a_switch_that_does_not_say_changes_nothing(office):
    before = office.snapshot()
    office.switch.will("sofia_contact", SwitchTimedOut("late"))
    office.event(Unregistered(A))
    assert office.snapshot() == before


def test_an_extension_that_is_nobodys(office):
    before = office.snapshot()
    told_in_time(office, NOWHERE)
    office.event(Unregistered("90001_x"))
    office.event(Registered("90001_x"))
    assert office.snapshot() == before


def test_registrations_as_the_switch_has_them_now(office):
    switch.registrations(office.desk, {NAMES["B"]: [DESK]})
    office.settle()
    assert office.got("A") == ["EXT_UN_REG.E+"]
    assert office.got("B") == []
    assert [agent.id for agent in office.desk.agents.values() if agent.registered] == [NAMES["B"]]
    switch.registrations(office.desk, {A: [DESK]})
    assert office.agent("A").registered


# -- several phones of one extension ----------------------------------------------------------


def calls_at(office: Office) -> str:
    """Where A's own phone is called."""
    office.switch.take()
    near, _ = office.begin_call("A", OUTSIDE)
    (command,) = [each for each in office.switch.heard if "originate" in each]
    office.ends(near, "NO_ANSWER")
    office.forget()
    return command.partition("}")[2].partition(" ")[0]


def seats_told(office: Office) -> list[str]:
    """Where the queues were told to call."""
    told = [each for each in office.switch.heard if "agent set contact" in each]
    return [each.rpartition("]")[2] for each in told]


def come(office: Office, *addresses: str) -> None:
    for address in addresses:
        office.event(Registered(A, "", address))


USER = f"user/{A}@esl-bridge.local"


def test_a_phone_alone_is_looked_up_by_the_switch(office):
    come(office, DESK)
    assert calls_at(office) == USER


def test_the_newest_of_several_phones_is_called(office):
    come(office, DESK, OTHER, PAGE)
    assert calls_at(office) == f"sofia/esl_bridge/{PAGE}"


def test_to_register_once_more_makes_no_phone_newer(office):
    come(office, DESK, PAGE, DESK)
    assert calls_at(office) == f"sofia/esl_bridge/{PAGE}"


def test_a_phone_that_is_called_past_the_directory_is_one_of_it(office):
    come(office, DESK, PAGE)
    office.switch.take()
    office.begin_call("A", OUTSIDE)
    (command,) = [each for each in office.switch.heard if "originate" in each]
    for variable in (
        "outbound_redirect_fatal=true",
        "sip_invite_domain=esl-bridge.local",
        f"presence_id={A}@esl-bridge.local",
        f"origination_callee_id_number={A}",
    ):
        assert variable in command.partition("}")[0]


def test_once_the_newest_is_gone_the_one_before_it_is_called(office):
    come(office, DESK, OTHER, PAGE)
    told_in_time(office, answer(OTHER, DESK), answer(OTHER, DESK))
    office.event(Unregistered(A))
    assert calls_at(office) == f"sofia/esl_bridge/{OTHER}"
    told_in_time(office, answer(DESK), answer(DESK))
    office.event(Unregistered(A))
    assert calls_at(office) == USER
    assert office.got("A") == []


def test_an_address_that_is_more_than_an_address_is_left_to_the_switch(office):
    come(office, DESK, "sip:x,[api_on_originate=system]@127.0.0.1:5060")
    assert calls_at(office) == USER


def test_the_queues_call_the_newest_too():
    entry = AgentEntry(password_hash="hash", extension=A, skills={"1001": 1})
    office = Office("A", agents={A: entry}, skills={"1001": Skill()})
    come(office, DESK, PAGE)
    told = f"sofia/esl_bridge/{PAGE}"
    come(office, DESK)
    assert seats_told(office) == [told]
    told_in_time(office, answer(DESK), answer(DESK))
    office.event(Unregistered(A))
    assert seats_told(office) == [told, USER]


# -- the switch -------------------------------------------------------------------------------


def die(office: Office) -> None:
    switch.all_lost(office.desk)
    office.settle()


def read_back_without(office: Office, *legs: str) -> None:
    office.resync(*office.desk.legs.keys() - set(legs))


def test_in_a_talk():
    office = Office(wrap_up_seconds=9)
    office.talk("A", "B")
    die(office)
    assert office.got("A") == ["CALL.E+ 5300", "CALLING>ARRANGE SWITCH_LOST"]
    assert office.got("B") == ["CALLING>ARRANGE SWITCH_LOST"]
    office.nothing_left()


@pytest.mark.parametrize("answered", [False, True])
def test_while_it_rings(office, answered):
    near, _ = office.begin_call("A", "B")
    office.pick_up(near) if answered else office.rings(near)
    office.forget()
    die(office)
    now = "CALLING" if answered else "RINGING"
    assert office.got("A") == ["CALL.E- 5300", f"{now}>FREE SWITCH_LOST"]
    assert office.got("B") == []
    office.nothing_left()


@pytest.mark.parametrize("command", ["uuid_setvar_multi", "originate"])
def test_a_third_party_that_the_switch_never_heard_of_is_free_again(office, command):
    near, far = office.talk("A", "B")
    office.switch.will(command, SwitchUnavailable("the link is lost"))
    office.ask("A", "trans", uuid=near, type="1", trans_type="1", trans_number=NAMES["D"])
    office.resync(near, far)
    assert office.desk.legs.keys() == {near, far}


def test_what_was_remembered_goes_first(office):
    office.talk("A", "B")
    office.ask("A", "change_status", action="MAKE_BUSY_AFTER_CALL_STOP")
    office.forget()
    die(office)
    assert office.got("A") == ["CALL.E+ 5300", "CALLING>BUSY AFTER_CALL"]


def test_customers_and_offers_are_gone_with_it(office):
    office.caller()
    office.rings(office.offered("A"))
    office.forget()
    die(office)
    assert office.got("A") == ["RINGING>FREE SWITCH_LOST"]
    assert office.switch.heard == []
    office.nothing_left()


def test_a_call_that_was_over_when_the_switch_was_read_back(office):
    office.talk("A", "B")
    read_back_without(office, *office.desk.legs)
    told = office.got("A")
    assert told[0].startswith("CALL.E+")
    assert told[1:] == ["CALLING>FREE RESYNC"]
    assert office.got("B") == ["CALLING>FREE RESYNC"]
    office.nothing_left()


def test_a_ring_that_was_over_has_failed_with_a_cause(office):
    near, _ = office.begin_call("A", "B")
    office.rings(near)
    office.forget()
    read_back_without(office, *office.desk.legs)
    assert office.got("A") == ["CALL.E- 5300", "RINGING>FREE RESYNC"]


def test_a_party_that_is_not_dialled_yet_is_not_missed(office):
    near, far = office.begin_call("A", "B")
    office.rings(near)
    office.forget()
    read_back_without(office, far)
    assert office.got("A") == []
    office.pick_up(near)
    office.pick_up(far)
    office.bridge(near, far)
    assert office.got("A") == ["RINGING>CALLING", "CALL.S"]


def test_a_customer_whose_phone_is_missed_goes_to_the_fallback():
    office = Office(fallback=Route(ivr="2001"))
    customer = office.caller()
    phone = office.offered("A")
    office.rings(phone)
    office.forget()
    read_back_without(office, phone)
    assert office.got("A") == ["RINGING>FREE RESYNC"]
    assert office.switch.heard[-1] == f"api uuid_transfer {customer} ivr_main XML esl_bridge"


def test_nobody_goes_on_ringing_for_a_customer_who_is_missed(office):
    customer = office.caller()
    phone = office.offered("A")
    office.rings(phone)
    office.forget()
    read_back_without(office, customer)
    assert office.switch.heard == [f"api uuid_kill {phone} ORIGINATOR_CANCEL"]
    office.ends(phone, "ORIGINATOR_CANCEL")
    assert office.got("A") == ["RINGING>FREE CALLER_GONE"]


def test_what_a_lost_switch_ends_is_told_from_the_inside_out(office):
    near, _ = office.talk("A", OUTSIDE)
    ask = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
    other = office.ask("A", "consult", uuid=near, **ask).consult_uuid
    office.takes(other)
    office.bridge(near, other)
    office.forget()
    switch.all_lost(office.desk)
    office.settle()
    told = ["CONSULT.E+ 5300", "CALL.E+ 5300", "CALLING/CONSULT>FREE SWITCH_LOST"]
    assert office.got("A") == told
