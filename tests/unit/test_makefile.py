"""What `make` says to who has no Python that is new enough."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """With the programs in ``folder`` in front of all others."""
    return subprocess.run(
        ["make", f"VENV={folder}/venv", f"{folder}/venv/for-running", *words],
        cwd=ROOT,
        env={"PATH": f"{folder}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )


def _old(program: Path) -> None:
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)


def test_an_old_python_is_refused_before_anything_is_installed(tmp_path):
    for name in ("python3", "python3.14", "python3.13", "python3.12", "python3.11"):
        _old(tmp_path / name)
    made = _make(tmp_path)
    assert (made.returncode, "Python 3.11 or later is needed" in made.stdout) == (2, True)
    assert not (tmp_path / "venv").exists()


def test_a_newer_python_beside_an_old_one_is_used(tmp_path):
    _old(tmp_path / "python3")
    newer = tmp_path / "python3.14"
    newer.write_text("#!/bin/sh\n")
    newer.chmod(0o755)
    assert "python3.14 -m venv" in _make(tmp_path, "--dry-run").stdout
