"""The agents' port: handshakes, frames of both forms, limits, endings, endpoints."""

import base64
import json
import socket as blocking_socket
import ssl
import struct
import subprocess
import time
from contextlib import closing, contextmanager, suppress
from importlib.resources import files

import gevent
import pytest
from gevent import socket
from gevent import ssl as gevent_ssl
from gevent.queue import Queue
from websockets.frames import Opcode

from esl_bridge.config import Limits, Timing
from esl_bridge.protocol.codec import Form
from esl_bridge.runtime.http_endpoints import endpoints
from esl_bridge.runtime.listener import Callbacks, tls_context
from esl_bridge.runtime.metrics import Metrics
from esl_bridge.runtime.proxies import Proxies
from esl_bridge.runtime.websocket import WebSocketListener, is_reference_path
from tests.unit.runtime.clients import WebSocket, get
from tests.unit.runtime.service import serving as whole_service

DEADLINE = 10  # seconds; far above what any step needs


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(DEADLINE):
        yield


class Service:
    """A listener that records its callbacks; ``readiness``: what readyz reports as missing."""

    def __init__(self, tls=None, origins=(), proxies=(), limits=None, **timing):
        self.messages, self.closed, self.slow = Queue(), Queue(), Queue()
        self.clients = []
        self.readiness = ""
        self.metrics = Metrics(["ping"])
        self.listener = WebSocketListener(
            ("127.0.0.1", 0),
            Limits(**limits or {}),
            Timing(**timing),
            Callbacks(self.on_message, self.closed.put, lambda: self.slow.put(True)),
            tls,
            endpoints=endpoints(lambda: self.readiness, self.metrics.registry),
            origins=origins,
            proxies=Proxies(proxies),
        )

    def on_message(self, connection, data, form):
        self.messages.put((connection, data, form))
        if data == b"close":
            connection.close(1012)
        if data == b"fail":
            raise RuntimeError("nobody foresaw this")

    def message(self):
        return self.messages.get()

    def client(self, *arguments, **options):
        self.clients.append(WebSocket(self.listener.address, *arguments, **options))
        return self.clients[-1]


@contextmanager
def serving(**options):
    service = Service(**options)
    service.listener.start()
    service.address = service.listener.address
    yield service
    for client in service.clients:
        client.sock.close()
    service.listener.stop(0)


@pytest.fixture
def service():
    with serving() as service:
        yield service


# Handshake


def reference_path(value, segment="msg"):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return f"/{segment}/{base64.urlsafe_b64encode(text).decode()}"


UPGRADE = (
    b"GET /agent HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)
HELLO = {"agent_id": "90001_20000", "company_code": "90001", "os": "Windows>?"}


def test_a_client_is_accepted_without_a_message(service):
    client = service.client()
    assert client.response.status_code == 101
    client.text(b"{}")
    connection, data, form = service.message()
    assert (data, form) == (b"{}", Form.JSON)
    assert (connection.address, connection.tls, connection.language) == ("127.0.0.1", False, None)


@pytest.mark.parametrize("ending", ["", "?x=1"])
@pytest.mark.parametrize("path", [reference_path(HELLO), reference_path(HELLO).rstrip("=")])
def test_a_client_of_the_reference_path_gets_a_connect_message(service, path, ending):
    client = service.client(path + ending)
    assert client.response.status_code == 101
    assert json.loads(client.message()) == {
        "msg_type": "connect",
        "code": "0",
        "msg": "连接成功",
    }


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/agents",
        "/agent/",
        "/msg/",
        "//",
        "/msg/%%%",
        "/msg/" + "A" * 4000,
        reference_path(HELLO).replace("/msg/", "/msg/!!!!"),
        reference_path(b"[]"),
        reference_path(b"\xff"),
        reference_path({"agent_id": "1"}),
        reference_path(HELLO) + "/more",
        reference_path(HELLO, segment=""),
        reference_path(HELLO)[4:],
    ],
)
def test_every_other_path_is_not_found(service, path):
    assert not is_reference_path(path)
    assert service.client(path).response.status_code == 404


def test_the_language_header_sets_the_language(service):
    client = service.client(headers=[("language", "en_US")])
    client.text(b"{}")
    assert service.message()[0].language == "en_US"


