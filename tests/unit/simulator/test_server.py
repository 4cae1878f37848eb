"""The whole simulator on a real socket, in this process and as a separate one."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from gevent.socket import create_connection, socket

from esl_bridge.simulator import Simulator


class Line:
    """A blocking ESL client, just enough of one."""

    def __init__(self, connection: socket) -> None:
        self._file = connection.makefile("rwb")
        self.frame()
        self.send("auth ClueCon")

    def frame(self) -> str:
        """The next frame: its body, or without one its headers."""
        head = b""
        while not head.endswith(b"\n\n"):
            line: bytes = self._file.readline()
            assert line, "closed"
            head += line
        length = re.search(rb"Content-Length: (\d+)", head)
        body: bytes = self._file.read(int(length[1])) if length else head
        return body.decode()

    def send(self, text: str) -> str:
        self._file.write(text.encode() + b"\n\n")
        self._file.flush()
        return self.frame()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    simulator = Simulator(extensions=["ann", "bob"], outside=["139"])
    simulator.start()
    yield simulator
    simulator.stop()


def test_a_call_can_be_made_over_the_socket(simulator: Simulator) -> None:
    with create_connection(("127.0.0.1", simulator.port)) as connection:
        line = Line(connection)
        line.send("api sim phone ann auto 0")
        line.send("event plain CHANNEL_BRIDGE")
        job = "originate user/ann@esl-bridge.local &bridge(sofia/gateway/carrier/139)"
        assert "+OK Job-UUID: " in line.send(f"bgapi {job}")
        assert '"reached": true' in line.send("api sim wait 139 ringing 5")
        assert '"ok": true' in line.send("api sim outside 139 answer")
        assert line.frame().startswith("Event-Name: CHANNEL_BRIDGE\n")
        assert line.send("api sim hears ann") == '{"hears": ["139"]}\n'


def test_two_connections_are_served_at_once(simulator: Simulator) -> None:
    address = ("127.0.0.1", simulator.port)
    with create_connection(address) as one, create_connection(address) as other:
        waiting, acting = Line(one), Line(other)
        acting.send("api sim phone ann auto 50")
        acting.send("bgapi originate user/ann@esl-bridge.local &park()")
        assert '"reached": true' in waiting.send("api sim wait ann talking 5")


def test_the_simulators_process_prints_its_port_when_ready() -> None:
    command = [sys.executable, "-m", "esl_bridge.simulator", "--extensions", "ann,bob"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready, port = process.stdout.readline().split()
        with create_connection(("127.0.0.1", int(port))) as connection:
            assert '"state": "idle"' in Line(connection).send("api sim state bob")
        process.terminate()
    assert ready == "ready"
