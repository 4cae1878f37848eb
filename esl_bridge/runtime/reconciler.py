"""Finds and corrects what the switch failed to report while the link was up.

At intervals the tenants are compared with the switch's own lists. Those lag behind the events, and
events may be under way. So a difference is examined only if it was there, unchanged, the time
before: the leg itself is queried, and every event sent before the answer is processed first.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set

import gevent

from esl_bridge.callflow import recording
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Call
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.procedures import Transfer
from esl_bridge.domain.recording import Recording
from esl_bridge.domain.tenant import Tenant
from esl_bridge.domain.tenant_registry import TenantRegistry
from esl_bridge.errors import BridgeError, SwitchUnavailable
from esl_bridge.esl.events import LegParked, RecordStopped, Registered, Unregistered
from esl_bridge.layout.places import ObservedLeg, Parked
from esl_bridge.reactions import resync, switch_state
from esl_bridge.runtime.resynchronizer import ChannelsByUuid, Resynchronizer
from esl_bridge.runtime.runner import Runner
from esl_bridge.runtime.slices import agents_in_slices, in_slices

_AT_A_TIME = 200  # legs that are compared before other greenlets have their turn

Doubted = str | Agent | Recording
"""A leg's uuid, whose phone may be registered, or what may be over."""
Doubts = Mapping[Doubted, object]
"""What differs, and how: the same as the time before, if nothing has happened to it. Never None, as
what does not differ is."""

log = logging.getLogger(__name__)


class Reconciler:
    """``hear_out`` returns once every event sent before was processed; ``count`` receives what was
    corrected: the kind of event missed, and how often. ``seconds``: how long an error may last."""

    def __init__(
        self,
        tenant_registry: TenantRegistry,
        runner: Runner,
        resynchronizer: Resynchronizer,
        hear_out: Callable[[], None],
        count: Callable[[str, int], None],
        seconds: float,
    ) -> None:
        self._tenant_registry = tenant_registry
        self._runner = runner
        self._resynchronizer = resynchronizer
        self._node = resynchronizer.node
        self._owners = tenant_registry.owners[self._node]
        self._hear_out = hear_out
        self._count = count
        self._pause = seconds / 2
        self._doubts: Doubts = {}
        self._settled: Doubts = {}
        self._rounds = gevent.Greenlet(self._go_round)

    def start(self) -> None:
        self._rounds.start()

    def stop(self) -> None:
        self._rounds.kill()

    def _go_round(self) -> None:
        while True:
            gevent.sleep(self._pause)
            try:
                self.compare()
            except BridgeError as error:
                log.info("cannot compare with the switch: %s", error)
            except Exception:
                # A bug in one comparison must not prevent later ones.
                log.exception("unhandled error while comparing with the switch")

    def compare(self) -> None:
        """One round. Raises a BridgeError where the switch does not answer; the next round then
        counts as the first."""
        last, self._doubts = self._doubts, {}
        warnings = dict(self._differences())
        settled = {one for one, how in warnings.items() if self._settled.get(one) == how}
        lasting = {one for one, how in warnings.items() if last.get(one) == how} - settled
        # A repaired difference is not settled: the command that repairs it may be lost, too.
        wrong = self._look_into(lasting) if lasting else set()
        self._settled = {one: warnings[one] for one in (settled | lasting) - wrong}
        self._doubts = warnings

    # -- what differs ---------------------------------------------------------------------------

    def _differences(self) -> Iterator[tuple[Doubted, object]]:
        listed = self._resynchronizer.listed()
        registered = self._resynchronizer.registered()
        for tenant in self._with_legs():
            if tenant.leg_book.release_all_but(listed, self._node):
                self._runner.publish_changes(tenant)
        for leg in in_slices(self._legs(), _AT_A_TIME):
            shown = listed.get(leg.uuid)
            if not leg.ended and not _agrees(leg, shown):
                yield leg.uuid, (_known(leg.call), shown)
        for uuid in listed.keys() - self._owners.keys():
            yield uuid, listed[uuid]
        for _, agents in agents_in_slices(self._tenants()):
            yield from _phones(agents, registered)
        for tenant in self._with_legs():
            files = tenant.recordings_on(self._node)
            yield from ((one, one.on.ended) for one in files if one.on.ended or one.stopping)

    def _legs(self) -> list[Leg]:
        return [leg for tenant in self._with_legs() for leg in tenant.leg_book.on_node(self._node)]

    def _with_legs(self) -> list[Tenant]:
        return self._tenant_registry.with_legs_on(self._node)

    def _tenants(self) -> list[Tenant]:
        return self._tenant_registry.homed_on(self._node)

    # -- looking closer -------------------------------------------------------------------------

    def _look_into(self, doubtful: Set[Doubted]) -> set[Doubted]:
        """Gives the legs that needed a repair."""
        found: set[Doubted] = set()
        uuids = {one for one in doubtful if isinstance(one, str)}
        unknown = uuids - self._owners.keys()
        calls = _with_partners({leg.call for leg in self._legs() if leg.uuid in uuids})
        before = {call: _known(call) for call in calls}
        seen = self._resynchronizer.look(uuids | {leg.uuid for call in calls for leg in call.legs})
        self._hear_out()
        # A call that changed meanwhile can wait for the next round.
        calls = {call for call, known in before.items() if _known(call) == known}
        for tenant, mine in self._by_tenant(calls).items():
            legs = self._wrong(tenant, mine, seen, uuids)
            found |= {leg.uuid for leg in legs}
            self._made_good(self._resynchronizer.catch_up(tenant, legs, seen))
        taken = self._resynchronizer.take_in([seen[uuid] for uuid in unknown & seen.keys()])
        self._made_good(Counter({LegParked.__name__: taken}))
        self._phones_and_files(doubtful)
        return found

    def _by_tenant(self, calls: Set[Call]) -> dict[Tenant, set[Call]]:
        found: dict[Tenant, set[Call]] = {}
        for call in calls:
            if call.legs and call.legs[0].uuid in self._owners:
                found.setdefault(self._owners[call.legs[0].uuid], set()).add(call)
        return found

    def _wrong(
        self, tenant: Tenant, calls: Set[Call], seen: ChannelsByUuid, doubtful: Set[str]
    ) -> list[Leg]:
        """All legs of the calls in which something is."""
        legs = [leg for call in calls for leg in call.legs]
        there, gone = resync.sort_out(legs, seen)
        wrong = {tenant.legs[event.leg].call for event in resync.unreported(there)}
        wrong |= {leg.call for leg in gone if not switch_state.is_undialled(leg, gone)}
        wrong |= {leg.call for leg in there if leg.uuid in doubtful and _waits(leg, there[leg])}
        return [leg for leg in legs if leg.call in wrong]

    def _phones_and_files(self, doubtful: Set[Doubted]) -> None:
        for tenant, agents in agents_in_slices(self._tenants()):
            for agent in doubtful & {*agents}:
                assert isinstance(agent, Agent)
                self._look_at_phone(tenant, agent)
            self._runner.publish_changes(tenant)
        for tenant in self._with_legs():
            for over in {*tenant.recordings_on(self._node)} & doubtful:
                recording.end(tenant, over, SwitchUnavailable)
                self._made_good(Counter([RecordStopped.__name__]))
            self._runner.publish_changes(tenant)

    def _look_at_phone(self, tenant: Tenant, agent: Agent) -> None:
        addresses = self._resynchronizer.addresses(agent)
        if tenant.node == self._node and bool(addresses) != agent.registered:
            switch_state.registration(tenant, agent, addresses)
            self._made_good(Counter([(Registered if addresses else Unregistered).__name__]))

    def _made_good(self, unreported: Counter[str]) -> None:
        for name, number in (+unreported).items():
            log.warning("corrected %d %s that the switch did not report", number, name)
            self._count(name, number)


