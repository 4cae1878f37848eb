"""What the switch is told of agents and their queues, and that it is told no more than that."""

from __future__ import annotations

import itertools
import re

import pytest
from msgspec.structs import replace

from esl_bridge.callflow import queueing
from esl_bridge.domain.company import ID_PATTERN
from esl_bridge.domain.states import Status, Trigger
from esl_bridge.errors import SwitchTimedOut
from esl_bridge.esl.events import ByeSent, LegEnded
from tests.builders import NAMES, OUTSIDE, TenantHarness
from tests.unit.callflow.queues import A, harness, told


def test_no_two_skills_share_a_queue_and_no_ivr_is_an_entrance():
    ids = ["a", "a_b", "a_b_c", "b_c", "c", "a.b", "a-b", "skill_a", "esl_bridge"]
    pairs = list(itertools.product(ids, ids))
    assert len({queueing.queue_name(*pair) for pair in pairs}) == len(pairs)
    assert len({queueing.entrance(*pair) for pair in pairs}) == len(pairs)
    assert not any(re.match(ID_PATTERN, queueing.entrance(*pair)) for pair in pairs)


class TestAvailability:
    @pytest.fixture
    def harness(self) -> TenantHarness:
        """A is FREE, and the switch knows it as available."""
        here = harness()
        here.tenant.agent_states.mark_changed(here.agent("A"))
        here.publish_changes()
        assert told(here) == [f"{A} Available"]
        return here

    def test_each_change_of_availability_is_sent_once(self, harness):
        harness.ask("A", "change_status", action="MAKE_BUSY")
        assert told(harness) == [f"{A} 'On Break'"]
        harness.ask("A", "change_status", action="MAKE_REST")
        assert told(harness) == []
        harness.ask("A", "change_status", action="MAKE_FREE")
        assert told(harness) == [f"{A} Available"]
        harness.ask("A", "checkout")
        assert told(harness) == [f"{A} 'On Break'"]

    def test_no_availability_is_sent_for_an_agent_without_a_skill(self, harness):
        harness.put("B", Status.BUSY)
        harness.ask("B", "change_status", action="MAKE_FREE")
        assert told(harness) == []

    @pytest.mark.parametrize("what", ["registered_at", "connection"])
    def test_an_agent_without_a_phone_or_a_connection_is_not_available(self, harness, what):
        agent = harness.agent("A")
        setattr(agent, what, None)
        harness.tenant.agent_states.mark_changed(agent)
        harness.publish_changes()
        assert told(harness) == [f"{A} 'On Break'"]

    def test_no_availability_is_sent_while_the_switch_is_away(self, harness):
        harness.tenant.switch_up = False
        harness.ask("A", "change_status", action="MAKE_BUSY")
        assert told(harness) == []

    def test_a_change_during_the_command_is_sent_after_it(self, harness):
        agent = harness.agent("A")

        def free_again() -> None:
            harness.tenant.agent_states.change(agent, Trigger.MAKE_FREE)

        harness.switch.will("callcenter_config", free_again)
        harness.ask("A", "change_status", action="MAKE_BUSY")
        assert told(harness) == [f"{A} 'On Break'", f"{A} Available"]

    def test_availability_without_a_reply_is_sent_again_at_the_next_change(self, harness):
        harness.switch.will("callcenter_config", SwitchTimedOut())
        harness.ask("A", "change_status", action="MAKE_BUSY")
        harness.ask("A", "change_status", action="MAKE_FREE")
        assert told(harness) == [f"{A} 'On Break'", f"{A} Available"]

    def test_an_agent_that_calls_is_out_of_its_queues_before_its_phone_is_rung(self, harness):
        harness.begin_call("A", OUTSIDE)
        lines = harness.switch.take()
        assert lines[0].endswith(f"{A} 'On Break'")
        assert lines[1].startswith("api bgapi originate")

    def test_an_agent_that_is_called_is_out_of_its_queues_before_its_phone_is_rung(self, harness):
        harness.put("B", Status.FREE)
        harness.begin_call("B", "A")
        lines = harness.switch.take()
        assert lines[0].endswith(f"{A} 'On Break'")
        assert lines[1].startswith("api bgapi originate")

    def test_an_agent_that_a_number_leads_to_is_out_of_its_queues_before_its_phone_is_rung(
        self, harness
    ):
        harness.caller()
        lines = harness.switch.take()
        assert lines[0].endswith(f"{A} 'On Break'")
        assert lines[-1].startswith("api bgapi originate")


