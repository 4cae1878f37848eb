"""One socket's send buffer: order, limits, and the end of a peer that does not read."""

import os

import gevent
import pytest
from gevent import socket
from gevent.event import Event

from esl_bridge.runtime.send_buffer import SendBuffer

DEADLINE = 10  # seconds after which a test that hangs is broken


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    with ours, theirs, gevent.Timeout(DEADLINE):
        yield ours, theirs


def read(sock, size):
    data = b""
    while len(data) < size and (more := sock.recv(65536)):
        data += more
    return data


def never():
    raise AssertionError("not stuck")


def test_data_that_the_kernel_accepts_is_sent_at_once(pair):
    ours, theirs = pair
    send_buffer = SendBuffer(ours, max_bytes=10, max_seconds=DEADLINE, on_stuck=never)
    send_buffer.send(b"more than ten bytes")
    assert send_buffer.empty
    assert theirs.recv(100) == b"more than ten bytes"


def test_waiting_data_is_sent_in_order_once_the_peer_reads(pair):
    ours, theirs = pair
    send_buffer = SendBuffer(ours, max_bytes=10_000_000, max_seconds=DEADLINE, on_stuck=never)
    messages = [bytes([number]) * 50_000 for number in range(20)]
    for message in messages:
        send_buffer.send(message)
    assert not send_buffer.empty
    assert read(theirs, 1_000_000) == b"".join(messages)
    assert send_buffer.empty


def test_held_data_is_sent_in_order_after_as_many_releases_as_holds(pair):
    ours, theirs = pair
    send_buffer = SendBuffer(ours, max_bytes=10_000_000, max_seconds=DEADLINE, on_stuck=never)
    messages = [bytes([number]) * 50_000 for number in range(20)]
    for number, message in enumerate(messages):
        if number in (5, 10):
            send_buffer.hold_back()
        send_buffer.send(message)
    assert read(theirs, 250_000) == b"".join(messages[:5])
    send_buffer.release()
    with gevent.Timeout(0.01, False):
        assert not theirs.recv(1)
    send_buffer.release()
    assert read(theirs, 750_000) == b"".join(messages[5:])
    assert send_buffer.empty


def test_held_data_is_sent_before_the_end(pair):
    ours, theirs = pair
    send_buffer = SendBuffer(ours, max_bytes=10, max_seconds=DEADLINE, on_stuck=never)
    send_buffer.hold_back()
    send_buffer.send(b"goodbye")
    send_buffer.finish()
    send_buffer.release()
    assert read(theirs, 100) == b"goodbye"


def test_held_data_is_dropped_when_the_buffer_closes(pair):
    ours, _ = pair
    send_buffer = SendBuffer(ours, max_bytes=10, max_seconds=DEADLINE, on_stuck=never)
    send_buffer.hold_back()
    send_buffer.send(b"nobody reads this")
    send_buffer.close()
    send_buffer.release()
    assert send_buffer.empty


def test_a_peer_that_reads_again_has_the_whole_time_limit_again(pair):
    ours, theirs = pair
    send_buffer = SendBuffer(ours, max_bytes=10_000_000, max_seconds=1.5, on_stuck=never)
    for _ in range(4):
        send_buffer.send(bytes(1_000_000))
        gevent.sleep(0.5)
        assert not send_buffer.empty
        read(theirs, 1_000_000)
        gevent.sleep(0)
        assert send_buffer.empty


def test_new_data_does_not_overtake_waiting_data(pair):
    ours, theirs = pair
    send_buffer = SendBuffer(ours, max_bytes=10_000_000, max_seconds=DEADLINE, on_stuck=never)
    send_buffer.send(bytes(1_000_000))
    read_now = len(os.read(theirs.fileno(), 1_000_000))  # without letting the buffer run
    send_buffer.send(b"last")
    rest = read(theirs, 1_000_004 - read_now)
    assert rest == bytes(1_000_000 - read_now) + b"last"


def test_a_send_leaves_the_readers_timeout_unchanged(pair):
    ours, theirs = pair
    ours.settimeout(7)
    send_buffer = SendBuffer(ours, max_bytes=10_000_000, max_seconds=DEADLINE, on_stuck=never)
    send_buffer.send(bytes(1_000_000))
    assert ours.gettimeout() == 7
    read(theirs, 1_000_000)
    assert ours.gettimeout() == 7


def test_a_peer_with_too_much_waiting_data_is_reported_once(pair):
    ours, _ = pair
    stuck = []
    send_buffer = SendBuffer(
        ours, max_bytes=200_000, max_seconds=DEADLINE, on_stuck=lambda: stuck.append(1)
    )
    for _ in range(100):
        send_buffer.send(bytes(50_000))
    assert stuck == [1]
    assert send_buffer.empty


def test_a_peer_that_reads_nothing_for_long_is_reported(pair):
    ours, _ = pair
    stuck = Event()
    send_buffer = SendBuffer(ours, max_bytes=10_000_000, max_seconds=0.05, on_stuck=stuck.set)
    send_buffer.send(bytes(1_000_000))
    assert stuck.wait(DEADLINE)
    assert send_buffer.empty


def test_a_peer_that_reads_slowly_is_not_cut_off(pair):
    """Cut off for that, it would come back for the same once more, and never get it."""
    ours, theirs = pair
    send_buffer = SendBuffer(ours, max_bytes=10_000_000, max_seconds=1.0, on_stuck=never)
    left = 400_000
    send_buffer.send(bytes(left))
    while left:
        gevent.sleep(0.07)
        left -= len(theirs.recv(20_000))


def test_a_finish_half_closes_the_socket_after_the_waiting_data(pair):
    ours, theirs = pair
    send_buffer = SendBuffer(ours, max_bytes=10_000_000, max_seconds=DEADLINE, on_stuck=never)
    send_buffer.send(bytes(1_000_000))
    send_buffer.finish()
    send_buffer.send(b"too late")
    assert read(theirs, 1_000_001) == bytes(1_000_000)
    theirs.sendall(b"still heard")
    assert ours.recv(100) == b"still heard"


def test_sending_to_a_closed_peer_raises_nothing(pair):
    ours, theirs = pair
    send_buffer = SendBuffer(ours, max_bytes=1, max_seconds=DEADLINE, on_stuck=never)
    theirs.close()
    send_buffer.send(b"to nobody")
    send_buffer.send(b"to nobody")
    send_buffer.close()
    assert send_buffer.empty


def test_a_peer_that_closes_while_data_waits_raises_nothing(pair):
    ours, theirs = pair
    send_buffer = SendBuffer(ours, max_bytes=10_000_000, max_seconds=DEADLINE, on_stuck=never)
    send_buffer.send(bytes(1_000_000))
    theirs.close()
    while not send_buffer.empty:
        gevent.sleep(0)
