"""The state file: agents and calls as rows, in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import strftime
from typing import NamedTuple

VERSION = 4
_SIDES = ("", "-wal", "-shm")
_TABLES = f"""
BEGIN;
CREATE TABLE agents (company TEXT, agent TEXT, body BLOB, PRIMARY KEY (company, agent));
CREATE TABLE calls (id INTEGER PRIMARY KEY, company TEXT, body BLOB);
CREATE TABLE switches (node TEXT PRIMARY KEY, core TEXT);
PRAGMA user_version = {VERSION};
COMMIT;
"""
# Not in the tables above: they are of version 4, whose files an older daemon may have made.
_WRAP_UPS = """
CREATE TABLE IF NOT EXISTS wrap_ups (
    company TEXT, leg TEXT, noted_ms INTEGER, body BLOB, PRIMARY KEY (company, leg)
);
CREATE INDEX IF NOT EXISTS wrap_ups_by_time ON wrap_ups (noted_ms);
"""
_KEPT_MS = 7 * 86_400_000
"""How long a wrap-up is kept where nothing takes it."""
# In place: half the price of REPLACE, which deletes a row and makes another (measured).
_KEEP_AGENT = """
INSERT INTO agents VALUES (?, ?, ?) ON CONFLICT (company, agent) DO UPDATE SET body = excluded.body
"""
_KEEP_CALL = """
INSERT INTO calls VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body
"""


class AgentRow(NamedTuple):
    company: str
    agent: str
    body: bytes

    @property
    def key(self) -> Hashable:
        return self.company, self.agent


class CallRow(NamedTuple):
    id: int
    company: str
    body: bytes

    @property
    def key(self) -> Hashable:
        return self.id


class WrapUpRow(NamedTuple):
    """What an agent has said of its call, by the agent's leg; ``noted_ms``: when."""

    company: str
    leg: str
    noted_ms: int
    body: bytes


class Rows(NamedTuple):
    """Rows read at the start, or changed since the last write. ``over``: ids of calls that have
    ended; ``cores``: the run of each switch, where that has changed. ``wrap_ups`` are only added.
    ``anew``: replace all earlier rows of agents and calls."""

    agents: Sequence[AgentRow] = ()
    calls: Sequence[CallRow] = ()
    over: Sequence[int] = ()
    cores: Mapping[str, str] = {}
    wrap_ups: Sequence[WrapUpRow] = ()
    anew: bool = False


class StateFile:
    """Every method raises ``sqlite3.Error``. Not for two threads at once.

    When ``write`` returns, the data are in the kernel: they survive a kill of the service. A power
    loss takes what SQLite has not yet copied from its log into the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None

    def read(self) -> Rows:
        found = self._open()
        return Rows(
            [AgentRow(*row) for row in found.execute("SELECT company, agent, body FROM agents")],
            [CallRow(*row) for row in found.execute("SELECT id, company, body FROM calls")],
            cores=dict(found.execute("SELECT node, core FROM switches").fetchall()),
        )

    def write(self, rows: Rows) -> None:
        """Write everything or, if this raises, nothing."""
        with self._open() as into:
            into.execute("BEGIN IMMEDIATE")
            if rows.anew:
                into.execute("DELETE FROM agents")
                into.execute("DELETE FROM calls")
            into.executemany(_KEEP_AGENT, rows.agents)
            into.executemany(_KEEP_CALL, rows.calls)
            into.executemany("DELETE FROM calls WHERE id = ?", [(each,) for each in rows.over])
            into.executemany("REPLACE INTO switches VALUES (?, ?)", rows.cores.items())
            if rows.wrap_ups:
                into.executemany("REPLACE INTO wrap_ups VALUES (?, ?, ?, ?)", rows.wrap_ups)
                oldest = rows.wrap_ups[-1].noted_ms - _KEPT_MS
                into.execute("DELETE FROM wrap_ups WHERE noted_ms < ?", (oldest,))

    def wrap_ups(self) -> list[WrapUpRow]:
        """Those that are kept, the oldest first."""
        columns = "company, leg, noted_ms, body"
        found = self._open().execute(f"SELECT {columns} FROM wrap_ups ORDER BY noted_ms")
        return [WrapUpRow(*row) for row in found]

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def set_aside(self) -> Path:
        """Rename an unreadable file, to make room for a new one; raises OSError."""
        self.close()
        aside = self.path.with_name(f"{self.path.name}.unreadable-{strftime('%Y%m%d-%H%M%S%z')}")
        for side in _SIDES:
            with suppress(FileNotFoundError):
                Path(f"{self.path}{side}").rename(f"{aside}{side}")
        return aside

    def _refuse_links(self) -> None:
        """Anybody who can create a link in the folder would choose the file that is written."""
        if any(Path(f"{self.path}{side}").is_symlink() for side in _SIDES):
            raise sqlite3.OperationalError("is a link")

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._refuse_links()
            self._make()
            connection = sqlite3.connect(
                self.path, timeout=1, isolation_level=None, check_same_thread=False
            )
            try:
                _prepare(connection)
            except sqlite3.Error:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _make(self) -> None:
        # It holds tokens. SQLite gives the files beside it the mode of this one.
        try:
            self.path.touch(mode=0o600)
        except OSError as error:
            raise sqlite3.OperationalError(str(error)) from error


class ForeignFile(sqlite3.DatabaseError):
    """A database of another version, or of another program."""


def _prepare(connection: sqlite3.Connection) -> None:
    # Exclusive: a second service by mistake neither reads nor spoils what the first one keeps.
    for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not version and not tables:
        connection.executescript(_TABLES)
    elif version != VERSION:
        raise ForeignFile(f"it is of version {version}, not {VERSION}")
    connection.executescript(_WRAP_UPS)
    (sound,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if sound != "ok":
        raise sqlite3.DatabaseError(sound)
