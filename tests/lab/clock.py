"""Gives a process and its children a time of day that tests set while they run, by libfaketime."""

from __future__ import annotations

from pathlib import Path

MISSING = "NO LIBFAKETIME HERE (apt-get install faketime)"


def library() -> Path | None:
    return next(Path("/usr/lib").glob("**/faketime/libfaketimeMT.so.1"), None)


class Clock:
    """The offset is kept in ``file``. Monotonic clocks are not affected."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(0)

    def set(self, hours: int) -> None:
        """Set the clock so far ahead of the true time."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{hours:+d}h")
        fresh.rename(self._file)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process that uses this clock."""
        return {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
