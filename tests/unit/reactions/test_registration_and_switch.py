"""Phones come and go; the switch goes, comes back, and lacks what was there."""

import pytest
from msgspec.structs import replace

from esl_bridge.domain.company import AgentEntry, Route, Skill
from esl_bridge.domain.domain_events import ActionAdvanced
from esl_bridge.domain.states import Status
from esl_bridge.errors import SwitchTimedOut, SwitchUnavailable
from esl_bridge.esl.events import Registered, Unregistered
from esl_bridge.reactions import switch_state
from tests.builders import NAMES, OUTSIDE, PAGE, TenantHarness, at

A = NAMES["A"]
NOWHERE = "error/user_not_registered"
DESK, OTHER = at(A), at(A, 5098)


# -- registration -----------------------------------------------------------------------------


def answer(*addresses: str) -> str:
    """What ``sofia_contact`` says of an extension that has these."""
    return ",".join(f"sofia/esl_bridge/{one}" for one in addresses) or NOWHERE


def told_in_time(harness: TenantHarness, *answers: str) -> None:
    """The switch answers so, one question after the other."""
    for each in answers:
        harness.switch.will("sofia_contact", each)


def test_the_loss_of_its_last_phone_is_reported_to_the_agent(harness):
    told_in_time(harness, NOWHERE)
    harness.event(Unregistered(A))
    assert harness.switch.heard == [f"api sofia_contact esl_bridge/{A}@esl-bridge.local"]
    assert harness.got("A") == ["EXT_UN_REG.E+"]
    assert harness.status("A") is Status.FREE
    harness.refused("4011", "A", "call", callee_number=OUTSIDE)
    harness.refused("4104", "B", "call", callee_number=A, out_line=0)
    harness.event(Registered(A))
    harness.begin_call("B", "A")


def test_the_loss_of_one_of_two_phones_is_not_reported(harness):
    told_in_time(harness, answer(DESK), answer(DESK))
    harness.event(Unregistered(A))
    assert harness.got("A") == []
    assert harness.agent("A").registered


def test_a_phone_that_unregisters_is_not_called(harness):
    """Though the switch has it for a moment still."""
    harness.event(Registered(A, "", DESK))
    harness.event(Registered(A, "", OTHER))
    told_in_time(harness, answer(DESK, OTHER), answer(DESK))
    called = []
    harness.waits.append(lambda: called.append(harness.agent("A").addresses))
    harness.event(Unregistered(A, address=OTHER))
    assert called == [(DESK,)]


def test_a_phone_that_unregisters_and_registers_again_is_registered(harness):
    harness.event(Registered(A, "", DESK))
    harness.event(Registered(A, "", OTHER))
    told_in_time(harness, answer(DESK, OTHER), answer(DESK, OTHER))
    harness.waits.append(lambda: harness.event(Registered(A, "", OTHER)))
    harness.event(Unregistered(A, address=OTHER))
    assert set(harness.agent("A").addresses) == {DESK, OTHER}


def test_a_lost_phone_is_looked_up_a_moment_after_the_event(harness):
    told_in_time(harness, answer(PAGE), NOWHERE)
    harness.event(Unregistered(A))
    assert harness.got("A") == ["EXT_UN_REG.E+"]


def test_a_phone_found_lost_meanwhile_is_not_looked_up_again(harness):
    told_in_time(harness, answer(PAGE))
    harness.waits.append(lambda: switch_state.registration(harness.tenant, harness.agent("A"), ()))
    harness.event(Unregistered(A))
    assert len(harness.switch.heard) == 1
    assert harness.got("A") == ["EXT_UN_REG.E+"]


def test_a_lost_phone_is_reported_once_and_not_to_an_absent_agent(harness):
    told_in_time(harness, NOWHERE, NOWHERE)
    for _ in range(2):
        harness.event(Unregistered(A))
    assert harness.got("A") == ["EXT_UN_REG.E+"]
    assert harness.last_push("A", ActionAdvanced).req_id == ""
    harness.put("B", Status.OFFLINE)
    told_in_time(harness, NOWHERE)
    harness.event(Unregistered(NAMES["B"]))
    assert harness.got("B") == []
    assert not harness.agent("B").registered


