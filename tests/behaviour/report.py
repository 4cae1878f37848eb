"""Counts the stories of a run on the terminal, and writes each into ``build/``."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections import Counter
from dataclasses import dataclass, field
from typing import cast

import pytest

from tests.behaviour.simulated_lab import NOT_MODELLED
from tests.behaviour.told import Heard, Story, write
from tests.behaviour.world import OUTSIDE, VARY
from tests.lab.makes import RANDOM, drawn
from tests.lab.switch import NoFreeSwitch, installed

_STORY = re.compile(r"^tests/behaviour/.*\[.*(simulator|freeswitch)")


def missing() -> str:
    """Why no story can be told on a real switch; empty where one can."""
    try:
        installed()
    except NoFreeSwitch as why:
        return f"NO FREESWITCH HERE ({why})"
    return "" if shutil.which("baresip") else "NO PHONES HERE (put baresip on PATH)"


def choose() -> None:
    """A choice of phones for this run and all its workers: by chance, unless one is asked for."""
    asked = os.environ.get("PHONES") or RANDOM
    os.environ["PHONES"] = str(random.randrange(10_000)) if asked == RANDOM else asked


def chosen() -> str:
    return os.environ["PHONES"]


@dataclass(eq=False)  # a plugin is told from others by what it is, not by what it says
class Report:
    """A plugin of pytest's: it counts what the workers tell, and their number does not matter."""

    version: str = ""
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    stories: dict[str, Story] = field(default_factory=dict)

    def pytest_report_header(self) -> list[str]:
        makes = drawn(chosen(), VARY, list(OUTSIDE)).items()
        kinds = "; ".join(f"{name}: {make.name}" for name, make in makes)
        return [f"phones: PHONES={chosen()} ({kinds})"]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        kind = _STORY.search(report.nodeid)
        if kind and (report.when == "call" or not report.passed):
            self.outcomes[kind[1], report.outcome] += 1
            self._story(report, kind[1]).outcome = report.outcome
        told = dict(report.user_properties)
        if kind and report.when == "teardown":
            story = self._story(report, kind[1])
            story.phones = cast(dict[str, str], told.get("phones", {}))
            story.heard = cast(Heard, told.get("heard", []))
            self.version = str(told.get("version", self.version))

    def _story(self, report: pytest.TestReport, kind: str) -> Story:
        file, line, name = report.location
        fresh = Story(file, line or 0, name, kind, chosen())
        return self.stories.setdefault(report.nodeid, fresh)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.outcomes:
            return
        by_kind_of_phone = write(list(self.stories.values()), self.version)
        for line in [*by_kind_of_phone.splitlines(), "", *self.lines()]:
            terminalreporter.write_line(line)

    def lines(self) -> list[str]:
        """What ends a test run."""
        real = f"FreeSWITCH {self.version}: {self._count('freeswitch')}"
        if not self.version:
            real = missing() or "no FreeSWITCH"
        return [
            f"stories on the simulator: {self._count('simulator')}; on {real}",
            f"PHONES={chosen()}; build/stories.md lists each story with its phones",
            f"NOT MODELLED by the simulator: {', '.join(NOT_MODELLED)}",
        ]

    def _count(self, kind: str) -> str:
        told = [
            f"{self.outcomes[kind, outcome]} {outcome}"
            for outcome in ("passed", "failed", "skipped")
            if self.outcomes[kind, outcome]
        ]
        return ", ".join(told) or "none"
