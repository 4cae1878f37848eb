"""Every limit, set by its key in the settings and observed by a client as a code or close code.

A limit is a field of the settings' ``limits``, or ``login_seconds`` and ``idle_seconds`` of their
``timing``. Each has a test here with its name, and a row in docs/operations.md.
"""

import json
import re
from contextlib import suppress
from pathlib import Path
from time import monotonic

import gevent
import pytest
from gevent.event import Event
from gevent.server import StreamServer
from gevent.socket import SO_SNDBUF, SOL_SOCKET

from esl_bridge.config import Limits, Timing
from esl_bridge.runtime.passwords import Passwords
from tests.unit.runtime.fake_switch import api
from tests.unit.runtime.service import COMPANY, NUMBER_OF_A, OUTSIDE, A, B, serving

# Seconds; far above what any step needs, and below the least default: a test would else wait for
# that one, and pass where the setting is looked at by nobody.
DEADLINE = 4.5
PAGE = Path(__file__).parents[3] / "docs" / "operations.md"
IN_TIMING = ("login_seconds", "idle_seconds")
DEFAULTS = {name: getattr(Limits(), name) for name in Limits.__struct_fields__}
DEFAULTS |= {name: getattr(Timing(), name) for name in IN_TIMING}


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(DEADLINE):
        yield


@pytest.fixture
def limited(tmp_path):
    """A service with these limits."""
    return lambda **limits: serving(tmp_path, limits=limits)


def test_each_limit_has_its_test():
    assert [name for name in DEFAULTS if f"test_{name}" not in globals()] == []


def test_each_limit_is_documented_with_its_default():
    rows = re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", PAGE.read_text(), re.MULTILINE)
    assert {name: float(default.replace(",", "")) for name, default in rows} == DEFAULTS


def until_end(sock):
    """What comes up to the end of a connection that the service ends."""
    text = b""
    while data := sock.recv(65536):
        text += data
    return text


# -- messages and connections ---------------------------------------------------------------------


def test_message_bytes(limited):
    with limited(message_bytes=1000) as service:
        client = service.client()
        client.text(b'{"req_id":"1"}'.ljust(1000))
        assert client.next()["code"] == "4014"
        client.text(b"{}".ljust(1001))
        assert client.until_closed() == 1009


def test_message_bytes_counts_all_fragments(limited):
    with limited(message_bytes=1000) as service:
        client = service.client()
        client.text(b"{".ljust(600), fin=False)
        client.protocol.send_continuation(b"}".rjust(600), fin=True)
        client.flush()
        assert client.until_closed() == 1009


def test_a_message_in_twenty_thousand_fragments_is_one_message(limited):
    with limited(messages_per_second=10**6) as service:
        client = service.client()
        client.text(b'{"req_id":"1","msg_type":"pi', fin=False)
        for _ in range(20_000):
            client.protocol.send_continuation(b"", fin=False)
        client.protocol.send_continuation(b'ng"}', fin=True)
        client.flush()
        assert client.next()["msg_type"] == "pong"


def test_nesting(limited):
    with limited(nesting=3) as service:
        client = service.client()
        for levels, code in [(2, "4014"), (3, "4100")]:
            client.text(b'{"a":%b1%b}' % (b"[" * levels, b"]" * levels))
            assert client.next()["code"] == code


def test_handshake_seconds(limited):
    with limited(handshake_seconds=0.05) as service:
        sock = service.dial()
        sock.sendall(b"GET /agent HTTP/1.1\r\n")
        assert until_end(sock) == b""


def answered(service):
    """The reply to one more client, if its connection is accepted."""
    sock = service.dial()
    with suppress(ConnectionError):
        sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")
        return until_end(sock)
    return b""


@pytest.mark.parametrize(
    "limit",
    [
        "connections",
        "connections_per_address",
        "login_connections",
        "login_connections_per_address",
    ],
)
def test_connections(limited, limit):
    with limited(**{limit: 2}) as service:
        client = service.client()
        assert b"alive" in answered(service)
        service.client()
        assert answered(service) == b""
        assert client.ask("ping")["code"] == "0"


test_connections_per_address = test_connections
test_login_connections = test_connections
test_login_connections_per_address = test_connections


