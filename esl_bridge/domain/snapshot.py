"""Agents and calls as bytes and back: what a restarted service inherits.

A call is a graph of legs, actions, recordings and procedures that refer to each other. It is stored
as the list of its parts, the call first; a reference is an index into the list. The classes define
the fields and types: a field that is missing takes its default (defaults are not written), and an
unknown field is ignored. An unknown name never discards a call: an agent gets a stand-in, anything
else its default. The values that a leg is composed of are written as if their fields were its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec.structs import replace

from esl_bridge import errors
from esl_bridge.domain.agent import Agent, ServiceMode
from esl_bridge.domain.call import Action, Call
from esl_bridge.domain.last_call import LastCall
from esl_bridge.domain.leg import Intrusion, Leg, LegMedia, LegState, Origin, Position, Progress
from esl_bridge.domain.procedures import (
    AutomaticProcedure,
    Procedure,
    Rejoining,
    Supervision,
    ThirdPartyProcedure,
)
from esl_bridge.domain.recording import Recording, RecordingOptions
from esl_bridge.domain.states import AgentState, Trigger
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BridgeError, PartyGone

_PARTS: tuple[type, ...] = (
    Call,
    Leg,
    Action,
    Recording,
    *get_args(Procedure),
    *get_args(AutomaticProcedure),
)
_VALUES: tuple[type, ...] = (Origin, Progress, Position, LegMedia, Intrusion)
_NAMED: dict[str, Any] = {
    kind.__name__: kind for kind in (*_PARTS, Agent, RecordingOptions, BridgeError)
}

AgentLookup = Callable[[str], Agent]
"""Looks up an agent by its id, or makes a stand-in."""


class Unreadable(ValueError):
    """The stored bytes are no call, or no agent."""


class AgentSnapshot(msgspec.Struct, frozen=True):
    """``own_leg`` and ``detached_leg`` are uuids; ``ends_at``: when running timers expire, in
    wall-clock time. ``epoch`` and ``seq`` of the last push; ``before``: those of the process before
    that."""

    state: AgentState
    last_reported: tuple[str, str]
    token: str
    os: str
    own_leg: str
    detached_leg: str
    registered_at: dict[str, tuple[str, ...]]
    epoch: str
    seq: int
    before: tuple[str, int]
    ends_at: dict[Trigger, float]
    since: str = ""
    extension: str = ""
    token_grant: str = ""
    networks: tuple[str, ...] = ()
    since_ms: int = 0
    reason: str = ""
    last_call: LastCall | None = None
    service_mode: ServiceMode = ServiceMode.SERVICE


def dump_agent(
    agent: Agent, epoch: str, seq: int, before: tuple[str, int], ends_at: dict[Trigger, float]
) -> bytes:
    return msgspec.json.encode(
        AgentSnapshot(
            state=agent.state,
            last_reported=agent.last_reported,
            token=agent.token,
            os=agent.os,
            own_leg=agent.own_leg.uuid if agent.own_leg is not None else "",
            detached_leg=agent.detached_leg.uuid if agent.detached_leg is not None else "",
            registered_at=agent.registered_at,
            epoch=epoch,
            seq=seq,
            before=before,
            ends_at=ends_at,
            since=agent.since,
            extension=agent.extension,
            token_grant=agent.token_grant,
            networks=agent.networks,
            since_ms=agent.since_ms,
            reason=agent.reason,
            last_call=agent.last_call,
            service_mode=agent.service_mode,
        )
    )


def load_agent(body: bytes) -> AgentSnapshot:
    """Restore an agent's snapshot; raises Unreadable."""
    try:
        return msgspec.json.decode(body, type=AgentSnapshot)
    except msgspec.DecodeError as error:
        raise Unreadable(str(error)) from error


# -- calls ----------------------------------------------------------------------------------------