@pytest.mark.parametrize(
    ("query", "headers", "language"),
    [
        ("?LANGUAGE=en-US", [], "en-US"),
        ("?a=b&LANGUAGE=zh-CN", [], "zh-CN"),
        ("?LANGUAGE=en-US", [("LANGUAGE", "zh-CN")], "zh-CN"),
        ("?LANGUAGE=", [], None),
        ("?language=en-US", [], None),
    ],
)
def test_a_browser_names_its_language_in_the_address(service, query, headers, language):
    client = service.client("/agent" + query, headers=headers)
    client.text(b"{}")
    assert service.message()[0].language == language


def origin(value):
    return [("Origin", value)]


@pytest.mark.parametrize(
    ("allowed", "given", "status"),
    [
        ([], "http://{host}", 101),
        ([], "https://{host}", 101),
        ([], "http://evil.example", 403),
        ([], "http://{host}.evil.example", 403),
        ([], "null", 403),
        ([], "http://[", 403),
        (["https://desk.example"], "https://desk.example", 101),
        (["https://desk.example"], "http://desk.example", 403),
        (["https://desk.example"], "http://{host}", 403),
    ],
)
def test_a_browser_must_have_an_allowed_origin(allowed, given, status):
    with serving(origins=allowed) as service:
        host = "{}:{}".format(*service.address)
        client = service.client(headers=origin(given.format(host=host)))
        assert client.response.status_code == status


def test_a_second_origin_header_is_refused(service):
    headers = [*origin("http://{}:{}".format(*service.address)), *origin("http://evil.example")]
    assert service.client(headers=headers).response.status_code == 400


def test_compression_is_not_offered(service):
    offer = [("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")]
    client = service.client(headers=offer)
    assert client.response.status_code == 101
    assert "Sec-WebSocket-Extensions" not in client.response.headers


def test_a_plain_get_of_the_agents_path_is_answered_upgrade_required(service):
    assert get(service.address, "/agent")[0] == 426


def test_a_handshake_that_takes_too_long_is_cut_off():
    with serving(limits={"handshake_seconds": 0.05}) as service, dial(service) as sock:
        sock.sendall(b"GET /agent HTTP/1.1\r\n")
        assert sock.recv(100) == b""


@pytest.mark.parametrize("text", [b"\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\n", b"GET /\r\n\r\n"])
def test_a_connection_that_sends_no_http_is_dropped(service, text):
    with dial(service) as sock:
        sock.sendall(text)
        assert sock.recv(100) == b""


def test_a_client_that_sends_frames_before_the_handshake_reply_is_dropped(service):
    with dial(service) as sock:
        sock.sendall(UPGRADE + raw_frame(0x81, b"{}")[:3])
        while sock.recv(1000):
            pass
    assert service.closed.empty()


@pytest.mark.parametrize("limit", ["connections_per_address", "connections"])
def test_connections_beyond_the_limits_are_refused(limit):
    with serving(limits={limit: 2}) as service:
        first, second = service.client(), service.client()
        with dial(service) as third, suppress(ConnectionError):
            third.sendall(UPGRADE)
            assert third.recv(100) == b""
        first.protocol.send_close(1000)
        first.flush()
        first.until_closed()
        first.sock.close()
        while service.client().response is None:  # until its place is free
            gevent.sleep(0)
        assert second.response.status_code == 101


def dial(service):
    return socket.create_connection(service.address)


# Messages


def test_a_message_has_the_form_of_the_clients_latest_message(service):
    client = service.client()
    for send, opcode, form in [
        (client.text, Opcode.TEXT, Form.JSON),
        (client.binary, Opcode.BINARY, Form.MSGPACK),
        (client.text, Opcode.TEXT, Form.JSON),
    ]:
        send(b"\x81") if form is Form.MSGPACK else send(b"[1]")
        connection, data, got = service.message()
        assert got is connection.form is form
        connection.send(data)
        frame = client.frame()
        assert (frame.opcode, bytes(frame.data)) == (opcode, data)


def test_fragments_with_a_ping_between_them_are_one_message(service):
    client = service.client()
    client.text('{"a":"é'.encode()[:-1], fin=False)
    client.protocol.send_ping(b"there?")
    client.protocol.send_continuation("é".encode()[1:], fin=False)
    client.protocol.send_continuation(b'"}', fin=True)
    client.flush()
    assert service.message()[1] == '{"a":"é"}'.encode()
    frame = client.frame()
    assert (frame.opcode, bytes(frame.data)) == (Opcode.PONG, b"there?")
    client.text(b"next")
    assert service.message()[1] == b"next"


