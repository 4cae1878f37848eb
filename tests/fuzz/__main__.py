"""``python -m tests.fuzz MINUTES``: the long form, by chance. What it finds becomes a file."""

from __future__ import annotations

import hashlib
import random
import sys
import time
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings

from tests.fuzz.targets import TARGETS, bounded

_FOUND = Path(__file__).parent / "found"
_EXAMPLES = 1000  # of one target in turn


def main() -> None:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    until = time.monotonic() + minutes * 60
    tried = dict.fromkeys(TARGETS, 0)
    found: set[str] = set()
    while time.monotonic() < until:
        for name in TARGETS.keys() - found:
            try:
                tried[name] += _some(name)
            except Exception as failure:  # noqa: BLE001  whatever it is has been found
                found.add(name)
                sys.stdout.write(f"{name}: {failure!r}\n")
    sys.stdout.write("".join(f"{name}: {count} tried\n" for name, count in tried.items()))
    sys.exit(1 if found else 0)


def _some(name: str) -> int:
    """Try some; the smallest input that fails is kept. Raises as it does."""
    tried = [b""]

    def once(data: bytes) -> None:
        tried.append(data)
        bounded(name, data)

    free = settings(
        max_examples=_EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    try:
        seed(random.getrandbits(64))(given(TARGETS[name][1])(free(once)))()
    except BaseException:
        smallest = tried[-1]  # what fails is tried once more at the end
        (_FOUND / f"{name}-{hashlib.sha256(smallest).hexdigest()[:8]}.bin").write_bytes(smallest)
        raise
    return len(tried) - 1


if __name__ == "__main__":
    main()