def _agrees(leg: Leg, shown: ObservedLeg | None) -> bool:
    """Whether all is as it seems; what a list says of a leg is not exact."""
    return shown is not None and not _waits(leg, shown) and not resync.unreported({leg: shown})


def _known(call: Call) -> object:
    """Changes whenever an event of the call was processed, or something was begun in it."""
    legs = [
        (
            leg.uuid,
            leg.state,
            leg.position.room,
            leg.media.hold,
            leg.position.moving,
            leg.ending,
        )
        for leg in call.legs
    ]
    peers = [leg.peer.uuid if leg.peer else "" for leg in call.legs]
    return (legs, peers, call.procedure, len(call.actions))


def _waits(leg: Leg, shown: ObservedLeg) -> bool:
    return shown.place == Parked() or _is_on_its_way(leg)


def _is_on_its_way(leg: Leg) -> bool:
    """Whether something is pending that takes almost no time, unless its command or event was lost:
    music to begin or end, a leg to end, a customer to leave for its destination, two legs to be
    bridged, a supervisor to hear."""
    procedure = leg.call.procedure
    leaves = isinstance(procedure, Transfer) and procedure.other is None
    awaited = leaves or (procedure is not None and procedure.awaits_switch)
    return leg.hold_changes or leg.ending is not None or awaited or _apart(leg.call)


def _apart(call: Call) -> bool:
    alone = [
        leg
        for leg in call.legs
        if leg.progress.talked and leg.peer is None and not leg.position.room
    ]
    return call.procedure is None and len(alone) == len(call.legs) == 2


def _with_partners(calls: set[Call]) -> set[Call]:
    legs = [leg for call in calls for leg in call.legs]
    return calls | {leg.peer.call for leg in legs if leg.peer is not None}


def _phones(agents: Iterable[Agent], registered: Set[str]) -> Iterator[tuple[Doubted, object]]:
    for agent in agents:
        if agent.registered != (agent.phone in registered):
            yield agent, (agent.registered, agent.registrations)
