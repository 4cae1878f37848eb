"""What a phone hears once that which changed has reached it."""

from __future__ import annotations

import threading
from collections.abc import Callable


def comes_to_hear(name: str, ask: Callable[[], set[str]], whom: set[str], times: int = 8) -> None:
    """Ask so many times whom ``name`` hears, until it is these and nobody else."""
    clock = threading.Event()
    for _ in range(times):
        heard = ask()
        if heard == whom:
            return
        clock.wait(0.05)
    raise AssertionError(f"{name} hears {heard or 'nothing'}, not {whom or 'nothing'}")