@pytest.mark.parametrize("limit", ["login_connections", "login_connections_per_address"])
def test_checked_in_connections_do_not_count_as_logging_in(limited, limit):
    with limited(**{limit: 2}) as service:
        service.at_work(), service.at_work(B)
        service.client(), service.client()
        # As many more as were checked in at once.
        service.client(), service.client()
        assert answered(service) == b""


def takes_over(client):
    client.checkin(reset=True)


def comes_and_goes(client):
    client.checkin(reset=True)
    assert client.ask("checkout")["code"] == "0"


@pytest.mark.parametrize("leaves", [takes_over, comes_and_goes])
@pytest.mark.parametrize("limit", ["login_connections", "login_connections_per_address"])
def test_a_connection_counts_as_logging_in_again_once_its_agent_has_left_it(limited, limit, leaves):
    with limited(**{limit: 2}) as service:
        for _ in range(3):
            leaves(service.client())
        # One more is expected, since one was checked in at once; here is another at work, or not.
        with suppress(ConnectionError):
            service.client()
        assert answered(service) == b""


def test_a_connection_that_closes_before_check_in_frees_its_slot(limited, monkeypatch):
    looking = Event()
    monkeypatch.setattr(Passwords, "verify", lambda *_: looking.wait())
    with limited(login_connections=1) as service:
        client = service.client()
        client.send("checkin", agent_pwd="right")
        client.sock.close()
        while not answered(service):
            gevent.sleep(0)
        looking.set()
        service.at_work(B)
        service.client(), service.client()
        assert answered(service) == b""


def test_messages_per_second(limited):
    with limited(messages_per_second=50) as service:
        client, other = service.client(), service.client(B)
        began = monotonic()
        for _ in range(60):
            client.protocol.send_text(b'{"msg_type":"ping","req_id":"1"}')
        client.flush()
        other.checkin()
        assert {client.next()["msg_type"] for _ in range(60)} == {"pong"}
        assert monotonic() - began > 0.15


def test_passwords_waiting(limited, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    looking = Event()
    monkeypatch.setattr(Passwords, "verify", lambda *_: looking.wait())
    with limited(passwords_waiting=1) as service:
        *waiting, last = [service.client(f"nobody{n}") for n in range(3)]
        for client in waiting:  # one is being looked at, one waits
            client.send("checkin", agent_pwd="wrong")
            assert client.ask("ping")["code"] == "0"
        assert last.ask("checkin", agent_pwd="wrong")["code"] == "5302"
        looking.set()


def test_login_seconds(tmp_path):
    with serving(tmp_path, timing={"login_seconds": 0.05}) as service:
        client = service.client()
        client.text(b'{"msg_type":"ping","req_id":"1"}')
        assert client.until_closed() == 1008


def test_login_seconds_run_again_once_an_agent_has_moved_to_another_connection(tmp_path):
    with serving(tmp_path, timing={"login_seconds": 0.05}) as service:
        client, other = service.at_work(), service.at_work(B)
        client.ask("checkout")
        service.client().checkin()
        assert client.until_closed() == 1008
        other.ask("checkout")
        other.checkin()  # where it was there is no haste


def test_idle_seconds(tmp_path):
    with serving(tmp_path, timing={"idle_seconds": 0.2}) as service:
        client = service.at_work()
        client.flush = lambda: None  # it does not even answer a ping
        assert client.until_closed() == 1008


# -- requests and passwords -----------------------------------------------------------------------


def test_requests_per_second(limited):
    with limited(requests_per_second=2) as service:
        client = service.at_work()
        asked = [client.send("get_status") for _ in range(40)]
        codes = [client.reply(req_id)["code"] for req_id in asked]
        assert set(codes) == {"0", "5302"}
        assert client.ask("ping")["code"] == "0"


def test_requests_in_flight(limited):
    with limited(requests_in_flight=1) as service:
        client = service.client("nobody")
        request = {"msg_type": "checkin", "company_code": COMPANY, "agent_id": "nobody"}
        for req_id in "12":  # both in one piece
            message = request | {"req_id": req_id, "agent_pwd": "wrong"}
            client.protocol.send_text(json.dumps(message).encode())
        client.sock.sendall(b"".join(client.protocol.data_to_send()))
        assert {client.next()["code"] for _ in "12"} == {"4004", "5302"}


def test_password_attempts_per_agent(limited):
    with limited(password_attempts_per_agent=1) as service:
        client, other = service.client(), service.client(B)
        told = [client.ask("checkin", agent_pwd="wrong")["code"] for _ in range(2)]
        assert told == ["4004", "5302"]
        other.checkin()


@pytest.mark.parametrize("field", ["agent_pwd", "aagent_pwd"])
def test_a_token_by_password_counts_as_a_check_in_does(limited, field):
    with limited(password_attempts_per_agent=1) as service:
        client = service.client()
        assert client.ask("get_token", **{field: "wrong"})["code"] == "4004"
        assert client.ask("get_token", agent_pwd="example")["code"] == "5302"
        assert client.ask("checkin", agent_pwd="example")["code"] == "5302"


def test_wrong_passwords_of_others_do_not_lock_out_an_agent_with_a_token(limited):
    with limited(password_attempts_per_agent=1) as service:
        client, neighbour = service.client(), service.client()
        token = client.checkin()["token"]
        told = [neighbour.ask("checkin", agent_pwd="wrong")["code"] for _ in range(2)]
        assert told == ["4004", "5302"]
        service.client().checkin(agent_pwd=None, token=token)


def test_password_attempts_per_address(limited):
    with limited(password_attempts_per_address=1) as service:
        assert service.client().ask("checkin", agent_pwd="wrong")["code"] == "4004"
        assert service.client(B).ask("checkin", agent_pwd="wrong")["code"] == "5302"


# -- clients that do not read, or were away -------------------------------------------------------


def back(service, client, token):
    """The agent comes back on a new connection, by its token and the last push that it knows."""
    last = client.pushes[0]
    again = service.client()
    again.checkin(agent_pwd=None, token=token, epoch=last["epoch"], seq=last["seq"])
    return again


@pytest.fixture
def narrow(monkeypatch):
    """The kernel keeps next to nothing of what a client does not read: else megabytes of answers
    would have to be made first, which a busy machine takes long for."""
    listens = StreamServer.get_listener

    def narrowed(*where, **how):
        sock = listens(*where, **how)
        sock.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)  # accepted connections inherit it
        return sock

    monkeypatch.setattr(StreamServer, "get_listener", staticmethod(narrowed))


