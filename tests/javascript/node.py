"""Node tells stories of a world."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.behaviour.world import World
from tests.javascript.stage import Stage


def tell(
    file: Path, world: World, stage: Stage, name: str, seconds: float = 120, **environment: str
) -> None:
    """Node runs the test of that name."""
    told = subprocess.run(
        ["node", "--test", "--test-reporter=spec", f"--test-name-pattern=^{name}$", str(file)],
        env=os.environ | {"ESL_BRIDGE_URL": world.url, "ESL_BRIDGE_STAGE": stage.url} | environment,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert told.returncode == 0 and "pass 1" in told.stdout, told.stdout + told.stderr
