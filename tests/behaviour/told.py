"""Which stories ran with which phones, and who heard whom in them: story by story in
``build/stories.md``, and counted by kind of phone in ``build/phones.md``.

Results of several runs add up until ``make`` starts the next. A story that runs again with the same
choice of phones replaces its earlier result.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from tests.lab.makes import KINDS

_ROOT = Path(__file__).parents[2]
KEPT = _ROOT / "build" / "told.jsonl"
STORIES = _ROOT / "build" / "stories.md"
PHONES = _ROOT / "build" / "phones.md"

Heard = list[tuple[str, list[str]]]
"""Who heard whom, in the order of asking."""


@dataclass
class Story:
    """``choice``: of phones; ``phones``: of which kind those were that it needed."""

    file: str
    line: int
    name: str
    switch: str
    choice: str
    outcome: str = ""
    phones: dict[str, str] = field(default_factory=dict)
    heard: Heard = field(default_factory=list)

    @property
    def key(self) -> tuple[str, ...]:
        return self.file, self.name, self.choice


def write(told: list[Story], version: str) -> str:
    """Add these stories to what earlier runs have shown. Returns the counts by kind of phone."""
    KEPT.parent.mkdir(exist_ok=True)
    known = _kept() | {story.key: story for story in told}
    stories = sorted(known.values(), key=lambda each: (each.file, each.line, each.key))
    KEPT.write_text("".join(json.dumps(asdict(story)) + "\n" for story in stories), "utf-8")
    STORIES.write_text(_table(stories), "utf-8")
    counted = _by_kind_of_phone(stories, version)
    PHONES.write_text(counted, "utf-8")
    return counted


def _kept() -> dict[tuple[str, ...], Story]:
    lines = KEPT.read_text("utf-8").splitlines() if KEPT.exists() else []
    return {story.key: story for story in (Story(**json.loads(line)) for line in lines)}


def _table(stories: Iterable[Story]) -> str:
    rows = [
        f"| {_title(s.name)} | {s.switch} | {s.choice} | {_pairs(s.phones)} | {s.outcome} "
        f"| {_sentence(s.heard)} |"
        for s in stories
    ]
    head = (
        "| story | switch | PHONES | phones | outcome | who heard whom, in this order |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
    )
    return head + "\n".join(rows) + "\n"


def _by_kind_of_phone(stories: list[Story], version: str) -> str:
    counts = Counter(
        (kind, story.switch, story.outcome)
        for story in stories
        for kind in set(story.phones.values())
    )
    choices = sorted({story.choice for story in stories})
    head = (
        f"{date.today()}, FreeSWITCH {version or 'not found'}, PHONES={', '.join(choices)}\n\n"
        "| kind of phone | stories with one on FreeSWITCH | on the simulator |\n"
        "| --- | --- | --- |\n"
    )
    rows = [
        f"| {make.name} | {_counted(counts, make.name, 'freeswitch')} "
        f"| {_counted(counts, make.name, 'simulator')} |"
        for make in KINDS
        if any(kind == make.name for kind, _, _ in counts)
    ]
    return head + "\n".join(rows) + "\n"


def _counted(counts: Counter[tuple[str, str, str]], kind: str, switch: str) -> str:
    passed, failed = (counts[kind, switch, outcome] for outcome in ("passed", "failed"))
    return f"{passed} passed" + (f", {failed} failed" if failed else "")


def _title(name: str) -> str:
    story = re.sub(r"\b(freeswitch|simulator)-?", "", name.removeprefix("test_"))
    return re.sub(r"^(\d+)_(\d+)_", r"\1.\2 ", story).replace("_", " ").replace("[]", "")


def _pairs(phones: dict[str, str]) -> str:
    return "; ".join(f"{name}: {kind}" for name, kind in phones.items()) or "-"


def _sentence(heard: Heard) -> str:
    return "; ".join(f"{who}: {' + '.join(whom) or 'nothing'}" for who, whom in heard) or "-"
