"""What a run has shown: counted on the terminal, and written down where it was a real switch."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

VERIFIED = Path(__file__).parents[2] / "docs" / "verified.md"
_MARK = "<!-- what follows is written by the test run -->\n"


@dataclass
class Report:
    """``heard``: for each story on a real switch, who heard whom, in the order of asking."""

    version: str = ""
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    heard: dict[str, list[tuple[str, list[str]]]] = field(default_factory=dict)

    def line(self, missing: str) -> str:
        """The line that ends a test run."""
        simulated = self._count("simulator")
        real = (
            f"FreeSWITCH {self.version}: {self._count('freeswitch')}" if self.version else missing
        )
        return f"stories on the simulator: {simulated}; on {real}"

    def _count(self, kind: str) -> str:
        told = [
            f"{self.outcomes[kind, outcome]} {outcome}"
            for outcome in ("passed", "failed", "skipped")
            if self.outcomes[kind, outcome]
        ]
        return ", ".join(told) or "none"

    def complete(self) -> bool:
        return bool(self.version) and not self.outcomes["freeswitch", "failed"]

    def write(self) -> None:
        """Put this run's table behind what stands in the document by hand."""
        by_hand = VERIFIED.read_text("utf-8").partition(_MARK)[0]
        VERIFIED.write_text(by_hand + _MARK + self._table(), "utf-8")

    def _table(self) -> str:
        rows = [f"| {_title(name)} | {_sentence(heard)} |" for name, heard in self.heard.items()]
        head = (
            f"\n{date.today()}, FreeSWITCH {self.version}, phones: baresip, each with a tone of its"
            " own; sound taken from the wire.\n\n| story | who heard whom, in this order |\n"
            "| --- | --- |\n"
        )
        return head + "\n".join(rows) + "\n"


def _title(name: str) -> str:
    story = name.removeprefix("test_").replace("[freeswitch]", "").replace("freeswitch-", "")
    return re.sub(r"^(\d+)_(\d+)_", r"\1.\2 ", story).replace("_", " ")


def _sentence(heard: list[tuple[str, list[str]]]) -> str:
    return "; ".join(f"{who}: {' + '.join(whom) or 'nothing'}" for who, whom in heard) or "-"
