"""The JavaScript client tells the stories of tests/javascript/stories.test.mjs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.behaviour.world import World
from tests.javascript.node import tell
from tests.javascript.stage import Stage

STORIES = Path(__file__).parent / "stories.test.mjs"
NAMES = re.findall(r"^story\('(\w+)'", STORIES.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_story(world: World, stage: Stage, name: str):
    tell(STORIES, world, stage, name)


def test_the_stories_are_the_twelve():
    assert len(NAMES) == 12
