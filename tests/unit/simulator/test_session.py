"""The ESL protocol, byte by byte, without a socket."""

from __future__ import annotations

import json

import pytest

from esl_bridge.simulator.session import Accounts, Session, User
from tests.unit.simulator.world import World

LIMITED = User("secret", frozenset({"status", "bgapi", "msleep"}), frozenset({"DTMF"}))


class Client:
    def __init__(self, world: World, login: str = "auth ClueCon") -> None:
        self.read = b""
        self.closed = False
        accounts = Accounts(users=(("esl@x", LIMITED),))
        self.session = Session(world.switch, accounts, self._read, self._closed)
        self.session.open()
        self.send(login)

    def _read(self, data: bytes) -> None:
        self.read += data

    def _closed(self) -> None:
        self.closed = True

    def send(self, text: str) -> str:
        """Send a command; returns what was written at once."""
        self.read = b""
        self.session.receive(text.encode() + b"\n\n")
        return self.read.decode()


def test_a_session_greets_and_authenticates(world: World) -> None:
    client = Client(world, "\n\n")
    assert (
        client.send("api status")
        == "Content-Type: command/reply\nReply-Text: -ERR command not found\n\n"
    )
    assert "Reply-Text: +OK accepted\n" in client.send("auth ClueCon")


def test_a_wrong_password_closes_the_connection(world: World) -> None:
    client = Client(world, "auth wrong")
    assert b"-ERR invalid" in client.read and b"text/disconnect-notice" in client.read
    assert client.closed


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("foo", "Reply-Text: -ERR command not found"),
        ("event plain NOSUCH", "Reply-Text: -ERR no keywords supplied"),
        ("event json DTMF", "Reply-Text: +OK event listener enabled json"),
        ("api nosuch", "\n\n-ERR nosuch Command not found!\n"),
        ("api uuid_exists x", "Content-Length: 5\n\nfalse"),
        ("sendmsg nosuch\ncall-command: hangup", "Reply-Text: -ERR invalid session id [nosuch]"),
    ],
)
def test_commands_have_the_replies_of_the_real_switch(
    world: World, command: str, reply: str
) -> None:
    assert reply in Client(world).send(command)


def test_a_blank_line_in_an_argument_is_a_second_command(world: World) -> None:
    answer = Client(world).send("api uuid_exists 1\n\napi global_setvar pwned=1")
    assert answer.count("Content-Type: api/response") == 2
    assert world.api("global_getvar pwned") == "1"


def test_commands_are_read_from_pieces_of_any_size(world: World) -> None:
    client = Client(world)
    client.read = b""
    for byte in b"api uuid_exists x\r\n\r\n\napi uuid_exists y\n\n":
        client.session.receive(bytes([byte]))
    assert client.read.count(b"false") == 2


def test_the_reply_to_a_job_is_sent_before_the_event_of_its_result(world: World) -> None:
    client = Client(world)
    client.send("event plain BACKGROUND_JOB")
    reply = client.send("bgapi uuid_exists x\nJob-UUID: mine")
    assert reply.endswith("Reply-Text: +OK Job-UUID: mine\nJob-UUID: mine\n\n")
    client.read = b""
    world.run()
    assert client.read.decode().endswith("Content-Length: 5\n\nfalse")


def test_a_jobs_result_reaches_other_subscribers_after_its_connection_has_closed(
    world: World,
) -> None:
    first, second = Client(world), Client(world)
    second.send("event json BACKGROUND_JOB")
    first.send("bgapi msleep 1500\nJob-UUID: mine")
    first.send("exit")
    world.run(2)
    assert json.loads(second.read.rpartition(b"\n\n")[2])["Job-UUID"] == "mine"


def test_events_wait_while_an_api_command_blocks_the_connection(world: World) -> None:
    client, watcher = Client(world), Client(world)
    for one in (client, watcher):
        one.send("event plain CHANNEL_CREATE")
    world.sim("phone bob auto 2000")
    assert client.send("api originate user/bob@esl-bridge.local &park()") == ""
    world.run(1)
    assert watcher.read and not client.read
    world.run(2)
    assert client.read.index(b"+OK ") < client.read.index(b"CHANNEL_CREATE")


def test_each_connection_has_its_own_subscription_and_format(world: World) -> None:
    plain, typed, deaf = Client(world), Client(world), Client(world)
    plain.send("event plain CHANNEL_CREATE CUSTOM sofia::register")
    typed.send("event json CHANNEL_CREATE")
    world.sim("call 1 evil%0AUnique-ID:%20spoofed to_ann")
    world.sim("phone bob register")
    for client in (plain, typed, deaf):
        client.read = b""
    world.run(0.01)
    assert b"Caller-Caller-ID-Name: evil%0AUnique-ID%3A%20spoofed\n" in plain.read
    assert b"sofia%3A%3Aregister" in plain.read and b"sofia" not in typed.read.split(b"\n\n")[0]
    assert b'"Caller-Caller-ID-Name": "evil\\nUnique-ID: spoofed"' in typed.read
    assert deaf.read == b""


@pytest.mark.parametrize(
    ("command", "allowed"),
    [
        ("api status", True),
        ("api version", False),
        ("bgapi msleep 1", True),
        ("bgapi version", False),
        ("api bgapi msleep 1", True),
        ("api bgapi version", False),
        ("api bgapi uuid:mine msleep 1", False),
        ("event json DTMF", True),
        ("event json DTMF CUSTOM sofia::register", False),
    ],
)
def test_a_restricted_user_may_run_its_allowed_commands_only(
    world: World, command: str, allowed: bool
) -> None:
    reply = Client(world, "userauth esl@x:secret").send(command)
    assert ("Reply-Text: -ERR permission denied" in reply) is not allowed
