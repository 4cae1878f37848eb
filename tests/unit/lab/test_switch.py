"""Where the laboratory looks for a FreeSWITCH, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.line import CannotRun
from benchmarks.private_switch import needs_freeswitch
from tests.behaviour.report import missing
from tests.lab.switch import NoFreeSwitch, installed


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which a FreeSWITCH, and it alone, was installed; without stock files."""
    program = tmp_path / "bin" / "freeswitch"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    for name in ("FREESWITCH", "FREESWITCH_CONF"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def _configure(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "freeswitch.xml").touch()
    return folder


def test_the_stock_files_of_a_build_from_source_are_found(prefix):
    etc = _configure(prefix / "etc/freeswitch")
    assert installed().stock == etc


def test_a_configuration_in_use_comes_after_all_others(prefix):
    _configure(prefix / "etc/freeswitch")
    vanilla = _configure(prefix / "share/freeswitch/conf/vanilla")
    assert installed().stock == vanilla


def test_a_switch_without_stock_files_does_not_count(prefix):
    with pytest.raises(NoFreeSwitch, match="FREESWITCH_CONF"):
        installed()
    assert "FREESWITCH_CONF" in missing()
    with pytest.raises(CannotRun, match="FREESWITCH_CONF"):
        needs_freeswitch()


def test_a_missing_program_does_not_count(prefix, monkeypatch):
    monkeypatch.setenv("FREESWITCH", "/nowhere/freeswitch")
    assert "no freeswitch" in missing()
