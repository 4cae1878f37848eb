"""Gateways over TCP: both framings, mixed, many agents on a connection, and its end."""

import gevent
import pytest
from gevent import socket
from gevent.queue import Queue

from esl_bridge.config import Limits, Timing
from esl_bridge.protocol import framing
from esl_bridge.protocol.codec import Form
from esl_bridge.runtime.listener import Callbacks
from esl_bridge.runtime.tcp import TcpListener

DEADLINE = 10  # seconds; far above what any step needs


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(DEADLINE):
        yield


@pytest.fixture
def messages():
    return Queue()


@pytest.fixture
def closed():
    return Queue()


@pytest.fixture
def listener(messages, closed):
    callbacks = Callbacks(lambda *message: messages.put(message), closed.put, lambda: None)
    listener = TcpListener(("127.0.0.1", 0), Limits(message_bytes=1000), Timing(), callbacks)
    listener.start()
    yield listener
    listener.stop(0)


@pytest.fixture
def gateway(listener):
    with socket.create_connection(listener.address) as gateway:
        yield gateway


def all_of(sock):
    text = b""
    while data := sock.recv(65536):
        text += data
    return text


FRAMES = [
    (framing.write(b'{"a":1}', is_line=False), b'{"a":1}', Form.JSON, False),
    (b'{"a":2}\r\n', b'{"a":2}', Form.JSON, True),
    (framing.write(b"\x81\xa1a\x03", is_line=False), b"\x81\xa1a\x03", Form.MSGPACK, False),
]


def test_a_reply_is_framed_as_the_latest_message(gateway, messages):
    for sent, data, form, is_line in FRAMES:
        gateway.sendall(sent)
        connection, got, got_form = messages.get()
        assert (got, got_form) == (data, form)
        assert connection.form is form
        connection.send(data)
        answer = framing.write(data, is_line=is_line)
        assert gateway.recv(100) == answer


def test_frames_in_one_segment_keep_their_order(gateway, messages):
    gateway.sendall(b"".join(frame[0] for frame in FRAMES))
    assert [messages.get()[1] for _ in FRAMES] == [frame[1] for frame in FRAMES]


def test_a_frame_that_is_too_long_ends_the_connection_after_earlier_frames(
    listener, gateway, messages, closed, capfd
):
    gateway.sendall(FRAMES[0][0] + b"\0\0\x04\0" + FRAMES[1][0])
    assert all_of(gateway) == b""
    connection = messages.get()[0]
    gateway.close()
    assert closed.get() is connection
    assert messages.empty()
    listener.stop(DEADLINE)
    assert capfd.readouterr().err == ""  # where a greenlet that fails is reported


def test_closing_sends_earlier_messages_and_reads_no_more(gateway, messages, closed):
    gateway.sendall(FRAMES[1][0])
    connection = messages.get()[0]
    connection.send(b'{"last":1}')
    connection.close(1012, "restart")
    connection.send(b'{"late":1}')
    assert all_of(gateway) == b'{"last":1}\n'
    gateway.sendall(FRAMES[1][0])
    assert closed.get() is connection
    assert messages.empty()


def test_a_gateway_that_disconnects_is_reported(gateway, messages, closed):
    gateway.sendall(FRAMES[0][0])
    connection = messages.get()[0]
    gateway.close()
    assert closed.get() is connection
