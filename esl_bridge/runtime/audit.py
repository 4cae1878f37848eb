"""The audit log: what supervisors did, attempted and were refused, one line of JSON each, in a file
of its own.

A line is written when a request is answered (``phase`` REQUEST), and when the act that it began
starts and ends. A client that is not checked in on the connection leaves no line, and neither does
a request that the rate limiter refused. Other refusals, which may come as fast as a client likes,
leave one line a second for each supervisor, with their number.
"""

from __future__ import annotations

import json
import logging
import os
from collections import deque
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from pathlib import Path

import gevent
from gevent import Greenlet
from gevent.threadpool import ThreadPool
from msgspec import Struct

from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import ActionPhase
from esl_bridge.domain.domain_events import ActionAdvanced, DomainEvent, LegHijacked
from esl_bridge.domain.tenant import Tenant
from esl_bridge.domain.tenant_registry import TenantRegistry
from esl_bridge.errors import TooManyRequests
from esl_bridge.operations import OPERATIONS
from esl_bridge.protocol.codec import Envelope
from esl_bridge.protocol.envelope import SupervisorRequest
from esl_bridge.protocol.tolerance import without_blanks
from esl_bridge.runtime import threads

log = logging.getLogger(__name__)

_ACTS = frozenset(
    str(kind.__struct_config__.tag) for kind in OPERATIONS if issubclass(kind, SupervisorRequest)
)
_LONGEST = 128  # characters of what a client wrote
_WAITING = 10_000  # lines that wait for a slow disk
_LAST_SECONDS = 2.0
_REFUSED_SECONDS = 1.0  # one line per supervisor for the refusals of this long
# Never follow a symbolic link: anybody who can create one in the folder would choose the file that
# is written.
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW


class Act(Struct, frozen=True):
    """``agent``: the operated agent, as the request names it; ``call``: the uuid of its leg at that
    moment, or ""; ``act``: the request's ``msg_type``, or the FORCE_* action."""

    company: str
    supervisor: str
    act: str
    agent: str
    call: str
    req_id: str


class _Refused:
    """The refusals of one supervisor since its last line: the latest one, and their number."""

    __slots__ = ("act", "code", "count")

    def __init__(self) -> None:
        self.act: Act | None = None
        self.code = ""
        self.count = 0


class Audit:
    """``write`` takes one line; None: nothing is written. ``on_replaced`` is called for each leg
    that was taken over with ``Replaces``."""

    def __init__(
        self,
        tenant_registry: TenantRegistry,
        write: Callable[[bytes], None] | None,
        on_replaced: Callable[[], None] = lambda: None,
    ) -> None:
        self._tenant_registry = tenant_registry
        self._write = write
        self._on_replaced = on_replaced
        self._refused: dict[tuple[str, str], _Refused] = {}
        self._accepted: Act | None = None
        self._begun: dict[tuple[str, ...], Act] = {}

    def act(self, connection: Hashable, envelope: Envelope) -> Act | None:
        """What a request is about to do to another agent; None where there is nothing to write
        down."""
        if self._write is None or not (name := _name(envelope)):
            return None
        supervisor = self._agent(envelope.company_code, envelope.agent_id)
        if supervisor is None or not supervisor.is_at_work_on(connection):
            return None
        operated = _text(envelope, "operated_agent_id")
        return Act(
            envelope.company_code,
            envelope.agent_id,
            name[:_LONGEST],
            operated[:_LONGEST],
            self._leg_of(envelope.company_code, operated),
            envelope.req_id[:_LONGEST],
        )

    def answered(self, act: Act, code: str) -> None:
        if code == TooManyRequests.code:
            return
        self._accepted = act if code == "0" else None
        if code == "0":
            self._note(act, "REQUEST", code)
        else:
            self._note_refused(act, code)

    def close(self) -> None:
        """Write the refusals that have no line yet."""
        for refused in self._refused.values():
            self._note_rest(refused)
        self._refused.clear()

    def _note_refused(self, act: Act, code: str) -> None:
        who = (act.company, act.supervisor)
        if who in self._refused:
            refused = self._refused[who]
            refused.act, refused.code, refused.count = act, code, refused.count + 1
        else:
            self._note(act, "REQUEST", code)
            self._begin_second(who)

    def _begin_second(self, who: tuple[str, str]) -> None:
        self._refused[who] = _Refused()
        gevent.spawn_later(_REFUSED_SECONDS, self._end_second, who)

    def _end_second(self, who: tuple[str, str]) -> None:
        refused = self._refused.pop(who, None)
        if refused is not None and refused.count:
            self._note_rest(refused)
            self._begin_second(who)

    def _note_rest(self, refused: _Refused) -> None:
        if refused.act is not None:
            self._note(refused.act, "REQUEST", refused.code, refused.count)

    def follow(self, tenant: Tenant, domain_events: list[DomainEvent]) -> None:
        """Record how accepted acts go on: the INITIATE of an act is the first event after its
        reply."""
        for item in domain_events:
            if isinstance(item, ActionAdvanced) and item.kind.lower() in _ACTS:
                self._advanced(tenant.company.code, item)
            elif isinstance(item, LegHijacked):
                self._stolen(tenant.company.code, item)

    def _advanced(self, company: str, item: ActionAdvanced) -> None:
        asked = (company, item.agent_id, item.kind.lower(), item.req_id[:_LONGEST])
        key = (*asked, item.uuid)  # a req_id may be used again
        act = self._accepted
        if item.phase is ActionPhase.INITIATE:
            if act is not None and (act.company, act.supervisor, act.act, act.req_id) == asked:
                self._begun[key] = act
            return
        begun = self._begun.get(key)
        if begun is not None:
            self._note(begun, item.phase, item.code)
        if item.phase is ActionPhase.END_CALL:
            self._begun.pop(key, None)

    def _stolen(self, company: str, item: LegHijacked) -> None:
        """Not done by a checked-in agent: ``supervisor`` is the phone's extension, or its
        address."""
        log.warning(
            "leg %s of agent %s (company %s) was taken over by %s with Replaces",
            item.uuid,
            item.agent_id or "-",
            company,
            item.by or "an unknown party",
        )
        self._on_replaced()
        if self._write is not None:
            self._note(
                Act(company, item.by, "replaces", item.agent_id, item.uuid, ""), "REPLACED", ""
            )

    def _leg_of(self, company: str, agent_id: str) -> str:
        agent = self._agent(company, agent_id)
        return agent.own_leg.uuid if agent is not None and agent.own_leg is not None else ""

    def _agent(self, company: str, agent_id: str) -> Agent | None:
        tenant = self._tenant_registry.tenants.get(company)
        return tenant.agents.get(agent_id) if tenant is not None else None

    def _note(self, act: Act, phase: str, code: str, count: int = 0) -> None:
        assert self._write is not None
        line: dict[str, str | int] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "phase": phase,
            "company": act.company,
            "supervisor": act.supervisor,
            "act": act.act,
            "agent": act.agent,
            "call": act.call,
            "code": code,
            "req_id": act.req_id,
        }
        if count:
            line["count"] = count
        # ASCII only: some readers treat U+2028 as the end of a line.
        self._write(json.dumps(line, separators=(",", ":")).encode() + b"\n")