def cut_off(limited, **limits):
    """An agent that stops reading is cut off, and others notice nothing; then it comes back and
    gets what it has missed."""
    with limited(requests_per_second=10**6, messages_per_second=10**6, **limits) as service:
        lazy, other = service.client(room=4096), service.at_work(B)
        token = lazy.checkin()["token"]
        lazy.push(lambda message: "seq" in message)
        lazy.send("change_status", action="MAKE_BUSY")
        lazy.sock.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)
        with suppress(OSError):
            while True:
                for _ in range(100):
                    lazy.protocol.send_text(b'{"req_id":"%b","msg_type":"ping"}' % (b"x" * 128))
                lazy.flush()
        assert other.ask("ping")["code"] == "0"
        again = back(service, lazy, token)
        missed = again.push(lambda message: message["msg_type"] == "agent_change")
        assert missed["agent_status"] == "BUSY"


def test_outbox_bytes(limited, narrow):
    cut_off(limited, outbox_bytes=1000)


def test_outbox_seconds(limited, narrow):
    cut_off(limited, outbox_bytes=10**9, outbox_seconds=0.05)


def test_history_pushes(limited):
    with limited(history_pushes=1) as service:
        client = service.client()
        token = client.checkin()["token"]
        for action in ("MAKE_BUSY", "MAKE_REST", "MAKE_FREE"):
            client.ask("change_status", action=action)
        client.leave()
        again = back(service, client, token)
        gap = again.push(lambda message: message["msg_type"] == "gap")
        assert (gap["from_seq"], gap["to_seq"]) == (2, 4)


# -- the switch -----------------------------------------------------------------------------------


def calls(client):
    assert client.ask("call", callee_number=OUTSIDE)["code"] == "0"


def ends(client):
    """The code that its call ends with."""
    return client.push(lambda message: message.get("phase") == "END_CALL")["code"]


def test_originates_in_flight(limited):
    with limited(originates_in_flight=1, reply_seconds=0.2) as service:
        first, second = service.at_work(), service.at_work(B)
        calls(first)
        calls(second)
        assert ends(second) == "5302"
        assert service.originates() == 1


