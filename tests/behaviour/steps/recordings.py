"""Talks that are recorded."""

from __future__ import annotations

import threading


def time_passes(seconds: float = 1.0) -> None:
    """What is recorded takes its time."""
    threading.Event().wait(seconds)
