"""A full disk, a client that hardly reads, all clients at once: calls continue, and the others
notice nothing.
"""

from __future__ import annotations

import json
import resource
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest
from websockets.client import ClientProtocol
from websockets.uri import parse_uri

from tests.behaviour.client import Client
from tests.behaviour.conftest import installed
from tests.behaviour.world import AGENTS, COMPANY, World
from tests.faults.conftest import KINDS, LONG
from tests.faults.crowd import Crowd, talking

CROWD = 2_000 if LONG else 200
CALLS = 10
_SECONDS = 40.0
_PINGS = 200
_LIMITS = {"outbox_bytes": 20_000, "requests_per_second": 100_000, "messages_per_second": 100_000}


@pytest.fixture(scope="module", params=KINDS)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with installed(request, tmp_path_factory, grace=120, crowd=CROWD, limits=_LIMITS) as world:
        yield world


@pytest.fixture
def crowd(world: World) -> Iterator[Crowd]:
    with talking(world, CALLS) as crowd:
        yield crowd


@contextmanager
def full_disk(pid: int) -> Iterator[None]:
    """No file of this process can grow any more."""
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, most))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))


def test_a_full_disk_stops_no_calls(world: World, crowd: Crowd) -> None:
    with full_disk(world.daemon_pid):
        for agent in crowd.agents:
            agent.ok("hold", uuid=crowd.legs[agent], hold="1")
        world.until(lambda: world.counted("esl_bridge_state_kept") == 0, _SECONDS)
        crowd.comes_to_rest(_SECONDS)
        assert world.complaints()
        world.forgives()
    crowd.calls()
    world.until(crowd.are("CALLING"), _SECONDS)
    world.until(lambda: world.counted("esl_bridge_state_kept") == 1, _SECONDS)
    crowd.comes_to_rest(_SECONDS)


def test_all_agents_come_back_at_once_by_their_tokens(world: World, crowd: Crowd) -> None:
    away = [world.agent(name) for name in world.crowd[CALLS:]]
    everybody = [*crowd.agents, *away]
    world.crash_daemon()
    with ThreadPoolExecutor(50) as storm:
        back = list(storm.map(lambda one: _back(world, one), everybody))
    crowd.return_as(back[:CALLS])
    assert crowd.are("CALLING")()
    assert crowd.are_what_their_phones_do()
    crowd.comes_to_rest(_SECONDS)


def _back(world: World, agent: Client) -> Client:
    """Check in by token: without a password the daemon has none to hash."""
    client = world.connect(agent.agent_id)
    last = agent.told[-1]
    client.ok("checkin", token=agent.token, epoch=last["epoch"], seq=last["seq"])
    client.token = agent.token
    return client


def test_a_client_that_reads_a_byte_at_a_time_slows_nobody_else(world: World, crowd: Crowd) -> None:
    before = world.agent("A")
    before.break_off()
    slow = _Slow(world.url, AGENTS["A"])
    slow.say("checkin", token=before.token)
    assert b'"code":"0"' in slow.sock.recv(65_536)  # else it is closed for that, in the end
    with slow.sock:
        why = _flood(slow, crowd)
        try:
            world.until(lambda: world.counted("esl_bridge_slow_clients_total") == 1)
        except AssertionError:
            raise AssertionError((why, slow.unread())) from None
    assert crowd.are("CALLING")()
    world.connect("A").checkin(reset=True)
    crowd.comes_to_rest(_SECONDS)


def _flood(slow: _Slow, crowd: Crowd) -> OSError:
    """Request until the daemon closes the connection; the others notice nothing."""
    try:
        while True:
            for _ in range(_PINGS):
                slow.say("ping")
            slow.sock.recv(1)
            crowd.agents[0].ok("ping")
    except OSError as cut_off:
        return cut_off


class _Slow:
    def __init__(self, url: str, agent_id: str) -> None:
        self._agent_id = agent_id
        where = parse_uri(url)
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self.sock.connect((where.host, where.port))
        self._protocol = ClientProtocol(where)
        self._protocol.send_request(self._protocol.connect())
        self._flush()
        self._protocol.receive_data(self.sock.recv(65_536))

    def say(self, msg_type: str, **fields: str) -> None:
        head = {"req_id": "x" * 100, "msg_type": msg_type, "company_code": COMPANY}
        message = head | {"agent_id": self._agent_id} | fields
        self._protocol.send_text(json.dumps(message).encode())
        self._flush()

    def unread(self) -> bytes:
        """The last message that it received, and the reason for the close, if it received one."""
        with suppress(OSError):
            return self.sock.recv(65_536)[-500:]
        return b""

    def _flush(self) -> None:
        for chunk in self._protocol.data_to_send():
            self.sock.sendall(chunk)