ELSEWHERE = Registered(A, came_from="192.0.2.7", elsewhere=True)
FORGET = f"api sofia profile esl_bridge flush_inbound_reg {A}@esl-bridge.local"


def test_a_phone_with_a_contact_elsewhere_does_not_count(harness):
    harness.event(ELSEWHERE)
    assert harness.switch.heard == [FORGET]
    assert harness.got("A") == ["EXT_UN_REG.E+"]
    harness.event(ELSEWHERE)
    assert harness.got("A") == []
    harness.refused("4011", "A", "call", callee_number=OUTSIDE)
    harness.event(Registered(A))
    harness.begin_call("B", "A")


def test_a_call_to_a_phone_with_a_contact_elsewhere_is_ended_at_once(harness):
    own_leg = harness.begin_call("A", OUTSIDE)[0]
    harness.switch.heard.clear()
    harness.event(ELSEWHERE)
    assert harness.switch.heard == [f"api uuid_kill {own_leg} ORIGINATOR_CANCEL", FORGET]


def test_a_talk_continues_when_the_phones_contact_moves_elsewhere(harness):
    harness.talk("A", OUTSIDE)
    harness.switch.heard.clear()
    harness.event(ELSEWHERE)
    assert harness.switch.heard == [FORGET]


def test_a_contact_elsewhere_counts_where_the_settings_allow_it(harness):
    harness.tenant.switch_settings = replace(
        harness.tenant.switch_settings, contacts_elsewhere=True
    )
    harness.event(ELSEWHERE)
    assert harness.switch.heard == []
    assert harness.agent("A").registered


def test_a_phone_that_registers_during_the_query_is_registered(harness):
    harness.switch.will("sofia_contact", lambda: harness.event(Registered(A)) or NOWHERE)
    told_in_time(harness, answer(DESK))
    harness.event(Unregistered(A))
    assert harness.got("A") == []
    assert harness.agent("A").registered


def test_a_call_continues_when_its_phone_unregisters(harness):
    near, far = harness.talk("A", OUTSIDE)
    told_in_time(harness, NOWHERE)
    harness.event(Unregistered(A))
    harness.ends(near)
    harness.ends(far)
    assert harness.got("A") == ["EXT_UN_REG.E+", "CALL.E+", "CALLING>FREE"]


def test_a_failed_query_of_a_phone_changes_nothing(harness):
    before = harness.snapshot()
    harness.switch.will("sofia_contact", SwitchTimedOut("late"))
    harness.event(Unregistered(A))
    assert harness.snapshot() == before


def test_a_registration_of_an_unknown_extension_changes_nothing(harness):
    before = harness.snapshot()
    told_in_time(harness, NOWHERE)
    harness.event(Unregistered("90001_x"))
    harness.event(Registered("90001_x"))
    assert harness.snapshot() == before


def test_a_resync_applies_the_switchs_registrations(harness):
    switch_state.registrations(harness.tenant, {NAMES["B"]: [DESK]})
    harness.publish_changes()
    assert harness.got("A") == ["EXT_UN_REG.E+"]
    assert harness.got("B") == []
    assert [agent.id for agent in harness.tenant.agents.values() if agent.registered] == [
        NAMES["B"]
    ]
    switch_state.registrations(harness.tenant, {A: [DESK]})
    assert harness.agent("A").registered


# -- several phones of one extension ----------------------------------------------------------


def calls_at(harness: TenantHarness) -> str:
    """Where A's own phone is called."""
    harness.switch.take()
    near, _ = harness.begin_call("A", OUTSIDE)
    (command,) = [each for each in harness.switch.heard if "originate" in each]
    harness.ends(near, "NO_ANSWER")
    harness.forget()
    return command.partition("}")[2].partition(" ")[0]


