"""The JavaScript client tells the stories of tests/javascript/stories.test.mjs."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.behaviour.world import World
from tests.javascript.stage import Stage

HERE = Path(__file__).parent
STORIES = HERE / "stories.test.mjs"
NAMES = re.findall(r"^story\('(\w+)'", STORIES.read_text("utf-8"), re.MULTILINE)
SECONDS = 120


def tell(file: Path, world: World, stage: Stage, name: str = "", **environment: str) -> str:
    """Node runs the tests of a file, or the one of that name; gives what it has printed."""
    chosen = [f"--test-name-pattern=^{name}$"] if name else []
    told = subprocess.run(
        ["node", "--test", "--test-reporter=spec", *chosen, str(file)],
        env=os.environ | {"ESL_BRIDGE_URL": world.url, "ESL_BRIDGE_STAGE": stage.url} | environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert told.returncode == 0 and "pass 1" in told.stdout, told.stdout + told.stderr
    return told.stdout


@pytest.mark.parametrize("name", NAMES)
def test_story(world: World, stage: Stage, name: str):
    tell(STORIES, world, stage, name)


def test_the_stories_are_the_twelve():
    assert len(NAMES) == 12
