"""What a phone hears once a change has reached it."""

from __future__ import annotations

import threading
from collections.abc import Callable


def comes_to_hear(name: str, ask: Callable[[], set[str]], whom: set[str], times: int = 8) -> None:
    """Look up to so many times whom ``name`` hears, until these and nobody else are heard."""
    clock = threading.Event()
    for _ in range(times):
        heard = ask()
        if heard == whom:
            return
        clock.wait(0.05)
    raise AssertionError(f"{name} hears {heard or 'nothing'}, not {whom or 'nothing'}")
