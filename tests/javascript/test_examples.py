"""The examples of docs/clients/javascript.md, as they stand, against `make run`."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import pytest

from esl_bridge.client import Directory, sign_in
from tests.javascript.conftest import ROOT, missing_node

PAGE = ROOT / "docs" / "clients" / "javascript.md"
SECONDS = 30.0
_WHERE = "127.0.0.1:8780"
# As who reads the page does whose Node has none.
_WEBSOCKET = f"""
import {{ createRequire }} from 'node:module';
globalThis.WebSocket ??= createRequire('{ROOT}/package.json')('ws');
"""


class Demo(NamedTuple):
    process: subprocess.Popen[str]
    address: str

    def customer_calls(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()


@pytest.fixture
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Served at any port."""
    if why := missing_node():
        pytest.skip(why)
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


def examples(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)


def start(example: str, demo: Demo, folder: Path) -> subprocess.Popen[str]:
    """A program beside the file that the daemon serves."""
    with urlopen(f"http://{demo.address}/sdk/esl-bridge.js") as served:
        (folder / "esl-bridge.mjs").write_bytes(served.read())
    (folder / "websocket.mjs").write_text(_WEBSOCKET)
    (folder / "bo.mjs").write_text(example.replace(_WHERE, demo.address))
    return subprocess.Popen(
        ["node", "--import", "./websocket.mjs", "bo.mjs"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_first_calls_holds_and_hangs_up(demo: Demo, tmp_path: Path):
    example = examples("js")[0]
    assert len(example.splitlines()) <= 10
    with start(example, demo, tmp_path) as program:
        said, _ = program.communicate(timeout=SECONDS)
    assert (program.returncode, said) == (0, "true\n")


def test_the_second_takes_a_call_and_transfers_it(demo: Demo, tmp_path: Path):
    with (
        sign_in(
            f"ws://{demo.address}/agent", company="90001", agent="90001_20001", password="example"
        ) as bo,
        start(examples("js")[1], demo, tmp_path) as program,
    ):
        reachable = threading.Event()
        bo.on("directory", lambda now: ann_is_available(now) and reachable.set())
        if ann_is_available(bo.directory()) or reachable.wait(SECONDS):
            demo.customer_calls()
        talks = bo.until(lambda now: now.stage == "TALK", SECONDS)
        assert talks.call is not None
        assert (talks.call.channel, talks.call.number) == ("TRANS", "13900000002")
        said, _ = program.communicate(timeout=SECONDS)
    assert (program.returncode, said) == (0, "")


def ann_is_available(directory: Directory) -> bool:
    return any(one.available for one in directory.agents if one.agent_id == "90001_20000")
