"""The example of docs/clients/python.md, as it stands, against `make run`."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from esl_bridge.client import Directory, sign_in

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "clients" / "python.md"
SECONDS = 30.0


class Demo:
    """``make run``, with any port."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self._process = process
        self.address = address

    def press_enter(self) -> None:
        """A customer calls Ann."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with subprocess.Popen(
        [sys.executable, "-u", "-W", "ignore", "-m", "esl_bridge", "demo", "--port=0"],
        cwd=tmp_path_factory.mktemp("demo"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = ""
        while "out_line:=0" not in said:
            said += process.stdout.readline()
        yield Demo(process, re.findall(r"ws://([\d.:]+)/agent", said)[0])
        process.terminate()
        process.communicate(timeout=SECONDS)


def example(number: int, demo: Demo) -> str:
    """Of the page, in its order, but for the port."""
    found = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    program: str = found[number].replace("127.0.0.1:8780", demo.address)
    return program


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


def test_the_example_calls_holds_and_hangs_up_without_gevent(demo: Demo, tmp_path: Path):
    program = example(0, demo)
    assert len(program.splitlines()) <= 10
    asked = "import sys\nprint('gevent' in sys.modules)"
    assert runs(program + asked, tmp_path) == "True\nFalse\n"


def test_it_does_so_under_gevent(demo: Demo, tmp_path: Path):
    patched = "from gevent import monkey\nmonkey.patch_all()\n"
    assert runs(patched + example(0, demo), tmp_path) == "True\n"


def test_the_second_answers_and_transfers(demo: Demo, tmp_path: Path):
    url = f"ws://{demo.address}/agent"
    with sign_in(url, company="90001", agent="90001_20001", password="example") as bo:

        def call_ann(directory: Directory) -> None:
            if any(one.name == "Ann" and one.available for one in directory.agents):
                demo.press_enter()

        bo.on("directory", call_ann)
        bo.directory()
        assert runs(example(1, demo), tmp_path) == ""
        assert bo.until(lambda now: now.stage == "TALK", SECONDS).call.channel == "TRANS"


def test_the_last_signs_several_in(demo: Demo, tmp_path: Path):
    assert runs(example(2, demo), tmp_path) == ""
