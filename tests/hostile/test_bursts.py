"""Every pair of requests on a call in one burst: the call ends up as the last accepted one says.

What C hears is the truth, and the daemon's report of the call must agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.behaviour.client import Client
from tests.behaviour.conftest import installed, world
from tests.behaviour.steps.calls import talks_to_c
from tests.behaviour.world import World

__all__ = ["world"]
RECEIVES, BOTH = 2, 3


@pytest.fixture(scope="module", params=["simulator", "freeswitch"])
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    limits = {"requests_per_second": 10_000}
    with installed(request, tmp_path_factory, limits=limits) as world:
        yield world


class State(NamedTuple):
    held: bool = False
    muted: bool = False
    recording: str = "off"
    audio: int = BOTH


class Ask(NamedTuple):
    """A request, the state once it is accepted, and the state before in which it matters."""

    kind: str
    fields: dict[str, Any]
    makes: dict[str, Any]
    before: State = State()


def _record(action: str, makes: str, before: str) -> Ask:
    return Ask(
        "record_control",
        {"action": action, "record_suffix": "wav"},
        {"recording": makes},
        State(recording=before),
    )


def _media(audio: int, before: int) -> Ask:
    fields = {"audio": audio, "reneg_other": False}
    return Ask("change_media", fields, {"audio": audio}, State(audio=before))


ASKS = {
    "hold 0": Ask("hold", {"hold": "0"}, {"held": False}, State(held=True)),
    "hold 1": Ask("hold", {"hold": "1"}, {"held": True}),
    "mute 0": Ask("mute", {"mute": "0"}, {"muted": False}, State(muted=True)),
    "mute 1": Ask("mute", {"mute": "1"}, {"muted": True}),
    "start": _record("start", "on", "off"),
    "pause": _record("pause", "paused", "on"),
    "resume": _record("resume", "on", "paused"),
    "stop": _record("stop", "off", "on"),
    "media 2": _media(RECEIVES, BOTH),
    "media 3": _media(BOTH, RECEIVES),
}
OPPOSITES = {
    "hold 0": "hold 1",
    "hold 1": "hold 0",
    "mute 0": "mute 1",
    "mute 1": "mute 0",
    "start": "stop",
    "pause": "resume",
    "resume": "pause",
    "stop": "start",
    "media 2": "mute 0",
    "media 3": "mute 1",
}
"""The only second on the real switch, where it takes a second to measure what a phone hears."""


class Call:
    """A talk of A with C, and how it should be."""

    def __init__(self, world: World, a: Client) -> None:
        self.world = world
        self.a = a
        self.uuid = talks_to_c(world, a)
        self.state = State()

    def burst(self, *names: str) -> None:
        asks = [ASKS[name] for name in names]
        sent = [self.a.send(ask.kind, uuid=self.uuid, **ask.fields) for ask in asks]
        for ask, req_id in zip(asks, sent, strict=True):
            reply = self.a.answer_of(req_id)
            assert reply["code"] in ("0", "4103"), (names, reply)
            if reply["code"] == "0":
                made = {name: reply.get(name, now) for name, now in ask.makes.items()}
                self.state = self.state._replace(**made)

    def is_as_it_should_be(self) -> None:
        self.world.until(lambda: self._shown() == self.state[:3])
        sends = not self.state.muted and self.state.audio == BOTH
        silence: tuple[str, ...] = ("A",) if sends else ()
        self.world.hears("C", *(("MOH",) if self.state.held else silence))

    def goes_to(self, wanted: State) -> None:
        """Step by step, each waited for; a hold last, for media are changed in a plain talk."""
        steps = ["hold 0"] if self.state.held else []
        steps += [f"mute {int(wanted.muted)}", f"media {wanted.audio}"]
        steps += _RECORDING[self.state.recording, wanted.recording]
        for step in [*steps, *(["hold 1"] if wanted.held else [])]:
            self.burst(step)
            self.world.until(lambda: self._shown() == self.state[:3])
        assert self.state == wanted

    def _shown(self) -> tuple[bool, bool, str]:
        now = self.a.ok("get_status")
        own_leg = next(leg for leg in now["legs"] if leg["uuid"] == self.uuid)
        recorded = [leg["recording"] for leg in now["legs"] if leg["recording"] != "off"]
        return now.get("sub_status") == "HOLD", own_leg["muted"], recorded[0] if recorded else "off"


_RECORDING = {
    ("off", "off"): [],
    ("off", "on"): ["start"],
    ("off", "paused"): ["start", "pause"],
    ("on", "off"): ["stop"],
    ("on", "on"): [],
    ("on", "paused"): ["pause"],
    ("paused", "off"): ["stop"],
    ("paused", "on"): ["resume"],
    ("paused", "paused"): [],
}


@pytest.mark.parametrize("first", ASKS)
def test_two_requests_in_one_burst_end_as_the_last_accepted_one_says(world: World, first: str):
    seconds = ASKS if world.kind == "simulator" else [OPPOSITES[first]]
    a = world.agent("A")
    call = Call(world, a)
    for second in seconds:
        call.goes_to(ASKS[first].before)
        call.burst(first, second)
        call.is_as_it_should_be()
    a.ok("hangup", uuid=call.uuid)
    world.phone("C").wait_idle()
    world.until(lambda: a.ok("get_status")["status"] == "FREE")
    a.forget()