def dump_call(call: Call) -> bytes:
    """A leg that has moved to another call is stored as ended, with its identity only."""
    parts: list[Any] = [call]
    places = {id(call): 0}

    def place(part: Any) -> int:
        if id(part) not in places:
            places[id(part)] = len(parts)
            parts.append(part)
        return places[id(part)]

    kept = []
    for part in parts:  # grows during the loop
        gone = isinstance(part, Leg) and part.call is not call
        row = {"": type(part).__name__}
        for owner in (part, *(getattr(part, name) for name in _COMPOSED[type(part)])):
            for field in _KEPT[type(owner)]:
                value = getattr(owner, field.name)
                if value != field.usual and not (gone and field.points):
                    row[field.name] = value if field.plain else field.keep(value, place)
        kept.append(row | {"state": LegState.ENDED} if gone else row)
    return msgspec.json.encode(kept)


def load_call(body: bytes, lookup: AgentLookup) -> Call:
    """Restore a call; raises Unreadable."""
    try:
        rows = msgspec.json.decode(body, type=list[dict[str, Any]])
        kinds = [_PART_NAMED.get(row[""]) for row in rows]
        parts: list[Any] = [kind and kind.__new__(kind) for kind in kinds]
        for row, part in zip(rows, parts, strict=True):
            if part is not None:
                _restore(part, row, parts, lookup)
        call = parts[0]
        for leg in parts:
            if isinstance(leg, Leg):
                leg.call = call
    except (msgspec.MsgspecError, LookupError, TypeError, AttributeError) as error:
        raise Unreadable(repr(error)) from error
    if not isinstance(call, Call):
        raise Unreadable("no call")
    return call


def _restore(part: Any, row: dict[str, Any], parts: list[Any], lookup: AgentLookup) -> None:
    for name, kind in _COMPOSED[type(part)].items():
        value: Any = object.__new__(kind)
        setattr(part, name, value)
        _restore(value, row, parts, lookup)
    for field in _FIELDS[type(part)]:
        setattr(part, field.name, field.restore(row, parts, lookup))


def restore_call(call: Call, tenant: Tenant) -> None:
    """Attach a restored call to its tenant."""
    if isinstance(call.procedure, Rejoining):
        call.procedure = None  # the switch has bridged them, or they part as in a plain call
    for leg in call.legs:
        tenant.leg_book.take_in(leg)
        leg.position.moving = False  # a restored leg is where it was sent
        if leg.media.recording is not None and not leg.media.recording.over:
            tenant.recordings[leg.media.recording.file] = leg.media.recording
    if isinstance(call.procedure, ThirdPartyProcedure) and call.legs == [call.procedure.own_leg]:
        call.procedure.own_leg.ending = PartyGone  # it was released, or is not needed any more
    call.actions = [action for action in call.actions if action.agent_id in tenant.agents]
    for action in call.actions:
        tenant.agents[action.agent_id].actions.append(action)


def relink_supervisors(tenant: Tenant) -> None:
    """Link supervisors to the legs that they were monitoring; a supervisor whose target is gone is
    ended."""
    for leg in list(tenant.legs.values()):
        procedure = leg.call.procedure
        if isinstance(procedure, Supervision) and leg is procedure.own_leg:
            procedure.find_operated(tenant.legs)
            if procedure.operated.ended:
                leg.ending = PartyGone


