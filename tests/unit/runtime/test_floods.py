"""Clients that flood the daemon with messages, connections or passwords do not disturb others."""

import logging
import resource
import subprocess
import sys
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from statistics import median
from time import monotonic, thread_time
from typing import NamedTuple

import gevent
import pytest
import yaml
from gevent import socket
from gevent.pool import Pool
from gevent.subprocess import PIPE, Popen

from esl_bridge.config import Limits
from esl_bridge.runtime.admission import Admission, Descriptors
from esl_bridge.runtime.http_endpoints import endpoints
from esl_bridge.runtime.metrics import Metrics
from esl_bridge.runtime.passwords import Passwords
from tests.builders import as_registered
from tests.unit.runtime.clients import get
from tests.unit.runtime.fake_switch import FakeSwitch, api
from tests.unit.runtime.flooder import KINDS, UPGRADE, request
from tests.unit.runtime.service import COMPANY, SWITCH_PASSWORD, A, B, Client, company, serving
from tests.unit.runtime.service import settings as settings_of

log = logging.getLogger(__name__)

FLOODER = Path(__file__).with_name("flooder.py")
CLIENTS = 8
ANSWERS = 200
# Promised is a p99 of 0.05. On a machine that does other things, too, nobody knows how long those
# keep the processor. So what is held against it here is the work of our own thread before an
# answer, the client's in it: 2 to 8 ms, and seconds without the guards.
WORK, USUAL = 0.05, 0.05
SLACK = 20  # times as long as without a flood: the flooder takes a processor for itself


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(60):
        yield


# -- what is sent -----------------------------------------------------------------------------


@contextmanager
def flooding(kind, address):
    host, port = address
    flooder = Popen(
        [sys.executable, str(FLOODER), kind, host, str(port), str(CLIENTS)], stdin=PIPE, stdout=PIPE
    )
    try:
        assert flooder.stdout.readline()
        yield
    finally:
        flooder.kill()
        flooder.wait()
        for stream in (flooder.stdin, flooder.stdout):
            stream.close()


class Waits(NamedTuple):
    """How long answers took, and how long this process's thread worked meanwhile; sorted."""

    taken: list[float]
    worked: list[float]

    @classmethod
    def of(cls, client, answers):
        waits = []
        for _ in range(answers):
            began, idle = monotonic(), thread_time()
            assert client.ask("get_status")["code"] == "0"
            waits.append((monotonic() - began, thread_time() - idle))
            gevent.sleep(0.011)  # as often as one client may ask
        return cls(*map(sorted, zip(*waits, strict=True)))


def p99_of(times):
    return times[int(len(times) * 0.99)]


