"""Recorded ESL streams of a real switch, as steps: what was sent, replied, told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

FOLDER = Path(__file__).parent / "data"
_STEP = re.compile(r"^--- [\d.]+ (SEND|REPLY|EVENT)[^\n]*\n", re.MULTILINE)
# Not subscribed to by us, or told by luck (who talks, who is heard first).
_NOISE = {"CHANNEL_OUTGOING", "CHANNEL_ORIGINATE", "CHANNEL_STATE", "CHANNEL_UUID", "CODEC"}
_NOISE |= {"CALL_UPDATE", "ADD_SCHEDULE", "DEL_SCHEDULE", "HEARTBEAT", "RE_SCHEDULE", "API"}
_NOISE |= {"PRESENCE_IN", "MESSAGE_QUERY", "MODULE_LOAD", "CHANNEL_APPLICATION"}
_NOISY_ACTIONS = {"floor-change", "start-talking", "stop-talking", "video-floor-change"}
_NOISY_SUBCLASSES = {"sofia::pre_register", "sofia::register_attempt"}
_NOISY_SUBCLASSES |= {"sofia::gateway_state", "sofia::profile_start", "sofia::sip_user_state"}


@dataclass
class Told:
    """One event; header values decoded."""

    headers: dict[str, str]
    body: str = ""

    @property
    def name(self) -> str:
        return self.headers.get("Event-Name", "")

    @property
    def leg(self) -> str:
        return self.headers.get("Unique-ID", "")

    @property
    def is_noise(self) -> bool:
        return (
            self.name in _NOISE
            or self.headers.get("Action") in _NOISY_ACTIONS
            or self.headers.get("Event-Subclass") in _NOISY_SUBCLASSES
        )


@dataclass
class Step:
    kind: str  # SEND, REPLY, EVENT
    text: str
    told: Told = field(default_factory=lambda: Told({}))


def read(name: str) -> list[Step]:
    text = (FOLDER / f"{name}.txt").read_bytes().decode("utf-8", "surrogateescape")
    pieces = _STEP.split(text)[1:]
    steps = [_step(kind, body) for kind, body in zip(pieces[::2], pieces[1::2], strict=True)]
    return [step for step in steps if step.kind != "EVENT" or not step.told.is_noise]


def _step(kind: str, text: str) -> Step:
    if kind != "EVENT":
        return Step(kind, text)
    head, _, body = text.partition("\n\n")
    pairs = (line.partition(": ") for line in head.split("\n"))
    headers = {name: unquote(value, errors="surrogateescape") for name, _, value in pairs}
    return Step(kind, text, Told(headers, body.strip()))
