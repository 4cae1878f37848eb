"""One daemon for all tests, reset for each, because it is slow to build."""

import pytest

from tests.daemon import Daemon, PlayingDaemon


@pytest.fixture(scope="session")
def _daemon() -> Daemon:
    return PlayingDaemon()


@pytest.fixture
def daemon(_daemon: Daemon) -> Daemon:
    _daemon.open()
    _daemon.switch.take()
    return _daemon
