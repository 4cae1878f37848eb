"""Python's collector examines long-lived objects again only once many more are alive."""

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
    gc_tuning.freeze_live_objects()
    yield
    gc.callbacks[:] = before
    gc.unfreeze()


def test_a_cycle_that_dies_young_is_collected():
    ring = Ring()
    found = weakref.ref(ring)
    del ring
    gc.collect()
    assert found() is None


def test_objects_that_survive_one_collection_are_frozen():
    ring = Ring()
    found = weakref.ref(ring)
    gc.collect()
    del ring
    gc.collect()
    assert found() is not None


def test_everything_is_collected_once_half_as_many_objects_have_been_added():
    ring = Ring()
    found = weakref.ref(ring)
    gc.collect()
    del ring
    more = [[number] for number in range(gc.get_freeze_count())]
    gc.collect()  # sets the last of them aside
    gc.collect()
    assert found() is None
    assert more


def test_objects_that_have_died_meanwhile_do_not_count_as_added():
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