def test_job_seconds(limited):
    with limited(originates_in_flight=1, job_seconds=0.05) as service:
        for client in (service.at_work(), service.at_work(B)):
            calls(client)
        service.switch.until(lambda: service.originates() == 2)


def test_reply_seconds(limited):
    with limited(reply_seconds=0.05) as service:
        client = service.at_work()
        service.switch.deaf = True
        calls(client)
        assert ends(client) == "5301"


def test_unreachable_seconds(limited):
    with limited(unreachable_seconds=0.05) as service:
        client = service.at_work()
        calls(client)
        service.switch.shut()
        for peer in service.switch.peers:
            peer.close()
        assert ends(client) == "5300"


def test_orphan_leg_seconds(limited):
    with limited(orphan_leg_seconds=7) as service:
        service.at_work()
        marks = {"company": COMPANY, "role": "customer", "number": NUMBER_OF_A}
        said = {f"variable_esl_bridge_{name}": value for name, value in marks.items()}
        service.switch.peers[0].event(
            {"Event-Name": "CHANNEL_PARK", "Unique-ID": "customer-1"} | said
        )
        service.switch.until(
            lambda: any(";park_timeout=7;" in line for line in service.switch.lines)
        )


def test_reconcile_seconds(limited):
    with limited(reconcile_seconds=0.1) as service:
        client = service.at_work()
        calls(client)  # and the switch has no such leg
        assert ends(client) == "5300"


def test_rejoin_seconds(limited):
    dump = {
        "variable_sip_destination_url": "<sip:x@y.invalid;transport=ws>",
        "variable_rtp_audio_in_packet_count": "5",  # and the number does not grow
    }
    with limited(rejoin_seconds=1) as service:
        client = service.at_work()
        contact = api("error/user_not_registered")
        service.switch.answers[f"api sofia_contact esl_bridge/{A}@esl-bridge.local"] = contact
        calls(client)
        leg = client.push(lambda message: message.get("phase") == "INITIATE")["uuid"]
        service.switch.answers[f"api uuid_dump {leg} json"] = api(json.dumps(dump))
        switch = service.switch.peers[0]
        switch.event({"Event-Name": "CHANNEL_ANSWER", "Unique-ID": leg})
        switch.event(
            {
                "Event-Name": "CUSTOM",
                "Event-Subclass": "sofia::unregister",
                "from-user": A,
                "from-host": "esl-bridge.local",
                "reason": "socket-disconnection",
            }
        )
        service.switch.until(
            lambda: any(f"uuid_kill {leg}" in line for line in service.switch.lines)
        )


def test_drain_seconds(limited):
    with limited(drain_seconds=0.1) as service:
        client = service.at_work()
        calls(client)
        service.switch.deaf = True
        leg = client.push(lambda message: message.get("phase") == "INITIATE")["uuid"]
        client.send("hangup", uuid=leg)
        service.switch.until(lambda: any("uuid_kill" in line for line in service.switch.lines))
        stopping = gevent.spawn(service.app.stop)
        assert client.until_closed() == 1012
        stopping.join()


# -- the end of the service -----------------------------------------------------------------------


def test_a_shutdown_answers_pending_requests_and_refuses_new_ones(limited):
    with limited(drain_seconds=DEADLINE) as service:
        client = service.at_work()
        calls(client)
        leg = client.push(lambda message: message.get("phase") == "INITIATE")["uuid"]
        killed = Event()

        def kill(_peer, line):
            killed.wait()
            return b"Content-Type: api/response\nContent-Length: 3\n\n+OK"

        service.switch.answers[f"api uuid_kill {leg} ORIGINATOR_CANCEL"] = kill
        hangup = client.send("hangup", uuid=leg)
        service.switch.heard(f"api uuid_kill {leg} ORIGINATOR_CANCEL")
        stopping = gevent.spawn(service.app.stop)
        gevent.sleep(0)
        assert client.ask("get_status")["code"] == "5303"
        assert service.app.health.why_not_ready() == "shutting down"
        killed.set()
        assert client.reply(hangup)["code"] == "0"
        assert client.until_closed() == 1012
        stopping.join()
