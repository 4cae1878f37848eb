"""Child processes, and what they cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far; it counts in ticks of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def exact_cpu_seconds(pid: int) -> float:
    """The same by the clock of that process, as clock_getcpuclockid(3) has it."""
    return time.clock_gettime((~pid << 3) | 2)


def resident_kib(pid: int) -> int:
    """Memory that a process has in use."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


@contextmanager
def child(module: str, *arguments: object, **opened: Any) -> Iterator[subprocess.Popen[str]]:
    """``python -m benchmarks.MODULE``, ended at the end; its output can be read by lines.
    ``opened`` are further arguments of Popen."""
    with subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)],
        text=True,
        **{"stdout": subprocess.PIPE} | opened,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def answer_of(module: str, *arguments: object) -> dict[str, Any]:
    """The line of JSON that a child prints before it ends."""
    with child(module, *arguments) as process:
        answer: dict[str, Any] = json.loads(told(process))
        return answer


def told(process: subprocess.Popen[str]) -> str:
    """The next line of a child's output."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise ChildProcessError(f"{process.args!r} ended without a word")
    return line.strip()