def queue_tables_told(harness: TenantHarness) -> list[str]:
    """Where the queues were told to call."""
    told = [each for each in harness.switch.heard if "agent set contact" in each]
    return [each.rpartition("]")[2] for each in told]


def come(harness: TenantHarness, *addresses: str) -> None:
    for address in addresses:
        harness.event(Registered(A, "", address))


USER = f"user/{A}@esl-bridge.local"


def test_a_single_phone_is_dialled_by_its_extension(harness):
    come(harness, DESK)
    assert calls_at(harness) == USER


def test_the_newest_of_several_phones_is_called(harness):
    come(harness, DESK, OTHER, PAGE)
    assert calls_at(harness) == f"sofia/esl_bridge/{PAGE}"


def test_registering_again_makes_no_phone_newer(harness):
    come(harness, DESK, PAGE, DESK)
    assert calls_at(harness) == f"sofia/esl_bridge/{PAGE}"


def test_a_phone_called_by_address_has_the_directorys_variables(harness):
    come(harness, DESK, PAGE)
    harness.switch.take()
    harness.begin_call("A", OUTSIDE)
    (command,) = [each for each in harness.switch.heard if "originate" in each]
    for variable in (
        "outbound_redirect_fatal=true",
        "sip_invite_domain=esl-bridge.local",
        f"presence_id={A}@esl-bridge.local",
        f"origination_callee_id_number={A}",
    ):
        assert variable in command.partition("}")[0]


def test_the_next_newest_phone_is_called_once_the_newest_has_gone(harness):
    come(harness, DESK, OTHER, PAGE)
    told_in_time(harness, answer(OTHER, DESK), answer(OTHER, DESK))
    harness.event(Unregistered(A))
    assert calls_at(harness) == f"sofia/esl_bridge/{OTHER}"
    told_in_time(harness, answer(DESK), answer(DESK))
    harness.event(Unregistered(A))
    assert calls_at(harness) == USER
    assert harness.got("A") == []


def test_an_address_with_dial_string_syntax_is_not_dialled_directly(harness):
    come(harness, DESK, "sip:x,[api_on_originate=system]@127.0.0.1:5060")
    assert calls_at(harness) == USER


def test_the_queues_call_the_newest_phone_too():
    entry = AgentEntry(password_hash="hash", extension=A, skills={"1001": 1})
    harness = TenantHarness("A", agents={A: entry}, skills={"1001": Skill()})
    come(harness, DESK, PAGE)
    told = f"sofia/esl_bridge/{PAGE}"
    come(harness, DESK)
    assert queue_tables_told(harness) == [told]
    told_in_time(harness, answer(DESK), answer(DESK))
    harness.event(Unregistered(A))
    assert queue_tables_told(harness) == [told, USER]


# -- the switch -------------------------------------------------------------------------------


def die(harness: TenantHarness) -> None:
    switch_state.all_lost(harness.tenant)
    harness.publish_changes()


def read_back_without(harness: TenantHarness, *legs: str) -> None:
    harness.resync(*harness.tenant.legs.keys() - set(legs))


def test_a_lost_switch_ends_a_talk():
    harness = TenantHarness(wrap_up_seconds=9)
    harness.talk("A", "B")
    die(harness)
    assert harness.got("A") == ["CALL.E+ 5300", "CALLING>ARRANGE SWITCH_LOST"]
    assert harness.got("B") == ["CALLING>ARRANGE SWITCH_LOST"]
    harness.nothing_left()


@pytest.mark.parametrize("answered", [False, True])
def test_a_lost_switch_ends_a_ringing_call(harness, answered):
    near, _ = harness.begin_call("A", "B")
    harness.pick_up(near) if answered else harness.rings(near)
    harness.forget()
    die(harness)
    now = "CALLING" if answered else "RINGING"
    assert harness.got("A") == ["CALL.E- 5300", f"{now}>FREE SWITCH_LOST"]
    assert harness.got("B") == []
    harness.nothing_left()


