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


def tell(
    file: Path, world: World, stage: Stage, name: str, seconds: float = 120, **environment: str
) -> str:
    """Node runs the test of that name; gives what it has printed."""
    told = subprocess.run(
        ["node", "--test", "--test-reporter=spec", f"--test-name-pattern=^{name}$", str(file)],
        env=os.environ | {"ESL_BRIDGE_URL": world.url, "ESL_BRIDGE_STAGE": stage.url} | environment,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert told.returncode == 0 and "pass 1" in told.stdout, told.stdout + told.stderr
    return told.stdout


@pytest.mark.parametrize("name", NAMES)
def test_story(world: World, stage: Stage, name: str):
    tell(STORIES, world, stage, name)


def test_the_stories_are_the_twelve():
    assert len(NAMES) == 12
