"""One daemon for all, begun anew for each: what is tried is many, and one is slow to build."""

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
