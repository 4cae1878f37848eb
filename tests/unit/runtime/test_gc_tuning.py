"""What has outlived a look of Python's collector is looked at again only when much more lives."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from esl_bridge.runtime import gc_tuning


class Ring:
    """Refers to itself."""

    def __init__(self) -> None:
        self.own_leg = self


@pytest.fixture(autouse=True)
def set_aside() -> Iterator[None]:
    before = list(gc.callbacks)
    gc_tuning.set_aside_what_lives()
    yield
    gc.callbacks[:] = before
    gc.unfreeze()


def test_a_ring_that_dies_young_is_found():
    ring = Ring()
    found = weakref.ref(ring)
    del ring
    gc.collect()
    assert found() is None


def test_what_was_looked_at_once_is_set_aside():
    ring = Ring()
    found = weakref.ref(ring)
    gc.collect()
    del ring
    gc.collect()
    assert found() is not None


def test_when_half_as_much_more_lives_everything_is_looked_at():
    ring = Ring()
    found = weakref.ref(ring)
    gc.collect()
    del ring
    more = [[number] for number in range(gc.get_freeze_count())]
    gc.collect()  # sets the last of them aside
    gc.collect()
    assert found() is None
    assert more


def test_what_came_and_went_meanwhile_is_not_more():
    ring = Ring()
    found = weakref.ref(ring)
    gc.collect()
    del ring
    for _ in range(3):
        passing = [[number] for number in range(gc.get_freeze_count() // 3)]
        gc.collect()  # sets them aside
        del passing
    gc.collect()
    assert found() is not None
