"""In which order tests are run, and the count of the stories that every run ends with."""

from __future__ import annotations

import pytest

from tests.behaviour.report import Report

_LONG = ("tests/faults/", "tests/freeswitch/")
_STORIES = "tests/behaviour/"


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # a worker knows its own share only
        config.pluginmanager.register(Report())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that no worker is left with one at the end. The stories last: a worker
    keeps its switch from the first of them on, which costs its share of the machine."""
    items.sort(key=lambda item: (item.nodeid.startswith(_STORIES), not _is_long(item)))


def _is_long(item: pytest.Item) -> bool:
    return item.nodeid.startswith(_LONG)
