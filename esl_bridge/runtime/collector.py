"""Keeps Python's collector of cycles from standing in the way.

Whenever it looks through all that lives, the whole service stands still: for 0.4 s with 10,000
agents. So whatever has outlived one such look is set aside, and looked at again only when half as
much more lives than did then.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping

_ALL = 2  # the generation that is everything
_GROWTH = 1.5


def set_aside_what_lives() -> None:
    """From now on, in the whole process."""
    gc.callbacks.append(_Aside())


class _Aside:
    def __init__(self) -> None:
        self._lived = 0  # when everything was looked at
        self._looks_at_everything = False

    def __call__(self, phase: str, about: Mapping[str, int]) -> None:
        if about["generation"] < _ALL:
            return
        if phase == "start":
            self._looks_at_everything = gc.get_freeze_count() > self._lived * _GROWTH
            if self._looks_at_everything:
                gc.unfreeze()
            return
        gc.freeze()
        if self._looks_at_everything:
            self._lived = gc.get_freeze_count()
