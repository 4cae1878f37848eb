"""The example of docs/clients/python.md, as it stands, against `make run`."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "clients" / "python.md"
SECONDS = 30.0
_WHERE = "127.0.0.1:8780"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the demo is served, with any port."""
    with subprocess.Popen(
        [sys.executable, "-u", "-W", "ignore", "-m", "esl_bridge", "demo", "--port=0"],
        cwd=tmp_path_factory.mktemp("demo"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as demo:
        assert demo.stdout is not None
        said = ""
        while "out_line:=0" not in said:
            said += demo.stdout.readline()
        yield re.findall(r"ws://([\d.:]+)/agent", said)[0]
        demo.terminate()
        demo.communicate(timeout=SECONDS)


def examples() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)


def runs(program: str, folder: Path) -> str:
    """A program of its own; gives what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_example_calls_holds_and_hangs_up_without_gevent(address: str, tmp_path: Path):
    program = examples()[0].replace(_WHERE, address)
    assert len(program.splitlines()) <= 10
    assert (
        runs(f"{program}\nimport sys\nprint('gevent' in sys.modules)", tmp_path) == "True\nFalse\n"
    )


def test_it_does_so_under_gevent(address: str, tmp_path: Path):
    program = examples()[0].replace(_WHERE, address)
    patched = "from gevent import monkey\nmonkey.patch_all()\n"
    assert runs(patched + program, tmp_path) == "True\n"


def test_every_example_is_a_program():
    for example in examples():
        compile(example, str(PAGE), "exec")
