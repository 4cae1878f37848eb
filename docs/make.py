"""Writes the pages that are made from the code: `make docs`.

`switch-rules.md` from the docstrings of `esl_bridge/layout/rules.py`, `phases.md` from the tables
of phases in `esl_bridge/domain/phases.py`.
"""

from __future__ import annotations

import inspect
import re
import sys
from enum import Enum
from pathlib import Path
from typing import Any

from esl_bridge.domain import phases as phase_tables
from esl_bridge.domain.phases import Phases
from esl_bridge.layout import rules

HERE = Path(__file__).parent
MADE = "<!-- made by `make docs`: change the code, not this page -->"


def switch_rules() -> str:
    named = inspect.getmembers(rules, inspect.isfunction)
    sections = [
        f"## {name.replace('_', ' ').capitalize()}\n\n{inspect.getdoc(rule)}\n"
        for name, rule in named
        if rule.__module__ == rules.__name__
    ]
    head = f"# Rules of the switch\n\n{MADE}\n\n{inspect.getdoc(rules)}\n"
    return "\n".join([head, *sections])


TABLES: dict[str, Phases[Any, Any]] = {
    "Consult": phase_tables.CONSULT_PHASES,
    "Transfer": phase_tables.TRANSFER_PHASES,
    "Conference": phase_tables.CONFERENCE_PHASES,
    "Monitoring": phase_tables.MONITORING_PHASES,
    "Takeover": phase_tables.TAKEOVER_PHASES,
}


def phases() -> str:
    drawn = [_diagram(name, table) for name, table in TABLES.items()]
    return "\n".join([f"# Phases\n\n{MADE}\n\n{inspect.getdoc(phase_tables)}\n", *drawn])


def _diagram(name: str, table: Phases[Any, Any]) -> str:
    first = next(iter(table))[0]
    rows = [f"    {before} --> {after}: {_words(seen)}" for (before, seen), after in table.items()]
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {first}", *rows, "```"]
    described = [f"- `{phase}`: {_of(type(first), phase)}" for phase in type(first)]
    return "\n".join([f"## {name}\n", *lines, "", *described, ""])


def _of(phases_of: type[Enum], phase: Enum) -> str:
    """The docstring below a phase's line in the source."""
    source = inspect.getsource(phases_of)
    described = re.search(rf'\b{phase.name} = auto\(\)\s+"""(.+?)"""', source, re.DOTALL)
    assert described is not None, f"{phase} has no docstring"
    return " ".join(described[1].split())


def _words(name: str) -> str:
    return name.lower().replace("_", " ")


PAGES = {"switch-rules.md": switch_rules, "phases.md": phases}


def main() -> None:
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
        sys.stdout.write(f"docs/{name}\n")


if __name__ == "__main__":
    main()
