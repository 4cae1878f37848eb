"""Keeps Python's collector of cycles from standing in the way.

Whenever it looks through all that lives, the whole service stands still: for 0.4 s with 10,000
agents. So whatever has outlived one look is set aside, and looked at again only when half as much
more lives than did then.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_ALL = 2  # the generation that is everything, but for what is set aside
_MORE = 0.5
_NEVER = 1_000_000  # looks at what is young, without one at everything


def set_aside_what_lives() -> GcTuning:
    """Now, and from now on, in the whole process."""
    gc.collect()
    gc.freeze()
    collector = GcTuning(gc.get_freeze_count())
    gc.callbacks.append(collector)
    return collector


class GcTuning:
    """``lived``: how many objects, when everything was looked at last."""

    def __init__(self, lived: int) -> None:
        self._lived = lived
        self._since = 0  # set aside since they were last counted; some have died meanwhile
        self._looks_at_everything = False

    @contextmanager
    def much_to_come(self) -> Iterator[None]:
        """While thousands of agents are built: as most of that will live, only what is young is
        looked at, and what is there at the end is set aside without a look."""
        young, middle, old = gc.get_threshold()
        gc.set_threshold(young, middle, _NEVER)
        try:
            yield
        finally:
            gc.set_threshold(young, middle, old)
            self._set_aside()

    def __call__(self, phase: str, about: Mapping[str, int]) -> None:
        if about["generation"] < _ALL:
            return
        if phase == "start":
            self._choose()
        else:
            self._set_aside()
            self._looks_at_everything = False

    def _choose(self) -> None:
        """Counting walks from one to the next as well, a sixth of the price of looking at them."""
        self._looks_at_everything = False
        if self._since > self._lived * _MORE:
            self._since = 0
            self._looks_at_everything = gc.get_freeze_count() > self._lived * (1 + _MORE)
        if self._looks_at_everything:
            gc.unfreeze()

    def _set_aside(self) -> None:
        outlived = len(gc.get_objects(_ALL))
        gc.freeze()
        if self._looks_at_everything:
            self._lived, self._since = outlived, 0
        else:
            self._since += outlived
