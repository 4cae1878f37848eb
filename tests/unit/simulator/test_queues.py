"""Simulated queues: whom they ring, and when again."""

from __future__ import annotations

from pathlib import Path

import pytest

from esl_bridge.simulator.queues import Queue, read_queues
from tests.unit.simulator.world import World


@pytest.fixture
def queue(world: World) -> World:
    """ann serves sales; her phone rings until a test answers it."""
    world.sim("phone ann auto off")
    for line in (
        "agent add ann callback",
        "agent set contact ann [leg_timeout=8]user/ann@esl-bridge.local",
        "agent set status ann Available",
        "tier add sales ann 1 1",
    ):
        assert world.api(f"callcenter_config {line}") == "+OK\n"
    return world


def actions(world: World) -> list[str]:
    told = (event.headers.get("CC-Action") for event in world.told("CUSTOM"))
    return [action for action in told if action]


def test_an_agent_who_answers_an_offer_talks_to_the_caller(queue: World) -> None:
    queue.sim("call 138 Bert sales")
    queue.run()
    queue.sim("phone ann answer")
    queue.run()
    assert queue.hears("138", "ann") == [{"ann"}, {"138"}]
    queue.sim("phone ann hangup")
    queue.run()
    assert actions(queue)[-3:] == ["bridge-agent-end", "agent-state-change", "member-queue-end"]


def test_early_media_does_not_accept_an_offer(queue: World) -> None:
    queue.sim("phone ann early on")
    queue.sim("call 138 Bert sales")
    queue.run()
    assert queue.sim("state ann")["state"] == "ringing"
    assert actions(queue)[-1] == "agent-offering"
    queue.sim("phone ann answer")
    queue.run()
    assert queue.hears("138", "ann") == [{"ann"}, {"138"}]


def test_a_refused_offer_is_repeated_at_once(queue: World) -> None:
    queue.sim("call 138 Bert sales")
    queue.run()
    queue.sim("phone ann reject 486")
    queue.run()
    assert queue.sim("state ann")["state"] == "ringing"


def test_an_offer_is_repeated_after_the_delay_of_a_refusal(queue: World) -> None:
    queue.api("callcenter_config agent set busy_delay_time ann 5")
    queue.sim("call 138 Bert sales")
    queue.run()
    queue.sim("phone ann reject 486")
    queue.run(4.5)
    assert queue.sim("state ann")["state"] == "idle"
    queue.run(1)
    assert queue.sim("state ann")["state"] == "ringing"


def test_a_break_of_the_agent_ends_the_ringing(queue: World) -> None:
    queue.sim("call 138 Bert sales")
    queue.run()
    queue.api("callcenter_config agent set status ann 'On Break'")
    queue.run()
    assert queue.sim("state ann")["state"] == "idle"
    assert set(queue.causes().values()) == {"ORIGINATOR_CANCEL"}


def test_a_caller_leaves_the_queue_after_its_longest_wait(queue: World) -> None:
    queue.switch.centre.queues["sales"].max_wait = 5
    queue.api("callcenter_config agent set status ann 'On Break'")
    queue.sim("call 138 Bert sales")
    queue.run(5.5)
    (end,) = [one for one in queue.told("CUSTOM") if one.headers.get("CC-Cause")]
    assert end.headers["CC-Cancel-Reason"] == "TIMEOUT"


def test_a_caller_leaves_after_its_longest_wait_once_no_agent_rings(queue: World) -> None:
    queue.switch.centre.queues["sales"].max_wait = 5
    queue.sim("call 138 Bert sales")
    queue.run(7.5)
    assert queue.sim("state ann")["state"] == "ringing"
    queue.run(1)
    assert actions(queue)[-2:] == ["member-queue-end", "members-count"]
    assert queue.sim("state ann")["state"] == "idle"


def test_queues_are_read_from_the_real_configuration_file(tmp_path: Path) -> None:
    file = tmp_path / "callcenter.conf.xml"
    file.write_text(
        '<configuration><queues><queue name="sales"><param name="moh-sound" value="tone"/>'
        '<param name="max-wait-time" value="60"/></queue><queue name="all"/></queues>'
        "</configuration>"
    )
    assert list(read_queues(file)) == [Queue("sales", "tone", 60.0), Queue("all", "", None)]


def test_a_caller_who_hangs_up_ends_the_ringing(queue: World) -> None:
    queue.sim("call 138 Bert sales")
    queue.run()
    queue.sim("outside 138 hangup")
    queue.run()
    assert queue.sim("state ann")["state"] == "idle"
    assert queue.api("callcenter_config queue count members sales") == "0\n"


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("agent add ann callback", "-ERR Agent already exist!\n"),
        ("agent set status ann On Break", "-ERR Invalid Agent Status!\n"),
        ("agent set status nobody Available", "-ERR Agent not found!\n"),
        ("tier add nosuch ann 1 1", "-ERR Queue not found!\n"),
        ("agent del nobody", "+OK\n"),
    ],
)
def test_callcenter_commands_have_the_replies_of_the_real_switch(
    queue: World, line: str, reply: str
) -> None:
    assert queue.api(f"callcenter_config {line}") == reply
