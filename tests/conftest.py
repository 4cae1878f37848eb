"""Every run ends with the count of the stories, told by one process or by several."""

from __future__ import annotations

import pytest

from tests.behaviour.report import Report


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # a worker knows its own share only
        config.pluginmanager.register(Report())
