"""What a run has shown: counted on the terminal, and written down where it was a real switch."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import cast

import pytest

VERIFIED = Path(__file__).parents[2] / "docs" / "verified.md"
_MARK = "<!-- what follows is written by the test run -->\n"
_STORY = re.compile(r"^tests/behaviour/.*\[.*(simulator|freeswitch)")


def missing() -> str:
    """Why no story can be told on a real switch; empty where one can."""
    if not (os.environ.get("FREESWITCH") or shutil.which("freeswitch")):
        return "NO FREESWITCH HERE (name one in FREESWITCH, or put it on PATH)"
    return "" if shutil.which("baresip") else "NO PHONES HERE (put baresip on PATH)"


Heard = list[tuple[str, list[str]]]
"""Who heard whom, in the order of asking."""


@dataclass(eq=False)  # a plugin is told from others by what it is, not by what it says
class Report:
    """A plugin of pytest's: it counts what the workers tell, and their number does not matter.

    ``heard``: by where the story on a real switch stands (file, line) and by its name.
    """

    version: str = ""
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    heard: dict[tuple[str, int, str], Heard] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        kind = _STORY.search(report.nodeid)
        if kind and (report.when == "call" or not report.passed):
            self.outcomes[kind[1], report.outcome] += 1
        told = dict(report.user_properties)
        if report.when == "teardown" and "heard" in told:
            file, line, name = report.location
            self.version = str(told["version"])
            self.heard[file, line or 0, name] = cast(Heard, told["heard"])

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
    ) -> None:
        if not self.outcomes:
            return
        whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
        if self.version and not exitstatus and whole and not config.option.keyword:
            self.write()
        terminalreporter.write_line(self.line())

    def line(self) -> str:
        """The line that ends a test run."""
        real = f"FreeSWITCH {self.version}: {self._count('freeswitch')}"
        if not self.version:
            real = missing() or "no FreeSWITCH"
        return f"stories on the simulator: {self._count('simulator')}; on {real}"

    def _count(self, kind: str) -> str:
        told = [
            f"{self.outcomes[kind, outcome]} {outcome}"
            for outcome in ("passed", "failed", "skipped")
            if self.outcomes[kind, outcome]
        ]
        return ", ".join(told) or "none"

    def write(self) -> None:
        """Put this run's table behind what stands in the document by hand."""
        by_hand = VERIFIED.read_text("utf-8").partition(_MARK)[0]
        VERIFIED.write_text(by_hand + _MARK + self._table(), "utf-8")

    def _table(self) -> str:
        rows = [
            f"| {_title(name)} | {_sentence(heard)} |"
            for (_, _, name), heard in sorted(self.heard.items())
        ]
        head = (
            f"\n{date.today()}, FreeSWITCH {self.version}, phones: baresip, each with a tone of its"
            " own; sound taken from the wire.\n\n| story | who heard whom, in this order |\n"
            "| --- | --- |\n"
        )
        return head + "\n".join(rows) + "\n"


def _title(name: str) -> str:
    story = name.removeprefix("test_").replace("[freeswitch]", "").replace("freeswitch-", "")
    return re.sub(r"^(\d+)_(\d+)_", r"\1.\2 ", story).replace("_", " ")


def _sentence(heard: Heard) -> str:
    return "; ".join(f"{who}: {' + '.join(whom) or 'nothing'}" for who, whom in heard) or "-"
