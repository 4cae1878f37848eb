"""``python -m benchmarks.metered MODULE [ARGUMENT ...]`` runs a module as the main program, which
says on its standard output how many bytes it has in use whenever it gets a byte of input.

All memory comes from malloc then, so that the allocator of libc can say exactly what is in use. A
resident size cannot: it does not grow where freed memory is used again, and does not shrink where
memory is freed.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from benchmarks.process import told

_ROOT = str(Path(__file__).parent.parent)
# Python's own allocator asks malloc for whole arenas, and chunks that malloc keeps for a thread
# count as used.
_ALL_BY_MALLOC = {
    "PYTHONMALLOC": "malloc",
    "PYTHONPATH": _ROOT,
    "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0",
}


class _Mallinfo(ctypes.Structure):
    """``struct mallinfo2`` of malloc.h."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


def metered() -> dict[str, Any]:
    """What a process that is to be metered is opened with."""
    pipe = subprocess.PIPE
    return {"env": os.environ | _ALL_BY_MALLOC, "stdin": pipe, "stdout": pipe}


def bytes_in_use(process: subprocess.Popen[str]) -> int:
    """What a metered process has allocated and not freed, in all its threads."""
    assert process.stdin is not None
    process.stdin.write("?")
    process.stdin.flush()
    return int(told(process))


def _answer() -> None:
    """In a thread of its own, without Python's sockets and files: the program may patch them."""
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = _Mallinfo
    while os.read(0, 1):
        info = mallinfo()
        os.write(1, b"%d\n" % (info.uordblks + info.hblkhd))


def main() -> None:
    threading.Thread(target=_answer, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
