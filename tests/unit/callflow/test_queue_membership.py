"""What the switch is told of agents and their queues, and that it is told no more than that."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from esl_bridge.callflow import queue_membership
from esl_bridge.callflow.queue_membership import QueueTables
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.company import Skill
from esl_bridge.errors import BridgeError, SwitchRefused, SwitchTimedOut
from esl_bridge.esl.commands import Command
from esl_bridge.esl.events import Registered
from tests.builders import NAMES, PAGE, TenantHarness, at
from tests.unit.callflow.queues import REPAIRS, SALES, A, B, harness, told

Refuse = Callable[[str], BridgeError | None]
AGENT_COLUMNS = (
    "name|instance_id|uuid|type|contact|status|state|max_no_answer|wrap_up_time"
    "|reject_delay_time|busy_delay_time|no_answer_delay_time"
)
CONTACT = (
    "[leg_timeout=15,esl_bridge_company=90001,esl_bridge_agent={id},esl_bridge_role=callin,"
    "hangup_after_bridge=true,playback_terminators=none,execute_on_answer=sched_hangup:+28800]user/{id}@esl-bridge.local"
)
CONTACT_OF_A = CONTACT.format(id=NAMES["A"])


def table(columns: str, *rows: str) -> str:
    return "\n".join((columns, *rows, "+OK"))


def agent_row(name: str, status: str, contact: str = CONTACT_OF_A, rests: str = "-1|5|5|5") -> str:
    return f"{name}|single_box||callback|{contact}|{status}|Waiting|0|{rests}"


def known(*rows: str, tiers: tuple[str, ...] = ()) -> dict[str, str]:
    return {
        "agent": table(AGENT_COLUMNS, *rows),
        "tier": table("queue|agent|state|level|position", *tiers),
    }


def carry_out(harness: TenantHarness, steps: Steps, switch: Callable[[Command], str]) -> None:
    """Run the steps at another switch than the harness's own."""
    own: Any = harness.switch
    harness.switch = switch  # type: ignore[assignment]
    harness.run(steps)
    harness.switch = own


def read(lists: dict[str, str]) -> QueueTables:
    queue_tables = QueueTables()
    deque(queue_tables.read_agents(lists["agent"]), 0)
    deque(queue_tables.read_tiers(lists["tier"]), 0)
    return queue_tables


def enrol(
    harness: TenantHarness, lists: dict[str, str], refuse: Refuse = lambda _line: None
) -> list[str]:
    """What the switch is told in a round after a link-up; ``refuse`` gives what it refuses."""
    told: list[str] = []

    def switch(command: Command) -> str:
        told.append(command.line().removeprefix("api callcenter_config "))
        if (error := refuse(told[-1])) is not None:
            raise error
        return "+OK"

    queue_tables, tenant = read(lists), harness.tenant
    harness.publish_changes()
    for agent in tenant.agents.values():
        queue_membership.adopt_listed(tenant, agent, queue_tables)
    for name in queue_tables.company(tenant.company.code):
        if not queue_membership.serves(tenant, name):
            carry_out(harness, queue_membership.remove_agent(name), switch)
    for agent in tenant.agents.values():
        steps = queue_membership.sync_membership(tenant, agent, queue_tables)
        carry_out(harness, steps, switch)
    return told


AVAILABLE = f"agent set status {A} Available"


