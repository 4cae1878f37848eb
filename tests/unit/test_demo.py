"""What the demo says is typed, to the letter, into a real client."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

SECONDS = 10.0
COMMAND = [sys.executable, "-W", "ignore", "-m", "esl_bridge", "demo"]


class Demo:
    def __init__(self, process: subprocess.Popen[str], printed: str) -> None:
        self.process = process
        self.printed = printed

    @property
    def typed(self) -> list[str]:
        """The lines to type, in their order."""
        return re.findall(r"^    (\S.*)$", self.printed, re.MULTILINE)

    @property
    def url(self) -> str:
        return self.typed[0].split()[-3]


@contextmanager
def demo(folder: Path, port: int, stdin: int = subprocess.PIPE) -> Iterator[Demo]:
    """Run the demo; it has nothing to complain of."""
    with subprocess.Popen(
        [*COMMAND, f"--port={port}"],
        cwd=folder,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "out_line:=0" in line:
                break
        yield Demo(process, "".join(lines))
        process.terminate()
        _, complaints = process.communicate(timeout=SECONDS)
        assert (process.returncode, complaints) == (0, "")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Demo]:
    with demo(tmp_path, 0) as one:
        yield one


class Console:
    """The client that the demo names, with lines typed into it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def types(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def shows(self) -> dict[str, Any]:
        """The next message."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("< "), line
        message: dict[str, Any] = json.loads(line[2:])
        return message


@pytest.fixture
def ann(running: Demo) -> Iterator[Console]:
    with subprocess.Popen(
        running.typed[0].split(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Console(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(SECONDS) == 0


def sign(push: dict[str, Any]) -> str:
    match push["msg_type"]:
        case "callback":
            return f"{push['action']} {push['phase']}"
        case "agent_change":
            sub = push.get("sub_agent_status")
            return push["agent_status"] + (f" {sub}" if sub else "")
        case other:
            return str(other)


def gets(ann: Console, *signs: str) -> dict[str, Any]:
    """One reply, which is returned, and these pushes, in this order."""
    got = [ann.shows() for _ in range(len(signs) + 1)]
    pushes = [message for message in got if "seq" in message]
    assert [sign(push) for push in pushes] == list(signs)
    assert all(message.get("code", "0") == "0" for message in got)
    (reply,) = (message for message in got if "seq" not in message)
    return reply


def ping(client: ClientConnection) -> None:
    client.send('{"msg_type":"ping","company_code":"90001","agent_id":"90001_20000"}')
    pong = json.loads(client.recv(SECONDS))
    assert (pong["msg_type"], pong["code"]) == ("pong", "0")


def test_each_printed_command_does_what_the_demo_says(running: Demo, ann: Console) -> None:
    checkin, call, hold, talk_on, hangup = running.typed[1:6]

    ann.types(checkin)
    assert gets(ann, "FREE")["status"] == "FREE"

    ann.types(call)
    gets(ann, "CALL INITIATE", "RINGING", "CALLING", "CALL START_CALL")

    ann.types(hold)
    assert gets(ann, "CALLING HOLD")["hold"] == "1"

    ann.types(talk_on)
    assert gets(ann, "CALLING")["hold"] == "0"

    ann.types(hangup)
    assert gets(ann, "CALL END_CALL", "FREE")["msg_type"] == "hangup"


def test_enter_starts_a_customers_call(running: Demo, ann: Console) -> None:
    ann.types(running.typed[1])
    gets(ann, "FREE")
    assert running.process.stdin is not None
    running.process.stdin.write("\n")
    running.process.stdin.flush()
    callin = ann.shows()
    assert callin["msg_type"] == "callin"
    assert callin["callee_number"] in running.printed

    ann.types(running.typed[5])
    gets(ann, "RINGING", "FREE")


def test_a_colleague_can_be_called_as_the_demo_says(running: Demo, ann: Console) -> None:
    ann.types(running.typed[1])
    gets(ann, "FREE")
    ann.types(running.typed[6])
    reply = ann.shows()  # Bo is not there
    assert (reply["msg_type"], reply["code"]) == ("call", "4104")


def test_the_demo_reports_a_port_in_use_and_takes_another(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with demo(tmp_path, port) as other, connect(other.url, proxy=None) as client:
            assert f"cannot listen on port {port} (" in other.printed
            assert f":{port}/" not in other.url
            ping(client)


def test_the_demo_runs_without_a_keyboard(tmp_path: Path) -> None:
    with demo(tmp_path, 0, subprocess.DEVNULL) as deaf, connect(deaf.url, proxy=None) as client:
        ping(client)
