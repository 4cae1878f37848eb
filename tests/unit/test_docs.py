"""What `make docs` and `make spec` make is that of this code."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from docs.make import PAGES
from docs.specification.made import FILES
from esl_bridge.layout import rules

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_the_code_is_not_stale(name: str):
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_of_the_specification_is_not_stale(file: Path):
    # As a whole, and not compared by pytest: its difference would take minutes.
    assert (file.read_text(encoding="utf-8") == FILES[file]()) is True, "run `make spec`"


def test_each_rule_names_the_source_of_its_fact():
    for name, rule in inspect.getmembers(rules, inspect.isfunction):
        source = inspect.getdoc(rule) or ""
        assert "measured" in source or "source" in source, name