def test_messages_keep_their_order(service):
    client = service.client()
    for number in range(500):
        client.text(str(number).encode())
    assert [service.message()[1] for _ in range(500)] == [str(n).encode() for n in range(500)]


# Endings


def test_a_close_frame_is_returned_and_reported_once(service):
    client = service.client()
    client.text(b"{}")
    connection = service.message()[0]
    client.protocol.send_close(1000, "bye")
    client.flush()
    assert client.until_closed() == 1000
    assert service.closed.get() is connection
    connection.send(b"too late")
    connection.close(1011)
    assert service.listener.connections == set()


def test_a_message_right_before_the_close_frame_is_read(service):
    client = service.client()
    client.protocol.send_text(b"checkout")
    client.protocol.send_close(1000)
    client.flush()
    assert client.until_closed() == 1000
    connection, data, _ = service.message()
    assert data == b"checkout"
    assert service.closed.get() is connection


def test_a_connection_that_the_service_closed_is_not_read(service):
    client = service.client()
    for _ in range(3):
        client.protocol.send_text(b"close")
    client.flush()
    assert client.until_closed() == 1012
    assert service.message()[1] == b"close"
    assert service.messages.empty()


def test_a_dropped_connection_is_reported(service):
    client = service.client()
    client.text(b"{}")
    connection = service.message()[0]
    client.sock.close()
    assert service.closed.get() is connection


def test_an_unhandled_error_ends_its_own_connection_only(service, capfd):
    unlucky, other = service.client(), service.client()
    unlucky.text(b"fail")
    assert service.closed.get() is service.message()[0]
    assert unlucky.sock.recv(100) == b""
    other.text(b"{}")
    assert service.message()[1] == b"{}"
    assert "nobody foresaw this" in capfd.readouterr().err


def test_closing_sends_the_code_and_reason_after_earlier_messages(service):
    client = service.client()
    client.text(b"{}")
    connection = service.message()[0]
    connection.send(b"last")
    connection.close(1012, "restart")
    connection.send(b"too late")
    assert client.message() == b"last"
    assert client.until_closed() == 1012
    assert client.protocol.close_reason == "restart"
    assert service.closed.get() is connection


def test_a_client_that_returns_no_close_frame_sees_the_end(service):
    client = service.client()
    client.text(b"{}")
    service.message()[0].close(1012)
    received = b""
    while data := client.sock.recv(100):
        received += data
    assert received == b"\x88\x02\x03\xf4"  # nothing but a close frame that says 1012


def test_stopping_closes_all_connections_with_1012(service):
    clients = [service.client() for _ in range(3)]
    gevent.spawn(service.listener.stop, DEADLINE)
    assert [client.until_closed() for client in clients] == [1012] * 3
    with pytest.raises(OSError):
        dial(service)


def raw_frame(first_byte, payload, length=None):
    size = len(payload) if length is None else length
    mask = b"\0\0\0\0"
    if size < 126:
        return bytes([first_byte, 0x80 | size]) + mask + payload
    return bytes([first_byte, 0xFF]) + size.to_bytes(8, "big") + mask + payload


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (raw_frame(0x81, b"", length=2**63 - 1), 1009),
        (raw_frame(0x81, b"", length=65_537), 1009),
        (raw_frame(0x01, b"x" * 40_000) + raw_frame(0x80, b"x" * 40_000), 1009),
        (raw_frame(0x81, b'"\xff"'), 1007),
        (raw_frame(0x81, b"\xed\xa0\x80"), 1007),
        (raw_frame(0x80, b"no beginning"), 1002),
        (raw_frame(0x83, b"no such opcode"), 1002),
        (raw_frame(0xC1, b"a compressed frame"), 1002),
        (b"\x81\x02{}", 1002),  # not masked
        (raw_frame(0x88, b"\x03\xed"), 1002),  # 1005 is no code to send
    ],
)
def test_a_bad_frame_ends_the_connection_with_its_code(service, data, code):
    client = service.client()
    client.sock.sendall(data + raw_frame(0x81, b"after"))
    assert client.until_closed() == code
    service.closed.get()
    assert service.messages.empty()


