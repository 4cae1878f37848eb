"""A consult whose customer has left: who is left is in a talk like any other."""

import pytest

from esl_bridge.domain.states import Status
from esl_bridge.errors import SwitchTimedOut, SwitchUnavailable
from esl_bridge.esl.events import PlaybackStarted
from tests.builders import HOLD, NAMES, NUMBER_OF_IVR, OUTSIDE, TenantHarness

E = NAMES["E"]
ASKED = {
    "mute": ("mute", {"mute": "1"}),
    "dtmf": ("dtmf", {"content": "1"}),
    "trans": ("trans", {"type": "1", "trans_type": "1", "trans_number": E}),
    "consult": ("consult", {"type": "1", "consult_type": "0", "consult_number": E}),
    "three_way": ("three_way", {"three_way_type": "0", "three_way_number": E}),
}


@pytest.fixture
def two(harness: TenantHarness) -> dict[str, str]:
    """The legs of A, who has consulted D, and of D."""
    near, far = harness.talk("A", OUTSIDE)
    asked = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
    other = harness.ask("A", "consult", uuid=near, **asked).consult_uuid
    harness.unbridge(near, far)
    harness.takes(other)
    harness.bridge(near, other)
    harness.ends(far)
    harness.forget()
    return {"A": near, "D": other}


@pytest.mark.parametrize("name", ["A", "D"])
@pytest.mark.parametrize("request_", ASKED)
def test_agents_left_by_a_customer_are_in_an_ordinary_talk(harness, two, name, request_):
    msg_type, fields = ASKED[request_]
    harness.ask(name, msg_type, uuid=two[name], **fields)
    assert harness.got(name)[0] == "R"


@pytest.mark.parametrize("name", ["A", "D"])
def test_agents_left_by_a_customer_may_hold_each_other(harness, two, name):
    held = two["D" if name == "A" else "A"]
    harness.ask(name, "hold", uuid=two[name], hold="1")
    harness.event(PlaybackStarted(held, HOLD))
    assert harness.got(name) == ["CALLING>CALLING/HOLD", "R"]


@pytest.mark.parametrize(
    ("msg_type", "fields"),
    [("consult", {"type": "2"}), ("consult_to_trans", {})],
)
def test_agents_left_by_a_customer_have_no_consult_to_end_or_complete(
    harness, two, msg_type, fields
):
    named = {"consult_uuid": two["D"]} if msg_type == "consult_to_trans" else {"uuid": two["A"]}
    harness.refused("4103", "A", msg_type, **named, **fields)


def test_the_consult_ends_for_an_agent_who_transfers_its_consultant(harness, two):
    harness.ask("A", "trans", uuid=two["A"], **ASKED["trans"][1])
    [leg] = [one.uuid for one in harness.tenant.legs.values() if one.agent is harness.agent("E")]
    harness.forget()
    harness.takes(leg)
    harness.bridge(leg, two["D"])
    harness.ends(two["A"])
    assert harness.got("A") == ["TRANS.S", "TRANS.E+", "CONSULT.E+", "CALLING/TRANS>FREE"]
    assert harness.got("D") == []
    harness.ends(leg)
    harness.ends(two["D"])
    harness.nothing_left()


def test_the_consult_of_agents_left_by_a_customer_ends_with_their_talk(harness, two):
    harness.ends(two["D"])
    harness.ends(two["A"])
    assert harness.got("A") == ["CONSULT.E+", "CALLING>FREE"]
    harness.nothing_left()


@pytest.mark.parametrize("error", [SwitchTimedOut(), SwitchUnavailable()])
def test_a_late_bridge_of_the_customer_completes_the_transfer(harness, error):
    """The switch had not answered in time, and the agent was told that the hand-over failed."""
    near, far = harness.talk("A", OUTSIDE)
    asks = {"consult_type": "0", "consult_number": NAMES["B"]}
    other = harness.ask("A", "consult", type="1", uuid=near, **asks).consult_uuid
    harness.takes(other)
    harness.bridge(near, other)
    harness.switch.will("uuid_bridge", error)
    harness.ask("A", "consult_to_trans", uuid=near, consult_uuid=other)
    harness.switch.take()
    harness.bridge(other, far)
    assert f"api uuid_kill {near} NORMAL_CLEARING" in harness.switch.take()
    harness.ends(near)
    assert harness.agent("A").status is Status.FREE
    assert harness.tenant.legs[far].call.procedure is None


@pytest.mark.parametrize("blind_transfer", ["wait", "release"])
def test_a_consult_that_becomes_a_transfer_at_once_leaves_nobody_in_silence(blind_transfer):
    harness = TenantHarness(blind_transfer=blind_transfer)
    near, far = harness.talk("A", OUTSIDE)

    def completes():
        harness.ask("A", "consult_to_trans", consult_uuid=harness.offered("D"))

    harness.waits.append(completes)
    asked = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
    harness.ask("A", "consult", uuid=near, **asked)
    heard = harness.switch.take()
    assert [line for line in heard if line.startswith(f"api uuid_transfer {far}") and HOLD in line]


def test_a_hand_over_that_had_no_answer_is_sent_again_when_it_is_requested_again(harness):
    near, _ = harness.talk("A", OUTSIDE)
    asks = {"consult_type": "0", "consult_number": NAMES["B"]}
    other = harness.ask("A", "consult", type="1", uuid=near, **asks).consult_uuid
    harness.takes(other)
    harness.bridge(near, other)
    harness.switch.will("uuid_bridge", SwitchTimedOut())
    harness.ask("A", "consult_to_trans", uuid=near, consult_uuid=other)
    harness.switch.take()
    harness.ask("A", "consult_to_trans", uuid=near, consult_uuid=other)
    assert [line for line in harness.switch.take() if f"uuid_bridge {other} " in line]


def test_a_customer_whose_agent_checked_out_and_whose_consultant_left_is_rerouted():
    harness = TenantHarness(fallback=TenantHarness().tenant.company.numbers[NUMBER_OF_IVR])
    near, far = harness.talk("A", "B")
    asked = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
    other = harness.ask("A", "consult", uuid=near, **asked).consult_uuid
    harness.unbridge(near, far)
    harness.takes(other)
    harness.bridge(near, other)
    harness.ask("A", "consult_to_trans", consult_uuid=other)
    harness.ask("A", "checkout")
    harness.ends(near)
    harness.ends(other)
    assert f"api uuid_transfer {far} ivr_main XML esl_bridge" in harness.switch.take()