def _name(envelope: Envelope) -> str:
    """The act upon others that a message asks for, well-formed or not; "" if none."""
    if envelope.msg_type in _ACTS:
        return envelope.msg_type
    if envelope.msg_type != "change_status":
        return ""
    action = without_blanks(_text(envelope, "action"))
    if not action.startswith("FORCE_"):
        return ""
    on_oneself = action == "FORCE_RESET" and not _text(envelope, "operated_agent_id")
    return "" if on_oneself else action


def _text(envelope: Envelope, name: str) -> str:
    value = envelope.fields.get(name, "")
    return str(value) if isinstance(value, str | int) else ""


class AuditFile:
    """Appends lines in order, in a thread of its own, so that a slow disk blocks nothing. A line
    that cannot be written goes to the log, and ``on_failure`` is called."""

    def __init__(self, path: Path, on_failure: Callable[[], None]) -> None:
        self._path = path
        self._on_failure = on_failure
        self._pool = ThreadPool(1)
        self._lines: deque[bytes] = deque()
        self._writer: Greenlet[..., None] | None = None
        self._file: int | None = None
        self._moved = True

    def write(self, line: bytes) -> None:
        """Never waits."""
        if len(self._lines) >= _WAITING:
            self._failed("the disk is too slow", line)
            return
        self._lines.append(line)
        self._wake()

    def reopen(self) -> None:
        """Continue in a new file of the same name: the present one may have been moved away (log
        rotation)."""
        self._moved = True
        self._wake()

    def close(self) -> None:
        """Write the waiting lines, unless the disk blocks."""
        if self._writer:
            self._writer.join(_LAST_SECONDS)
        if not self._writer:  # else the thread is blocked by the disk
            self._pool.kill()

    def _wake(self) -> None:
        if not self._writer:
            self._writer = gevent.spawn(self._write_all)

    def _write_all(self) -> None:
        while self._moved or self._lines:
            line = self._lines.popleft() if self._lines else b""
            try:
                threads.apply(self._pool, OSError, self._append, line)
            except OSError as error:
                self._failed(error.strerror or str(error), line)

    def _append(self, line: bytes) -> None:
        if self._moved or self._file is None:
            self._moved = False
            self._open()
        assert self._file is not None
        taken = os.write(self._file, line) if line else 0
        if taken < len(line):
            os.ftruncate(self._file, os.fstat(self._file).st_size - taken)
            raise OSError(f"{taken} of {len(line)} bytes taken")

    def _open(self) -> None:
        old, self._file = self._file, None
        if old is not None:
            os.close(old)
        self._file = os.open(self._path, _FLAGS, 0o640)

    def _failed(self, why: str, line: bytes) -> None:
        self._on_failure()
        log.error("%s cannot be written (%s): %s", self._path, why, line.decode().strip())
