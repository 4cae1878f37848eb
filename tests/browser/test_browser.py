"""The stories of browsers, or the reason why they are not told here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.behaviour.report import missing
from tests.browser.chromium import JSSIP
from tests.browser.harness import ADDRESS
from tests.browser.stories import STORIES

_SECONDS = 400
# A browser has no address to talk from where there is but the loopback.
_NETWORK = f"""
ip link set lo up
ip link add eth0 type veth peer name peer0
ip link set eth0 up
ip link set peer0 up
ip addr add {ADDRESS}/24 dev eth0
ip route add default via {ADDRESS.rpartition(".")[0]}.254 dev eth0
exec "$@"
"""
_IN_A_NETWORK = ["unshare", "--net", "bash", "-ec", _NETWORK, "network"]


def missing_browser() -> str:
    """Why no story can be told; empty where one can."""
    if why := missing():
        return why
    if shutil.which("chromium") is None:
        return "NO CHROMIUM HERE"
    if not JSSIP.exists():
        return "NO JSSIP HERE (make browser, which needs npm)"
    allowed = subprocess.run([*_IN_A_NETWORK, "true"], capture_output=True, check=False)
    return (
        "" if allowed.returncode == 0 else "NO NETWORK OF ITS OWN FOR A BROWSER (needs root and ip)"
    )


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What came of each story: why it failed, or nothing."""
    if why := missing_browser():
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("browsers")
    teller = [sys.executable, "-m", "tests.browser.stories", str(folder)]
    with (folder / "log").open("w+") as log:
        try:
            subprocess.run(
                [*_IN_A_NETWORK, *teller],
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=_SECONDS,
                check=False,
                env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
            )
        except subprocess.TimeoutExpired:
            log.write(f"not told in {_SECONDS} s\n")
        log.seek(0)
        lines = log.read().splitlines()
    stories = dict(json.loads(line) for line in lines if line.startswith('["'))
    rest = "\n".join(line for line in lines if not line.startswith('["'))
    return dict.fromkeys((story.__name__ for story in STORIES), f"was not told: {rest}") | stories


@pytest.mark.parametrize("story", [story.__name__ for story in STORIES])
def test_two_browsers_are_an_agents_phones(told: dict[str, str], story: str):
    assert not told[story], told[story]


def test_the_pages_script_names_no_host():
    root = Path(__file__).parents[2]
    lock = (root / "package-lock.json").read_text()
    assert "://" not in lock and "resolved" not in lock
    assert "omit-lockfile-registry-resolved=true" in (root / ".npmrc").read_text()