def test_a_silent_connection_is_closed():
    with serving(idle_seconds=0.05) as service:
        client = service.client()
        client.flush = lambda: None  # it does not even answer a ping
        assert client.until_closed() == 1008


def test_a_client_that_only_answers_pings_stays_connected():
    with serving(idle_seconds=0.3, login_seconds=DEADLINE) as service:
        client = service.client()
        for _ in range(6):  # twice the idle time
            assert client.frame().opcode is Opcode.PING
        client.text(b"{}")
        assert service.message()[1] == b"{}"


def test_a_client_that_talks_is_not_pinged():
    with serving(idle_seconds=0.9) as service:
        client = service.client()
        for _ in range(10):
            client.text(b"{}")
            service.message()[0].send(b"answer")
            assert client.frame().opcode is Opcode.TEXT
            gevent.sleep(0.05)


def test_messages_that_arrive_while_the_service_is_blocked_count_as_activity():
    with serving(idle_seconds=0.2) as service:
        client = service.client()
        client.text(b"before")
        service.message()
        client.text(b"meanwhile")
        time.sleep(0.3)  # nobody else runs
        assert service.message()[1] == b"meanwhile"
        client.text(b"after")
        assert service.message()[1] == b"after"


def test_a_ping_counts_as_activity(service):
    client = service.client()
    client.text(b"{}")
    connection = service.message()[0]
    due = connection.due()
    client.protocol.send_ping(b"")
    client.flush()
    assert client.frame().opcode is Opcode.PONG
    assert connection.due() > due


def test_a_client_that_only_pings_and_never_checks_in_is_closed():
    with serving(login_seconds=0.2, idle_seconds=DEADLINE) as service:
        client = service.client()
        pinging = gevent.spawn(ping_until_closed, client)
        assert client.until_closed() == 1008
        pinging.kill()


def ping_until_closed(client):
    while True:
        client.protocol.send_ping(b"")
        client.flush()
        gevent.sleep(0.02)


def test_a_connection_with_a_checked_in_agent_stays_open():
    with serving(login_seconds=DEADLINE, idle_seconds=10 * DEADLINE) as service:
        client = service.client()
        client.text(b"checkin")
        connection = service.message()[0]
        login_by = connection.due()
        client.text(b"not yet")
        service.message()
        assert connection.due() == login_by
        connection.checked_in.add("90001_20000")
        assert connection.due() > login_by
        connection.checked_in.clear()
        assert connection.due() > login_by


@pytest.mark.parametrize(
    "limits",
    [{"outbox_bytes": 100_000}, {"outbox_seconds": 0.05}],
    ids=["too much", "too long"],
)
def test_a_client_that_does_not_read_is_cut_off_alone(limits):
    with serving(limits=limits) as service:
        lazy, eager = service.client(), service.client()
        lazy.text(b"lazy")
        connection = service.message()[0]
        eager.text(b"eager")
        other = service.message()[0]
        while service.slow.empty():
            connection.send(b"x" * 60_000)
            gevent.sleep(0)
        assert service.closed.get() is connection
        other.send(b"still here")
        assert eager.message() == b"still here"


def test_unread_messages_of_a_client_that_was_cut_off_are_dropped():
    with serving(limits={"outbox_bytes": 1}) as service:
        client = service.client()
        for _ in range(20):
            client.protocol.send_text(b"x" * 4000)
        client.flush()
        connection = service.message()[0]
        connection.send(b"x" * 10_000_000)
        assert service.closed.get() is connection
        assert service.messages.qsize() < 10


# Pages


def test_healthz_reports_the_process_alone(service):
    service.readiness = "no link to the switch"
    assert get(service.address, "/healthz")[::2] == (200, b"alive\n")


def test_the_specification_is_a_page_that_may_load_nothing(service):
    status, headers, body = get(service.address, "/docs/")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert b"<script" not in body
    assert b"consult_to_trans" in body


