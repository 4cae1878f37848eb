"""Writes files that another program may read at any moment, and that may not be ours."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from esl_bridge.render.switch_files import MARK

_READABLE_BY_GROUP = 0o640  # the files contain passwords


def write(path: Path, text: str) -> Path:
    """Write a file and return its path: beside ``path`` if the file there was not written by us."""
    target = path if _ours(path) else path.with_name(path.name + ".esl_bridge")
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        _replace(target, text)
    return target


def _ours(path: Path) -> bool:
    if not path.exists():
        return True
    with path.open(encoding="utf-8", errors="replace") as file:
        return MARK in file.readline()


def _replace(target: Path, text: str) -> None:
    """Replace the file atomically; the folder's group, usually the switch's, can read it."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=target.parent, prefix=f".{target.name}.", delete=False
    ) as file:
        file.write(text)
        with suppress(PermissionError):
            os.fchown(file.fileno(), -1, target.parent.stat().st_gid)
        os.fchmod(file.fileno(), _READABLE_BY_GROUP)
    Path(file.name).replace(target)
