"""Transfers whose parties leave while the switch is being told of them."""

import pytest

from esl_bridge.domain.company import Skill
from esl_bridge.domain.domain_events import ActionAdvanced
from esl_bridge.domain.states import Status
from esl_bridge.errors import PartyGone, SwitchRefused, SwitchTimedOut, SwitchUnavailable
from esl_bridge.esl.events import PlaybackStarted
from tests.builders import HOLD, NAMES, NO_SUCH_CHANNEL, NUMBER_OF_IVR, OUTSIDE, TenantHarness


def transfer(harness, leg, to, kind="1"):
    harness.ask("A", "trans", uuid=leg, type=kind, trans_type="1", trans_number=NAMES[to])
    return harness.agent(to).own_leg


def test_nobody_stays_reserved_for_a_transfer_that_ended_before_its_target_was_called(harness):
    near, far = harness.talk("A", "B")

    def hangs_up():
        harness.ends(near)
        harness.ends(far)
        raise SwitchRefused("-ERR No such channel!")

    harness.switch.will("uuid_setvar_multi", hangs_up)
    assert transfer(harness, near, "D") is None
    harness.nothing_left()


def test_an_agent_who_leaves_before_its_ringback_does_not_end_the_transfer(harness):
    near, far = harness.talk("A", "B")
    harness.switch.will("uuid_transfer", "+OK")
    harness.switch.will("uuid_transfer", NO_SUCH_CHANNEL)
    target = transfer(harness, near, "D")
    assert harness.switch.take()[-1].startswith("api bgapi originate")
    harness.ends(near)
    assert target.uuid in harness.tenant.legs and far in harness.tenant.legs


def test_a_held_customer_hears_its_agent_again_while_the_target_of_type_2_rings(harness):
    near, far = harness.talk("A", "B")
    harness.ask("A", "hold", uuid=near, hold="1")
    harness.event(PlaybackStarted(far, HOLD))
    harness.forget()
    transfer(harness, near, "D", kind="2")
    assert f"api uuid_break {far} all" in harness.switch.take()


def test_a_customer_rerouted_without_its_agent_no_longer_parks_on_unbridge():
    harness = TenantHarness(fallback=TenantHarness().tenant.company.numbers[NUMBER_OF_IVR])
    near, far = harness.talk("A", "B")
    target = transfer(harness, near, "D")
    harness.rings(target.uuid)
    harness.ends(near)
    harness.forget()
    harness.ends(target.uuid, "NO_ANSWER")
    released, sent = harness.switch.take()[:2]
    assert released.startswith(
        f"api uuid_setvar_multi {far} park_after_bridge=;park_timeout=;hangup_after_bridge=true"
    )
    assert sent.startswith(f"api uuid_transfer {far} ivr_main")


def test_a_customer_that_talked_on_is_rerouted_once_it_is_parked():
    harness = TenantHarness(fallback=TenantHarness().tenant.company.numbers[NUMBER_OF_IVR])
    near, far = harness.talk("A", "B")
    target = transfer(harness, near, "D", kind="2")
    harness.rings(target.uuid)
    harness.ends(near)
    harness.forget()
    before = []

    def parked():
        before.extend(harness.switch.take())
        harness.parks(far)

    harness.waits.append(parked)
    harness.ends(target.uuid, "USER_BUSY")
    assert not [line for line in before if "uuid_transfer" in line]
    heard = harness.switch.take()
    assert len([line for line in heard if f"uuid_transfer {far} ivr_main" in line]) == 1
    assert not [line for line in heard if "uuid_kill" in line]


def test_a_customer_being_bridged_to_its_target_is_not_held_again(harness):
    near, far = harness.talk("A", "B")
    target = transfer(harness, near, "D", kind="2")

    def agent_leaves():
        harness.ends(near)
        harness.parks(far)

    harness.switch.will("uuid_bridge", agent_leaves)
    harness.takes(target.uuid)
    heard = harness.switch.take()
    assert f"api uuid_bridge {target.uuid} {far}" in heard
    assert not [line for line in heard if f"uuid_transfer {far}" in line]


