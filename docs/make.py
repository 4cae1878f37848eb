"""Writes the pages that are made from the code: `make docs`.

`switch-rules.md` from the docstrings of `esl_bridge/layout/rules.py`, `phases.md` from the tables
of phases in `esl_bridge/domain/procedures.py`.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

from esl_bridge.domain.procedures import CONFERENCE_PHASES
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


def phases() -> str:
    rows = [
        f"    {before} --> {after}: {_words(seen)}"
        for (before, seen), after in CONFERENCE_PHASES.items()
    ]
    diagram = "\n".join(["```mermaid", "stateDiagram-v2", "    [*] --> RINGING", *rows, "```"])
    end = "The end of any of the three legs ends it, in every phase."
    return f"# Phases\n\n{MADE}\n\n## Conference\n\n{diagram}\n\n{end}\n"


def _words(name: str) -> str:
    return name.lower().replace("_", " ")


PAGES = {"switch-rules.md": switch_rules, "phases.md": phases}


def main() -> None:
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
        sys.stdout.write(f"docs/{name}\n")


if __name__ == "__main__":
    main()
