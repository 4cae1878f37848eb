"""The console, against a service of its own that answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from esl_bridge import console

COMPANY, AGENT = "90001", "90001_20000"


class Service:
    """Answers each request with its own fields, and then pushes what is to be told."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.pushes: list[str] = []
        self.closes_after = 99

    def __call__(self, connection: ServerConnection) -> None:
        for text in connection:
            request = json.loads(text)
            self.requests.append(request)
            reply = {"msg_type": request["msg_type"], "req_id": request["req_id"], "code": "0"}
            connection.send(json.dumps(reply | {"uuid": f"call-{len(self.requests)}"}))
            for push in self.pushes:
                connection.send(push)
            if len(self.requests) >= self.closes_after:
                return


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def url(service: Service) -> Iterator[str]:
    with serve(service, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield "ws://{}:{}/agent".format(*server.socket.getsockname())
        server.shutdown()


def type_in(url: str, *lines: str) -> int:
    return console.console(url, COMPANY, AGENT, lines)


def test_a_typed_line_is_sent_as_a_request_of_the_agent(url, service):
    assert type_in(url, "checkin agent_pwd=example", 'call callee_number="138 1" out_line:=0') == 0
    envelope = {"company_code": COMPANY, "agent_id": AGENT}
    assert service.requests == [
        {"msg_type": "checkin", "req_id": "1", "agent_pwd": "example"} | envelope,
        {"msg_type": "call", "req_id": "2", "callee_number": "138 1", "out_line": 0} | envelope,
    ]


def test_a_whole_message_may_be_typed_too(url, service):
    type_in(url, '{"msg_type": "ping", "agent_id": "another"}')
    assert service.requests[0]["agent_id"] == "another"
    assert service.requests[0]["company_code"] == COMPANY


def test_the_latest_uuid_can_be_typed_by_its_name(url, service):
    service.pushes = ['{"msg_type": "callin", "seq": 1, "uuid": "call-of-a-customer"}']
    lines = iter(["call callee_number=1", "hangup uuid=UUID"])

    def slowly() -> Iterator[str]:
        yield next(lines)
        until(lambda: told == 2)
        yield next(lines)

    told = 0
    heard = console._Talk._heard

    def count(talk: Any, text: str) -> None:
        nonlocal told
        heard(talk, text)
        told += 1

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(console._Talk, "_heard", count)
        console.console(url, COMPANY, AGENT, slowly())
    assert service.requests[1]["uuid"] == "call-of-a-customer"


def until(is_so: Any) -> None:
    clock = threading.Event()
    for _ in range(1000):
        if is_so():
            return
        clock.wait(0.01)
    raise AssertionError("never so")


def test_each_message_is_shown_whole(url, service, capsys):
    long = "x" * 5000
    service.pushes = [json.dumps({"msg_type": "callin", "seq": 1, "flow_data": long})]
    type_in(url, "ping", "ping")
    shown = capsys.readouterr().out.splitlines()
    assert json.loads(next(line[2:] for line in shown if "callin" in line))["flow_data"] == long


def test_a_callers_text_does_not_control_the_terminal(url, service, capsys):
    service.pushes = [json.dumps({"seq": 1, "caller_number": "\x9b31mred\u202e"})]
    type_in(url, "ping", "ping")
    shown = capsys.readouterr().out
    assert "\\u009b31mred\\u202e" in shown
    assert "\x9b" not in shown and "\u202e" not in shown


@pytest.mark.parametrize("line", ["call 138", 'call "138', "call out_line:=x", "{", ""])
def test_a_malformed_line_is_not_sent(url, service, line, capsys):
    assert type_in(url, line) == 0
    assert service.requests == []
    assert capsys.readouterr().out.count("?") == bool(line)


def test_a_missing_password_is_prompted_for(url, service, monkeypatch):
    monkeypatch.setattr(console, "getpass", lambda: "secret")
    type_in(url, "checkin")
    assert service.requests[0]["agent_pwd"] == "secret"


def test_the_end_of_the_connection_is_reported(url, service, capsys):
    service.closes_after = 1

    def slowly() -> Iterator[str]:
        yield "ping"
        until(lambda: "closed" in "".join(shown()))
        yield "ping"

    said: list[str] = []

    def shown() -> list[str]:
        said.append(capsys.readouterr().out)
        return said

    assert console.console(url, COMPANY, AGENT, slowly()) == 1
    assert len(service.requests) == 1


def test_the_console_sends_pings_without_showing_them(url, service, monkeypatch, capsys):
    monkeypatch.setattr(console, "_PING_SECONDS", 0.01)

    def slowly() -> Iterator[str]:
        until(lambda: len(service.requests) > 3)
        yield from ()

    console.console(url, COMPANY, AGENT, slowly())
    assert {request["msg_type"] for request in service.requests} == {"ping"}
    assert "<" not in capsys.readouterr().out