def test_a_transferred_party_may_hold_before_the_agent_has_left(harness):
    near, far = harness.talk("A", "B")
    target = transfer(harness, near, "D")
    harness.takes(target.uuid)
    harness.bridge(target.uuid, far)
    harness.forget()

    def leaves():
        harness.ends(near)
        harness.event(PlaybackStarted(target.uuid, HOLD))

    harness.waits.append(leaves)
    harness.ask("B", "hold", uuid=far, hold="1")
    assert "CALLING>CALLING/HOLD" in harness.got("B")


def test_a_cancelled_target_is_not_bridged(harness):
    near, _ = harness.talk("A", "B")
    target = transfer(harness, near, "D")
    harness.rings(target.uuid)
    harness.pick_up(target.uuid)
    harness.ask("A", "trans", uuid=near, type="3")
    harness.forget()
    harness.parks(target.uuid)
    assert not [line for line in harness.switch.take() if "uuid_bridge" in line]


def to_a_skill(outcome):
    """A sends a caller to a skill; the switch does so, or does not, and answers like this."""
    harness = TenantHarness(skills={"1001": Skill()})
    customer = harness.caller(answered=True)
    near = harness.offered("A")
    harness.takes(near)
    harness.bridge(near, customer)
    harness.forget()
    harness.switch.will("uuid_transfer", outcome)
    harness.ask("A", "trans", uuid=near, type="1", trans_type="2", trans_number="1001")
    assert harness.switch.take() == [
        f"api uuid_transfer {customer} skill_1001@90001 XML esl_bridge"
    ]
    assert harness.got("A")[:3] == ["R", "TRANS.I", "CALLING>CALLING/TRANS"]
    return harness, near, customer


@pytest.mark.parametrize("error", [SwitchTimedOut("late"), SwitchUnavailable("lost")], ids=repr)
@pytest.mark.parametrize("seen", ["told", "read back"])
def test_a_customer_that_reached_its_extension_without_an_event_stays_there(error, seen):
    harness, near, customer = to_a_skill(error)
    harness.unbridge(near, customer)
    if seen == "told":
        harness.ends(near)
    else:
        harness.resync(customer)
    assert harness.got("A")[0] == "TRANS.E+"
    assert harness.switch.take() == []
    assert customer in harness.tenant.legs


def test_a_customer_whose_transfer_the_switch_refused_stays_with_its_agent():
    harness, _, _ = to_a_skill(NO_SUCH_CHANNEL)
    assert harness.agent("A").own_leg.call.procedure is None
    assert harness.status("A") is Status.CALLING


def test_a_transferred_calling_agent_has_ended_its_call(harness):
    near, far = harness.talk("A", "B")
    harness.forget()
    harness.ask("B", "trans", uuid=far, type="1", trans_type="1", trans_number=NAMES["D"])
    target = harness.offered("D")
    harness.takes(target)
    harness.bridge(target, near)
    harness.ends(far)
    assert harness.got("A") == ["CALL.E+"]


def test_the_requested_media_are_those_of_the_third_leg(harness):
    near, _ = harness.talk("A", OUTSIDE)
    ask = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"], "video": 3}
    other = harness.ask("A", "consult", uuid=near, **ask).consult_uuid
    harness.takes(other)
    harness.bridge(near, other)
    assert harness.last_push("A", ActionAdvanced).media.video == 3


def test_an_agent_whose_leg_could_not_be_hung_up_is_still_marked_as_ending(harness):
    near, far = harness.talk("A", "B")
    target = transfer(harness, near, "D").uuid
    harness.takes(target)
    harness.switch.will("uuid_kill", SwitchUnavailable("away"))
    harness.bridge(target, far)
    assert harness.tenant.legs[near].ending is PartyGone  # by which the read-back ends it
