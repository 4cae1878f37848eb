"""The daemon writes through no link that stands in place of one of its files."""

import sqlite3

import pytest

from esl_bridge.runtime.audit import AuditFile
from esl_bridge.runtime.state_file import StateFile


def test_an_audit_file_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "target").write_text("mine\n")
    (tmp_path / "audit").symlink_to("target")
    failed = []
    file = AuditFile(tmp_path / "audit", lambda: failed.append(1))
    file.write(b"line\n")
    file.close()
    assert failed and (tmp_path / "target").read_text() == "mine\n"


@pytest.mark.parametrize("side", ["", "-wal", "-shm"])
def test_a_state_file_that_is_a_link_is_refused(tmp_path, side):
    (tmp_path / f"state{side}").symlink_to("target")
    with pytest.raises(sqlite3.Error, match="link"):
        StateFile(tmp_path / "state").read()
    assert not (tmp_path / "target").exists()
