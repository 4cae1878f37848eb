"""The short form, the same at each run; what the long one (``make fuzz``) has found comes first."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.fuzz.targets import TARGETS, bounded

FOUND = Path(__file__).parent / "found"
EXAMPLES = 200


def test_what_was_found_once():
    for file in FOUND.glob("*.bin"):
        bounded(file.stem.partition("-")[0], file.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_a_little_of(name):
    target, strategy = TARGETS[name]
    given(strategy)(settings(derandomize=True, max_examples=EXAMPLES, deadline=None)(target))()
