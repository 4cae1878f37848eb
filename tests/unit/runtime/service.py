"""The whole service in this process: its files, its listeners, and a scripted switch beside it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml
from argon2 import PasswordHasher
from gevent import socket

from esl_bridge.app import App, build
from esl_bridge.config import load
from tests.builders import as_listed, as_registered
from tests.specified import Conversation
from tests.unit.runtime.clients import WebSocket
from tests.unit.runtime.fake_switch import FakeSwitch, api

COMPANY, OUTSIDE = "90001", "13107618845"
A, B = "90001_20000", "90001_20001"
NUMBER_OF_A = "40010002"
AGENT_PASSWORD, PHONE_PASSWORD, SWITCH_PASSWORD = "agent-secret", "phone-secret", "switch-secret"
# As weak as argon2 gets: the tests are not about its strength.
HASH = PasswordHasher(1, 8, 1).hash(AGENT_PASSWORD)


def company() -> dict[str, Any]:
    return {
        "external": {
            "dial": "sofia/gateway/carrier/{number}",
            "caller_id": "40010001",
            "allowed": [r"1\d{10}"],
        },
        "numbers": {NUMBER_OF_A: {"agent": A}},
        "extensions": {name: {"password": PHONE_PASSWORD} for name in (A, B)},
        "agents": {name: {"password_hash": HASH, "extension": name} for name in (A, B)},
    }


def settings(port: int, sections: dict[str, Any]) -> dict[str, Any]:
    return {
        "listen": {"agents": "127.0.0.1:0"},
        "switch": {"port": port, "password": SWITCH_PASSWORD},
        "companies": "companies.yaml",
        "state": "memory:",
        "audit": None,
        "language": "en-US",
        **sections,
    }


Message = dict[str, Any]


class Client(WebSocket):
    """An agent's desktop; what comes while it waits for something else is kept in ``pushes``."""

    def __init__(self, address: tuple[str, int], agent_id: str = A, **options: Any) -> None:
        super().__init__(address, **options)
        self.agent_id = agent_id
        self.pushes: list[Message] = []
        self._conversation = Conversation()
        self._req_ids = itertools.count(1)

    def send(self, msg_type: str, **fields: Any) -> str:
        """Send a request, and do not wait; gives its id."""
        req_id = f"r{next(self._req_ids)}"
        head = {"req_id": req_id, "msg_type": msg_type, "company_code": COMPANY}
        message = head | {"agent_id": self.agent_id} | fields
        self._conversation.sent(message)
        self.text(json.dumps(message).encode())
        return req_id

    def next(self) -> Message:
        message: Message = json.loads(self.message())
        self._conversation.received(message)
        return message

    def reply(self, req_id: str) -> Message:
        while True:
            message = self.next()
            if message["req_id"] == req_id and "seq" not in message:
                return message
            self.pushes.append(message)

    def ask(self, msg_type: str, **fields: Any) -> Message:
        return self.reply(self.send(msg_type, **fields))

    def checkin(self, **fields: Any) -> Message:
        reply = self.ask("checkin", **{"agent_pwd": AGENT_PASSWORD} | fields)
        assert reply["code"] == "0", reply
        return reply

    def push(self, is_it: Callable[[Message], object]) -> Message:
        """The first push, of those that came and those that will, that is it."""
        while not (found := [message for message in self.pushes if is_it(message)]):
            self.pushes.append(self.next())
        return found[0]

    def leave(self) -> None:
        """Say goodbye, and wait until the service has heard it."""
        self.protocol.send_close(1000)
        self.flush()
        self.until_closed()


class Service:
    def __init__(self, app: App, switch: FakeSwitch, open_clients: ExitStack) -> None:
        self.app = app
        self.switch = switch
        self._open = open_clients

    @property
    def address(self) -> tuple[str, int]:
        return self.app.address

    def dial(self, room: int | None = None) -> Any:
        """A silent connection, with a receive buffer of so many bytes."""
        sock = self._open.enter_context(socket.socket())
        if room is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        sock.connect(self.address)
        return sock

    def client(self, agent_id: str = A, room: int | None = None) -> Client:
        return Client(self.address, agent_id, sock=self.dial(room))

    def at_work(self, agent_id: str = A) -> Client:
        client = self.client(agent_id)
        client.checkin()
        return client

    def originates(self) -> int:
        return sum("originate" in line for line in self.switch.lines)


@contextmanager
def serving(folder: Path, **sections: Any) -> Iterator[Service]:
    """Run the service by settings that have these sections."""
    with FakeSwitch() as switch, ExitStack() as open_clients:
        switch.answers |= {
            f"auth {SWITCH_PASSWORD}": switch.answers["auth ClueCon"],
            "api sofia status profile esl_bridge reg": api(as_registered((A, B))),
            "api show registrations as json": api(as_listed((A, B))),
            "api show channels as json": api(json.dumps({"row_count": 0})),
        }
        (folder / "companies.yaml").write_text(yaml.safe_dump({COMPANY: company()}))
        (folder / "esl_bridge.yaml").write_text(yaml.safe_dump(settings(switch.port, sections)))
        app = build(*load(folder / "esl_bridge.yaml"))
        app.start()
        try:
            app.wait_until_ready()
            yield Service(app, switch, open_clients)
        finally:
            open_clients.close()
            app.stop()
