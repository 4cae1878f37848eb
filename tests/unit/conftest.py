"""A company at work, for the tests of the rooms that know no socket."""

import pytest

from tests.builders import TenantHarness


@pytest.fixture
def harness() -> TenantHarness:
    return TenantHarness()