@pytest.mark.parametrize("kind", KINDS)
def test_eight_flooding_clients_do_not_delay_another_client(tmp_path, kind):
    with serving(tmp_path, limits={"requests_per_second": 1000}) as service:
        client = service.at_work()
        alone = Waits.of(client, ANSWERS // 4)
        with flooding(kind, service.address):
            flooded = Waits.of(client, ANSWERS)
    log.warning(
        "%s: %d answers, p99 %.1f ms, of work %.1f ms; without a flood %.1f ms",
        kind,
        len(flooded.taken),
        *(1000 * p99_of(times) for times in (*flooded, alone.taken)),
    )
    assert p99_of(flooded.worked) < WORK
    assert median(flooded.taken) < USUAL + SLACK * p99_of(alone.taken)


def test_metrics_are_collected_at_most_once_a_second():
    metrics, counted = Metrics([]), count()
    metrics.calls.labels("a").set_function(lambda: next(counted))
    page = endpoints(lambda: "", metrics.registry)["/metrics"]
    assert len({page() for _ in range(100)}) == 1
    assert next(counted) == 1


# -- passwords --------------------------------------------------------------------------------


def test_a_flood_of_wrong_passwords_does_not_delay_a_known_agent(tmp_path, monkeypatch):
    """As it was found: 570 from 30 addresses, each on a connection that is closed at once."""
    verify = Passwords.verify

    def slowly(self, password_hash, password):
        gevent.sleep(0.1)  # as long as a hash of the usual strength takes, and no work for the test
        return verify(self, password_hash, password)

    monkeypatch.setattr(Passwords, "verify", slowly)
    with serving(tmp_path) as service:
        client = service.at_work()
        alone = how_long_to_check_in(service, client)
        guesses = [(f"127.0.0.{last}", f"nobody{n}") for n in range(19) for last in range(2, 32)]
        pool = Pool(30)
        for address, agent_id in guesses:
            pool.spawn(guess_and_go, service.address, address, agent_id)
        pool.join()
        delayed = how_long_to_check_in(service, client)
    log.warning("a check-in alone: %.2f s, in the flood: %.2f s", alone, delayed)
    assert delayed < alone + 2.0


def how_long_to_check_in(service, client):
    client.ask("checkout")
    again, began = service.client(), monotonic()
    again.checkin()
    taken = monotonic() - began
    again.ask("checkout")
    again.leave()
    return taken


def guess_and_go(service, address, agent_id):
    with socket.socket() as sock:
        sock.bind((address, 0))
        sock.connect(service)
        sock.sendall(UPGRADE)
        assert b"101" in sock.recv(1000)
        sock.sendall(request("checkin", agent_id=agent_id, agent_pwd="wrong"))


# -- connections ------------------------------------------------------------------------------


def refused(address):
    try:
        return get(address, "/healthz")[0] != 200
    except (OSError, ValueError, IndexError):
        return True


def test_connections_that_never_check_in_do_not_shut_out_another_network(tmp_path):
    limits = {"login_connections_per_address": 3}
    with serving(tmp_path, limits=limits) as service:
        for _ in range(3):
            service.dial()
        gevent.sleep(0)
        with socket.create_connection(service.address, source_address=("127.0.0.2", 0)) as sock:
            Client(service.address, sock=sock).checkin()
        while not refused(service.address):
            gevent.sleep(0)


def test_all_agents_known_from_a_network_may_reconnect_at_once(tmp_path):
    state = {"state": f"sqlite:///{tmp_path}/state.db"}
    with serving(tmp_path, **state) as service:
        for name in (A, B):
            service.at_work(name)
    with serving(tmp_path, limits={"login_connections_per_address": 1}, **state) as service:
        for _ in range(3):  # the two that are known, and a stranger
            service.client()
        assert refused(service.address)


def test_admission_counts_connections_in_each_network_and_releases_them():
    limits = Limits(connections=10, login_connections=4, login_connections_per_address=2)
    admission = Admission(limits, Descriptors(10))
    assert [admission.enter("a") for _ in range(3)] == [True, True, False]
    assert [admission.enter("b") for _ in range(3)] == [True, True, False]
    assert not admission.enter("c")  # four are logging in
    admission.check_in("a")
    assert admission.enter("c")
    admission.leave("a", checked_in=True)
    admission.leave("a")
    assert [admission.enter("a") for _ in range(4)] == [True, True, False, False]


def test_both_listeners_share_one_number_of_descriptors():
    descriptors = Descriptors(3)
    agents, gateways = (Admission(Limits(), descriptors) for _ in range(2))
    assert [each.enter("a") for each in (agents, gateways, agents, gateways)] == [True] * 3 + [
        False
    ]
    agents.leave("a")
    assert gateways.enter("b")


@contextmanager
def daemon(folder, descriptors, switch):
    """The service as a process with a limited number of file descriptors."""
    port = free_port()
    limits = {"login_connections_per_address": 10_000, "login_connections": 10_000}
    sections = {"listen": {"agents": f"127.0.0.1:{port}"}, "limits": limits}
    (folder / "companies.yaml").write_text(yaml.safe_dump({COMPANY: company()}))
    (folder / "esl_bridge.yaml").write_text(yaml.safe_dump(settings_of(switch.port, sections)))
    command = [sys.executable, "-m", "esl_bridge", "serve", "--config", folder / "esl_bridge.yaml"]
    process = Popen(
        list(map(str, command)),
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors)),
    )
    try:
        switch.until(lambda: any("show channels" in line for line in switch.lines))
        yield "127.0.0.1", port
    finally:
        process.kill()
        process.wait()


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def test_a_flood_of_connections_leaves_descriptors_for_the_link_to_the_switch(tmp_path):
    with FakeSwitch() as switch:
        switch.answers |= {
            f"auth {SWITCH_PASSWORD}": switch.answers["auth ClueCon"],
            "api sofia status profile esl_bridge reg": api(as_registered(())),
            "api show channels as json": api('{"row_count": 0}'),
        }
        with daemon(tmp_path, 200, switch) as address:
            held = [socket.create_connection(address) for _ in range(250)]
            while not refused(address):
                gevent.sleep(0.01)
            switch.lines.clear()
            for peer in list(switch.peers):
                with suppress(OSError):
                    peer.close()
            switch.until(lambda: any("show channels" in line for line in switch.lines))
            for sock in held:
                sock.close()


# -- IPv6 -------------------------------------------------------------------------------------

v6 = pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="no IPv6 on this machine")


@v6
@pytest.mark.parametrize(
    ("listen", "reach"), [("[::1]:0", "::1"), ("[::]:0", "::1"), ("[::]:0", "127.0.0.1")]
)
def test_the_agents_port_listens_on_ipv6(tmp_path, listen, reach):
    with serving(tmp_path, listen={"agents": listen}) as service, ExitStack() as open_clients:
        client, other = (dialled(open_clients, reach, service.address[1]) for _ in range(2))
        assert "ext_pwd" in client.checkin()  # it knows the loopback for what it is
        other.checkin(reset=True)
        kicked = client.push(lambda message: message["msg_type"] == "kick_off")
        assert kicked["agent_ip"] == reach


def dialled(open_clients, host, port):
    sock = open_clients.enter_context(socket.create_connection((host, port)))
    return Client((f"[{host}]" if ":" in host else host, port), sock=sock)
