"""The short form, the same at each run; what the long one (``make fuzz``) has found comes first."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.fuzz.targets import TARGETS, bounded

FOUND = Path(__file__).parent / "found"
EXAMPLES = 200


@pytest.mark.parametrize("file", sorted(FOUND.glob("*.bin")), ids=lambda file: file.stem)
def test_inputs_that_once_failed_pass(file):
    bounded(file.stem.partition("-")[0], file.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_a_short_run_of_each_fuzz_target_finds_nothing(name):
    target, strategy = TARGETS[name]
    given(strategy)(settings(derandomize=True, max_examples=EXAMPLES, deadline=None)(target))()