def restore_agent(agent: Agent, kept: AgentSnapshot, tenant: Tenant) -> None:
    """Restore an agent's state; its calls are restored already."""
    agent.state, agent.last_reported, agent.token, agent.os = (
        kept.state,
        kept.last_reported,
        kept.token,
        kept.os,
    )
    agent.since = kept.since or agent.since
    agent.since_ms, agent.reason = kept.since_ms or agent.since_ms, kept.reason
    agent.token_grant = kept.token_grant if agent.enabled else ""
    agent.networks, agent.last_call = kept.networks, kept.last_call
    agent.service_mode = kept.service_mode
    agent.registered_at = {
        node: addresses for node, addresses in kept.registered_at.items() if node == tenant.node
    }
    if agent.id not in tenant.company.agents:
        agent.token, agent.entry = "", replace(agent.entry, extension=kept.extension or None)
    agent.own_leg, agent.detached_leg = (
        tenant.legs.get(kept.own_leg),
        tenant.legs.get(kept.detached_leg),
    )
    tenant.agent_states.mark_changed(agent)


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of a part. ``usual``: the value that ``default`` makes; two thirds of all fields
    have it. ``plain``: it is written as it is."""

    name: str
    hint: Any
    default: Callable[[], Any] | None
    usual: Any
    points: bool
    many: bool
    kept: bool
    plain: bool

    def keep(self, value: Any, place: Callable[[Any], int]) -> Any:
        if isinstance(value, Agent):
            return value.id
        if isinstance(value, type):
            return value.__name__
        if self.points and value is not None:
            return [place(each) for each in value] if isinstance(value, list) else place(value)
        return value

    def restore(self, row: dict[str, Any], parts: list[Any], lookup: AgentLookup) -> Any:
        if self.name not in row and self.default is not None:
            return self.default()
        value = row[self.name]
        if value is None:
            return None
        if self.points and isinstance(value, list) is not self.many:
            raise TypeError(f"{self.name} is {value!r}")
        if self.points and self.many:
            return [self._part(parts, at) for at in value if parts[at] is not None]
        if self.points:
            return self._part(parts, value) if parts[value] is not None else self._without(value)
        if _holds(self.hint, Agent):
            return lookup(value)
        if _holds(self.hint, type[BridgeError]):
            return getattr(errors, value, PartyGone)
        try:
            return msgspec.convert(value, self.hint)
        except msgspec.ValidationError:
            return self._without(value)

    def _part(self, parts: list[Any], at: int) -> Any:
        if not _holds(self.hint, type(parts[at])):
            raise TypeError(f"{self.name} is no {type(parts[at]).__name__}")
        return parts[at]

    def _without(self, value: object) -> Any:
        """The default, in place of a value that no class knows any more."""
        if self.default is None:
            raise LookupError(value)
        return self.default()


def _fields(kind: type) -> tuple[_Field, ...]:
    """All but ``call``, since a leg belongs to the call that it is stored with, and but the values
    that a part is composed of."""
    hints = get_type_hints(kind, localns=_NAMED)
    found = []
    for each in fields(kind):
        hint = hints[each.name]
        points = any(_holds(hint, part) for part in _PARTS)
        if hint is not Call and hint not in _VALUES:
            kept = each.metadata.get("kept", True)
            default = _default(each)
            usual = default() if default is not None else MISSING
            many = get_origin(hint) is list
            named = _holds(hint, Agent) or _holds(hint, type[BridgeError])
            plain = not points and not named
            found.append(_Field(each.name, hint, default, usual, points, many, kept, plain))
    return tuple(found)


def _composed(kind: type) -> dict[str, type]:
    """The values that a part is composed of."""
    hints = get_type_hints(kind, localns=_NAMED)
    return {each.name: hints[each.name] for each in fields(kind) if hints[each.name] in _VALUES}


def _default(field: Field[Any]) -> Callable[[], Any] | None:
    if field.default_factory is not MISSING:
        return field.default_factory
    return None if field.default is MISSING else lambda: field.default


def _holds(hint: Any, kind: Any) -> bool:
    return hint == kind or any(_holds(each, kind) for each in get_args(hint) if hint is not kind)


_FIELDS = {kind: _fields(kind) for kind in (*_PARTS, *_VALUES)}
_KEPT = {kind: tuple(field for field in each if field.kept) for kind, each in _FIELDS.items()}
_COMPOSED = {kind: _composed(kind) for kind in _FIELDS}
_PART_NAMED: dict[str, Any] = {kind.__name__: kind for kind in _PARTS}
