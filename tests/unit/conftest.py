"""A company at work, for the tests of the rooms that know no socket."""

import pytest

from tests.builders import Office


@pytest.fixture
def office() -> Office:
    return Office()