def test_the_specification_is_found_without_its_last_slash(service):
    status, headers, _ = get(service.address, "/docs")
    assert (status, headers["Location"]) == (301, "/docs/")


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("esl-bridge.js", "text/javascript; charset=utf-8"),
        ("messages.d.ts", "text/plain; charset=utf-8"),
    ],
)
def test_the_client_for_browsers_may_be_imported_by_any_page(service, name, content_type):
    status, headers, body = get(service.address, f"/sdk/{name}")
    assert (status, headers["Content-Type"]) == (200, content_type)
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert body == files("esl_bridge").joinpath("web", "sdk", name).read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "/sdk",
        "/sdk/",
        "/sdk/other.js",
        "/sdk//esl-bridge.js",
        "/sdk/./esl-bridge.js",
        "/sdk/../sdk/esl-bridge.js",
        "/sdk/../../cli.py",
        "/sdk/%2e%2e/%2e%2e/cli.py",
        "/sdk/..%2f..%2fcli.py",
        "/sdk/esl-bridge.js%00",
        "/sdk/esl-bridge.js/",
        "/SDK/esl-bridge.js",
    ],
)
def test_no_other_path_leads_to_a_file(service, path):
    assert get(service.address, path)[0] == 404


def test_readyz_says_what_is_missing(service):
    assert get(service.address, "/readyz")[::2] == (200, b"ready\n")
    service.readiness = "no link to the switch"
    assert get(service.address, "/readyz?x")[::2] == (503, b"no link to the switch\n")


def test_metrics_are_prometheus_text(service):
    service.metrics.answered("ping", "0", 0.001)
    status, headers, body = get(service.address, "/metrics")
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain")
    assert int(headers["Content-Length"]) == len(body)
    assert b'esl_bridge_requests_total{code="0",msg_type="ping"} 1.0' in body


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/../etc/passwd", 404), ("DELETE", "/metrics", 405)],
)
def test_other_paths_and_methods_are_refused(service, method, path, status):
    assert get(service.address, path, method)[0] == status


# TLS


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pem")
    certificate, key = str(folder / "cert.pem"), str(folder / "key.pem")
    subject = ["-subj", "/CN=localhost", "-days", "2", "-nodes"]
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-keyout", key, "-out", certificate]
    subprocess.run(new + subject, check=True, capture_output=True)
    return certificate, key


def over_tls(service):
    context = gevent_ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(dial(service))


def test_tls_carries_messages_of_any_size_and_the_close_frame(pem, capfd):
    with serving(tls=tls_context(*pem), limits={"outbox_bytes": 10_000_000}) as service:
        client = service.client(sock=over_tls(service))
        client.text(b"{}")
        connection = service.message()[0]
        assert connection.tls
        connection.send(b"x" * 900_000)
        connection.close(1012)
        assert client.message() == b"x" * 900_000
        assert client.until_closed() == 1012
        client.sock.close()
        assert service.closed.get() is connection
    assert capfd.readouterr().err == ""  # where a greenlet that fails is reported


def test_a_message_that_fills_several_tls_records_arrives_whole(pem):
    with serving(tls=tls_context(*pem)) as service:
        client = service.client(sock=over_tls(service))
        client.text(b"x" * 60_000)
        assert service.message()[1] == b"x" * 60_000


def test_gateways_may_use_tls(pem, tmp_path):
    listen = {"agents": "127.0.0.1:0", "gateways": "localhost:0"}
    listen |= dict(zip(("certificate", "key"), pem, strict=True))
    with whole_service(tmp_path, listen=listen) as whole:
        for listener in whole.app.listeners:
            with over_tls(listener) as sock:
                assert sock.version() >= "TLSv1.2"


def test_a_tls_handshake_that_takes_too_long_is_cut_off(pem):
    limits = {"handshake_seconds": 0.05}
    with serving(tls=tls_context(*pem), limits=limits) as service, dial(service) as sock:
        assert sock.recv(100) == b""


@pytest.mark.parametrize("said", [b"", b"GET "])
def test_a_client_that_disconnects_during_the_handshake_logs_no_error(pem, capfd, said):
    """As scanners and the probes of load balancers are, all day long."""
    with serving(tls=tls_context(*pem)) as service:
        with closing(blocking_socket.create_connection(service.address)) as sock:
            sock.sendall(said)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        service.client(sock=over_tls(service))
    assert capfd.readouterr().err == ""


def test_plain_text_on_a_tls_port_is_dropped(pem):
    with serving(tls=tls_context(*pem)) as service, dial(service) as sock:
        sock.sendall(b"GET /agent HTTP/1.1\r\n\r\n")
        with suppress(ConnectionResetError):
            while sock.recv(100):
                pass
        assert service.listener.connections == set()
