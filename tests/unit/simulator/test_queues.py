"""Queues: who is offered, and when again."""

from __future__ import annotations

from pathlib import Path

import pytest

from esl_bridge.simulator.queues import Queue, read_queues
from tests.unit.simulator.world import World


@pytest.fixture
def queue(world: World) -> World:
    """ann serves sales; her phone rings until told otherwise."""
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


def test_an_offer_that_is_taken(queue: World) -> None:
    queue.sim("call 138 Bert sales")
    queue.run()
    queue.sim("phone ann answer")
    queue.run()
    assert queue.hears("138", "ann") == [{"ann"}, {"138"}]
    queue.sim("phone ann hangup")
    queue.run()
    assert actions(queue)[-3:] == ["bridge-agent-end", "agent-state-change", "member-queue-end"]


def test_sound_before_the_answer_takes_no_offer(queue: World) -> None:
    queue.sim("phone ann early on")
    queue.sim("call 138 Bert sales")
    queue.run()
    assert queue.sim("state ann")["state"] == "ringing"
    assert actions(queue)[-1] == "agent-offering"
    queue.sim("phone ann answer")
    queue.run()
    assert queue.hears("138", "ann") == [{"ann"}, {"138"}]


def test_a_refused_offer_comes_again_at_once(queue: World) -> None:
    queue.sim("call 138 Bert sales")
    queue.run()
    queue.sim("phone ann reject 486")
    queue.run()
    assert queue.sim("state ann")["state"] == "ringing"


def test_a_delay_after_a_refusal_is_kept(queue: World) -> None:
    queue.api("callcenter_config agent set busy_delay_time ann 5")
    queue.sim("call 138 Bert sales")
    queue.run()
    queue.sim("phone ann reject 486")
    queue.run(4.5)
    assert queue.sim("state ann")["state"] == "idle"
    queue.run(1)
    assert queue.sim("state ann")["state"] == "ringing"


def test_a_break_cancels_the_ringing(queue: World) -> None:
    queue.sim("call 138 Bert sales")
    queue.run()
    queue.api("callcenter_config agent set status ann 'On Break'")
    queue.run()
    assert queue.sim("state ann")["state"] == "idle"
    assert set(queue.causes().values()) == {"ORIGINATOR_CANCEL"}


def test_who_waits_too_long_leaves(queue: World) -> None:
    queue.switch.centre.queues["sales"].max_wait = 5
    queue.api("callcenter_config agent set status ann 'On Break'")
    queue.sim("call 138 Bert sales")
    queue.run(5.5)
    (end,) = [one for one in queue.told("CUSTOM") if one.headers.get("CC-Cause")]
    assert end.headers["CC-Cancel-Reason"] == "TIMEOUT"


def test_who_waits_too_long_leaves_once_nobody_is_rung_for_it(queue: World) -> None:
    queue.switch.centre.queues["sales"].max_wait = 5
    queue.sim("call 138 Bert sales")
    queue.run(7.5)
    assert queue.sim("state ann")["state"] == "ringing"
    queue.run(1)
    assert actions(queue)[-2:] == ["member-queue-end", "members-count"]
    assert queue.sim("state ann")["state"] == "idle"


def test_queues_are_read_from_the_real_switchs_file(tmp_path: Path) -> None:
    file = tmp_path / "callcenter.conf.xml"
    file.write_text(
        '<configuration><queues><queue name="sales"><param name="moh-sound" value="tone"/>'
        '<param name="max-wait-time" value="60"/></queue><queue name="all"/></queues>'
        "</configuration>"
    )
    assert list(read_queues(file)) == [Queue("sales", "tone", 60.0), Queue("all", "", None)]


def test_a_caller_that_gives_up_stops_the_ringing(queue: World) -> None:
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
def test_replies(queue: World, line: str, reply: str) -> None:
    assert queue.api(f"callcenter_config {line}") == reply