class TestAtEachConnection:
    def test_all_agents_are_added_to_an_empty_switch(self):
        assert enrol(harness(), known()) == [
            f"agent add {A} callback",
            f"agent set contact {A} {CONTACT_OF_A}",
            f"agent set wrap_up_time {A} -1",
            f"agent set reject_delay_time {A} 5",
            f"agent set busy_delay_time {A} 5",
            f"agent set no_answer_delay_time {A} 5",
            f"tier add {SALES} {A} 1 1",
            f"tier add {REPAIRS} {A} 2 1",
            AVAILABLE,
        ]

    def test_no_command_is_sent_to_a_switch_with_the_right_agents(self):
        tiers = (f"{SALES}|{A}|Ready|1|1", f"{REPAIRS}|{A}|Ready|2|1")
        assert enrol(harness(), known(agent_row(A, "Available"), tiers=tiers)) == []

    def test_only_differences_are_corrected_at_the_switch(self):
        tiers = (f"{SALES}|{A}|Ready|3|1", f"9@90001|{A}|Ready|1|1")
        row = agent_row(A, "Available", contact="user/old@d", rests="0|0|0|0")
        assert enrol(harness(), known(row, tiers=tiers)) == [
            f"agent set contact {A} {CONTACT_OF_A}",
            f"agent set wrap_up_time {A} -1",
            f"agent set reject_delay_time {A} 5",
            f"agent set busy_delay_time {A} 5",
            f"agent set no_answer_delay_time {A} 5",
            f"tier del 9@90001 {A}",
            f"tier set level {SALES} {A} 1",
            f"tier add {REPAIRS} {A} 2 1",
        ]

    def test_an_agent_without_skills_is_removed_and_other_companies_stay(self):
        rows = (agent_row(B, "Available"), agent_row(f"{NAMES['B']}@90002", "Available"))
        lists = known(*rows, tiers=(f"{SALES}|{B}|Ready|1|1",))
        assert enrol(harness(), lists)[0] == f"agent del {B}"
        assert not any("90002" in line for line in enrol(harness(), lists))

    @pytest.mark.parametrize(
        ("at_work", "status", "then"),
        [
            ("A", "Available", []),
            ("A", "On Break", [f"{A} Available"]),
            ("", "Available", [f"{A} 'On Break'"]),
            ("", "On Break", []),
            ("", "Logged Out", []),
        ],
    )
    def test_differences_left_by_an_earlier_daemon_are_corrected(self, at_work, status, then):
        here = harness(at_work)
        tiers = (f"{SALES}|{A}|Ready|1|1", f"{REPAIRS}|{A}|Ready|2|1")
        lists = known(agent_row(A, status), tiers=tiers)
        assert [line.removeprefix("agent set status ") for line in enrol(here, lists)] == then
        assert enrol(here, lists) == [f"agent set status {line}" for line in then]

    def test_a_missing_queue_does_not_affect_the_others(self):
        serving = {"A": {"1001": 1, "1002": 2}, "B": {"1001": 1}}
        told = enrol(harness("AB", **serving), known(), lacks_sales)
        assert f"tier add {REPAIRS} {A} 2 1" in told
        assert AVAILABLE in told
        assert f"agent set status {B} Available" in told
        assert sum(line.startswith(f"tier add {SALES}") for line in told) == 1  # once is enough

    @pytest.mark.parametrize("error", [SwitchRefused("-ERR"), SwitchTimedOut("no reply")])
    def test_a_failure_at_one_queue_does_not_affect_the_others(self, error):
        refuse = lambda line: error if line.startswith(f"tier add {SALES}") else None  # noqa: E731
        assert enrol(harness(), known(), refuse)[-2:] == [f"tier add {REPAIRS} {A} 2 1", AVAILABLE]

    def test_an_agent_that_was_added_meanwhile_is_corrected_too(self):
        there = lambda line: (  # noqa: E731
            SwitchRefused("-ERR Agent already exist!") if line.startswith("agent add") else None
        )
        assert enrol(harness(), known(), there)[-1] == AVAILABLE

    def test_no_agent_serves_a_removed_skill(self):
        here = harness()
        here.tenant.company = replace(here.tenant.company, skills={"1002": Skill(ring_seconds=15)})
        assert not any(SALES in line for line in enrol(here, known()))

    @pytest.mark.parametrize("text", ["+OK", "", "a|b\n1|2\n+OK", "queue|agent|level\n1\n|x|y"])
    def test_a_malformed_list_is_ignored(self, text):
        lists = {"agent": text, "tier": text}
        assert AVAILABLE in enrol(harness(), lists)


class TestDifferences:
    """The list has an agent otherwise than the queues were told: it is asked for."""

    @pytest.mark.parametrize(
        ("status", "then"),
        [("Available", []), ("On Break", [AVAILABLE]), ("Available (On Demand)", [AVAILABLE])],
    )
    def test_an_agents_status_is_set_again_where_the_switch_differs(self, status, then):
        here = harness()
        here.agent("A").in_queues = True
        queue_tables = read(known(agent_row(A, "On Break")))
        assert queue_membership.differs(here.tenant, here.agent("A"), queue_tables)
        recheck = queue_membership.recheck(here.tenant, here.agent("A"))
        carry_out(here, recheck, lambda _command: status)
        here.tenant.agent_states.mark_changed(here.agent("A"))
        here.publish_changes()
        assert [f"agent set status {line}" for line in told(here)] == then

    def test_a_change_during_the_query_counts(self):
        here = harness()
        here.agent("A").in_queues = True

        def told_meanwhile(_command: Command) -> str:
            here.agent("A").in_queues = False
            return "Available"

        recheck = queue_membership.recheck(here.tenant, here.agent("A"))
        carry_out(here, recheck, told_meanwhile)
        assert not here.agent("A").in_queues


def lacks_sales(line: str) -> BridgeError | None:
    missing = line.startswith(f"tier add {SALES}")
    return SwitchRefused("-ERR Queue not found!") if missing else None


@pytest.mark.parametrize("websocket", [True, False])
def test_the_queues_get_the_new_address_of_a_phone(websocket):
    here = harness()
    here.agent("A").queue_phone = "", not websocket
    here.agent("A").in_queues = True
    timers = "sofia_session_timeout=0," if websocket else ""
    contact = CONTACT_OF_A.replace("playback", f"{timers}playback")
    for _ in range(2):
        here.event(Registered(NAMES["A"], "", PAGE if websocket else at(NAMES["A"])))
    assert here.switch.take() == [f"api callcenter_config agent set contact {A} {contact}"]