class TestBeforeAnAgentIsRungForAnotherCall:
    """A is available, and the switch has not answered yet when it is told otherwise."""

    @pytest.fixture
    def harness(self) -> TenantHarness:
        here = harness("AB")
        here.agent("A").in_queues, here.agent("A").queues_settled = True, False
        self.rung_too_early: list[str] = []

        def answers() -> None:
            self.rung_too_early = _rings_a(here)
            here.agent("A").in_queues, here.agent("A").queues_settled = False, True

        here.waits.append(answers)
        return here

    def was_awaited(self, harness: TenantHarness) -> None:
        assert harness.waits == [], "nobody waited"
        assert self.rung_too_early == []
        assert len(_rings_a(harness)) == 1

    def test_an_agents_own_call_waits_until_it_is_out_of_its_queues(self, harness):
        harness.begin_call("A", OUTSIDE)
        self.was_awaited(harness)

    def test_a_call_to_an_agent_waits_until_it_is_out_of_its_queues(self, harness):
        harness.begin_call("B", "A")
        self.was_awaited(harness)

    def test_a_caller_of_an_agents_number_waits_until_it_is_out_of_its_queues(self, harness):
        harness.caller()
        self.was_awaited(harness)

    def test_a_consult_waits_until_the_consultant_is_out_of_its_queues(self, harness):
        near, _ = harness.talk("B", OUTSIDE)
        harness.ask(
            "B", "consult", type="1", uuid=near, consult_type="0", consult_number=NAMES["A"]
        )
        self.was_awaited(harness)


def test_a_phone_that_dials_an_agent_waits_until_it_is_out_of_its_queues():
    here = harness("AB", A={"1001": 1})
    here.tenant.company = replace(here.tenant.company, dial_from_phone=True)
    here.agent("A").in_queues, here.agent("A").queues_settled = True, False
    early: list[list[str]] = []
    here.waits.append(lambda: early.append(_rings_a(here)))
    here.dials("B", NAMES["A"])
    assert early == [[]]
    assert len(_rings_a(here)) == 1


def _rings_a(harness: TenantHarness) -> list[str]:
    return [line for line in harness.switch.heard if f"user/{NAMES['A']}@" in line]


class TestAPhoneThatAwaitsItsBye:
    """The switch has ended a leg of A, whose phone does not know yet: with one line it is busy."""

    @pytest.fixture
    def harness(self) -> TenantHarness:
        here = harness("AB")
        near, far = here.talk("A", OUTSIDE)
        here.event(LegEnded(near, "NORMAL_CLEARING"))
        here.ends(far)
        assert here.agent("A").status is Status.FREE
        assert f"{A} Available" not in told(here)
        [self.leg] = here.agent("A").releasing
        here.switch.heard.clear()
        return here

    def test_a_phone_is_rung_once_it_was_sent_the_bye_of_its_last_call(self, harness):
        early: list[list[str]] = []

        def is_told() -> None:
            early.append(_rings_a(harness))
            harness.event(ByeSent(self.leg))

        harness.waits.append(is_told)
        harness.begin_call("A", OUTSIDE)
        assert early == [[]]
        assert len(_rings_a(harness)) == 1

    def test_a_phone_is_rung_after_a_while_even_if_no_bye_is_reported(self, harness):
        harness.waits.append(lambda: None)
        harness.begin_call("A", OUTSIDE)
        assert len(_rings_a(harness)) == 1

    def test_a_phone_is_offered_no_caller_before_the_bye_of_its_last_call(self, harness):
        harness.event(ByeSent(self.leg))
        assert told(harness) == [f"{A} Available"]

    def test_a_phone_does_not_await_the_bye_of_a_missing_leg(self, harness):
        harness.tenant.leg_book.release_all_but([], harness.tenant.node)
        harness.publish_changes()
        assert told(harness) == [f"{A} Available"]
        harness.consistent()
