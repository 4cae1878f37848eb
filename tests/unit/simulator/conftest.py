import pytest

from tests.unit.simulator.world import World


@pytest.fixture
def world() -> World:
    return World()
