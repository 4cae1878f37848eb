"""Hold music that is a file: it ends every few seconds, and is played on. On a real switch alone:
the simulated one opens no file."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.behaviour.conftest import installed
from tests.behaviour.steps.calls import puts_on_hold, takes_off_hold, talk_again, talks_to_c
from tests.behaviour.steps.consults import rings_at_d
from tests.behaviour.steps.queues import becomes_free, offered
from tests.behaviour.steps.recordings import time_passes
from tests.behaviour.world import FILE_SECONDS, NUMBER_OF_SKILL, World

pytestmark = [
    pytest.mark.usefixtures("rested"),
    pytest.mark.skipif(not shutil.which("ffmpeg"), reason="no ffmpeg to make files with"),
]


@pytest.fixture(scope="module", params=["wav", "mp3"], ids=lambda kind: f"freeswitch-{kind}")
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with installed(request, tmp_path_factory, kind="freeswitch", music=request.param) as world:
        yield world


def hears_music_on(world: World, name: str) -> None:
    world.hears(name, "MOH")
    time_passes(2 * FILE_SECONDS)
    world.hears(name, "MOH")


def test_a_customer_on_hold_hears_the_music_file_over_and_over(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    puts_on_hold(a, uuid)
    hears_music_on(world, "C")
    a.got_nothing_more()
    takes_off_hold(a, uuid)
    talk_again(world, a, talks_to_c, uuid)


def test_a_customer_held_by_the_phone_hears_the_music_file_over_and_over(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    world.phone("A").hold()
    a.gets("CALLING>CALLING/HOLD")
    hears_music_on(world, "C")
    world.phone("A").resume()
    a.gets("CALLING/HOLD>CALLING")
    talk_again(world, a, talks_to_c, uuid)


def test_a_customer_hears_the_music_file_over_and_over_during_a_consult(world: World):
    a, d = world.agent("A"), world.agent("D")
    uuid = talks_to_c(world, a)
    rings_at_d(world, a, d, uuid)
    hears_music_on(world, "C")
    world.phone("D").reject()
    d.gets("RINGING>FREE")
    a.gets("CONSULT.E-", "CALLING/CONSULT>CALLING")
    talk_again(world, a, talks_to_c, uuid)


def test_a_customer_in_a_queue_hears_the_music_file_over_and_over(world: World):
    world.phone("C").dial(NUMBER_OF_SKILL)
    world.phone("C").wait_talking()
    hears_music_on(world, "C")
    a = becomes_free(world, "A")
    offered(world, a, "A")
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.hears("C", "A")
    world.phone("C").hangup()
    a.gets("CALLING>FREE")
