"""In which order, and by which worker, tests are run; the count of the stories that every run ends
with; and that every message of a test is as the specification has it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.behaviour.report import Report, choose
from tests.specified import faults

_LONG = ("tests/faults/", "tests/freeswitch/", "tests/behaviour/test_odd_phones.py")
_STORIES = "tests/behaviour/"
_KIND = re.compile(r"\[(simulator|freeswitch)\b")
_TOGETHER = (
    "behaviour/test_odd_phones.py",
    "client/test_connections.py",
    "client/test_cuts.py",
    "client/test_stories.py",
    "faults/test_clock_set.py",
    "faults/test_cut_off.py",
    "faults/test_resources.py",
    "freeswitch/test_vanilla.py",
)
"""Files with an installation of their own on each switch, which is a lot to begin."""


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # a worker knows its own share only
        choose()
        config.pluginmanager.register(Report())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that no worker is left with one at the end. The stories last: a worker
    keeps its switch from the first of them on, which costs its share of the machine."""
    items.sort(key=lambda item: (item.nodeid.startswith(_STORIES), not _is_long(item)))


def _is_long(item: pytest.Item) -> bool:
    return item.nodeid.startswith(_LONG)


@pytest.fixture(autouse=True)
def _messages_are_as_specified() -> Iterator[None]:
    faults.clear()
    yield
    assert not faults, faults[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return _Scheduling(config, log)


class _Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Each test goes to whoever is free, and some files as a whole, for each switch:
    ``xdist_group`` has no effect with pytest 9.2 and xdist 3.8."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        kind = _KIND.search(nodeid)
        return f"{file} {kind and kind[1]}" if file.endswith(_TOGETHER) else nodeid
