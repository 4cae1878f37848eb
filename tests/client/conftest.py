"""The stories of the clients are told on the simulated switch, and on a FreeSWITCH where there is
one; every message that the Python client sends or gets is held against the specification."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from esl_bridge.client import link
from esl_bridge.client.transports import Message, Transport, open_transport
from tests.behaviour.conftest import installed
from tests.behaviour.world import World
from tests.client.line import Line
from tests.client.office import Office
from tests.specified import Conversation

LONG = os.environ.get("CLIENTS") == "long"
KINDS = ["simulator", "freeswitch"]


@pytest.fixture(scope="module", params=KINDS)
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with installed(request, tmp_path_factory, grace=30) as world:
        yield world


@pytest.fixture
def world(installation: World) -> World:
    return installation


@pytest.fixture
def office(world: World) -> Iterator[Office]:
    office = Office(world)
    yield office
    office.close()


@pytest.fixture
def line(world: World) -> Iterator[Line]:
    with Line(world.port) as line:
        yield line


class _Held:
    """A transport whose messages are held against the specification."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._conversation = Conversation()
        self.cut, self.close = transport.cut, transport.close

    def send(self, message: Message) -> None:
        self._conversation.sent(message)
        self._transport.send(message)

    def receive(self) -> Message | None:
        message = self._transport.receive()
        if message is not None:
            self._conversation.received(message)
        return message


@pytest.fixture(autouse=True)
def _held_against_the_specification(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "open_transport", lambda *how: _Held(open_transport(*how)))