@pytest.mark.parametrize("command", ["uuid_setvar_multi", "originate"])
def test_a_third_party_without_a_leg_on_the_switch_is_free_again(harness, command):
    near, far = harness.talk("A", "B")
    harness.switch.will(command, SwitchUnavailable("the link is lost"))
    harness.ask("A", "trans", uuid=near, type="1", trans_type="1", trans_number=NAMES["D"])
    harness.resync(near, far)
    assert harness.tenant.legs.keys() == {near, far}


def test_a_pending_status_takes_effect_when_the_switch_is_lost(harness):
    harness.talk("A", "B")
    harness.ask("A", "change_status", action="MAKE_BUSY_AFTER_CALL_STOP")
    harness.forget()
    die(harness)
    assert harness.got("A") == ["CALL.E+ 5300", "CALLING>BUSY AFTER_CALL"]


def test_customers_and_offers_end_with_a_lost_switch(harness):
    harness.caller()
    harness.rings(harness.offered("A"))
    harness.forget()
    die(harness)
    assert harness.got("A") == ["RINGING>FREE SWITCH_LOST"]
    assert harness.switch.heard == []
    harness.nothing_left()


def test_a_resync_ends_a_call_that_the_switch_no_longer_has(harness):
    harness.talk("A", "B")
    read_back_without(harness, *harness.tenant.legs)
    told = harness.got("A")
    assert told[0].startswith("CALL.E+")
    assert told[1:] == ["CALLING>FREE RESYNC"]
    assert harness.got("B") == ["CALLING>FREE RESYNC"]
    harness.nothing_left()


def test_a_resync_ends_a_ringing_call_with_a_cause(harness):
    near, _ = harness.begin_call("A", "B")
    harness.rings(near)
    harness.forget()
    read_back_without(harness, *harness.tenant.legs)
    assert harness.got("A") == ["CALL.E- 5300", "RINGING>FREE RESYNC"]


def test_a_resync_does_not_end_a_party_that_is_not_dialled_yet(harness):
    near, far = harness.begin_call("A", "B")
    harness.rings(near)
    harness.forget()
    read_back_without(harness, far)
    assert harness.got("A") == []
    harness.pick_up(near)
    harness.pick_up(far)
    harness.bridge(near, far)
    assert harness.got("A") == ["RINGING>CALLING", "CALL.S"]


def test_a_customer_whose_agents_leg_is_missing_goes_to_the_fallback():
    harness = TenantHarness(fallback=Route(ivr="2001"))
    customer = harness.caller()
    phone = harness.offered("A")
    harness.rings(phone)
    harness.forget()
    read_back_without(harness, phone)
    assert harness.got("A") == ["RINGING>FREE RESYNC"]
    assert harness.switch.heard[-1] == f"api uuid_transfer {customer} ivr_main XML esl_bridge"


def test_phones_stop_ringing_for_a_customer_whose_leg_is_missing(harness):
    customer = harness.caller()
    phone = harness.offered("A")
    harness.rings(phone)
    harness.forget()
    read_back_without(harness, customer)
    assert harness.switch.heard == [f"api uuid_kill {phone} ORIGINATOR_CANCEL"]
    harness.ends(phone, "ORIGINATOR_CANCEL")
    assert harness.got("A") == ["RINGING>FREE CALLER_GONE"]


def test_a_lost_switch_ends_inner_actions_first(harness):
    near, _ = harness.talk("A", OUTSIDE)
    ask = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
    other = harness.ask("A", "consult", uuid=near, **ask).consult_uuid
    harness.takes(other)
    harness.bridge(near, other)
    harness.forget()
    switch_state.all_lost(harness.tenant)
    harness.publish_changes()
    told = ["CONSULT.E+ 5300", "CALL.E+ 5300", "CALLING/CONSULT>FREE SWITCH_LOST"]
    assert harness.got("A") == told
