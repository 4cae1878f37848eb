"""The resync after each link-up, by which every tenant learns what it missed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping

import gevent
from gevent.lock import RLock
from gevent.pool import Pool

from esl_bridge.callflow import ending, recording, recovery
from esl_bridge.callflow.steps import Steps
from esl_bridge.callflow.takeover import is_to_stay
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.switch_settings import SwitchSettings
from esl_bridge.domain.tenant import Tenant
from esl_bridge.domain.tenant_registry import TenantRegistry
from esl_bridge.engine.driver import Task
from esl_bridge.errors import AnswerTooLong, BadField, SwitchError, SwitchRefused
from esl_bridge.esl import channels, commands, registrations
from esl_bridge.esl.channels import Channel
from esl_bridge.esl.commands import Command
from esl_bridge.esl.events import LegEnded, LegParked
from esl_bridge.esl.headers import UnreadableEvent
from esl_bridge.layout.places import ObservedLeg
from esl_bridge.reactions import orphan_channels, resync, switch_state
from esl_bridge.reactions.switch_state import Phones
from esl_bridge.runtime.runner import Runner, log_refusal
from esl_bridge.runtime.slices import agents_in_slices, in_slices

_AT_ONCE = 100  # questions on their way
_TENANTS_AT_A_TIME = 10
_ROWS_AT_A_TIME = 1_000
_CALLS_AT_A_TIME = 20

ChannelsByUuid = Mapping[str, Channel]


class Resynchronizer:
    """``ask`` sends a command and returns the switch's reply; ``note_core`` receives the run of the
    switch that the calls are on; ``sync_queues`` is called when the queues have to be compared.
    ``core``: the run that the calls were on."""

    def __init__(
        self,
        tenant_registry: TenantRegistry,
        runner: Runner,
        ask: Callable[[Command], str],
        switch_settings: SwitchSettings,
        note_core: Callable[[str], None] = lambda _: None,
        sync_queues: Callable[[], None] = lambda: None,
    ) -> None:
        self._tenant_registry = tenant_registry
        self._runner = runner
        self._ask = ask
        self.node = switch_settings.node
        self._switch_settings = switch_settings
        self._note_core = note_core
        self._sync_queues = sync_queues
        self.tenants_lock = RLock()
        """Held while tenants are brought in line: nothing else that goes through all of them
        may."""
        self.core = ""

    def resync(self, core_uuid: str) -> None:
        """Query everything first, then update one tenant at a time: if a query fails nothing
        changes, and the next attempt starts anew. Raises SwitchError."""
        with self.tenants_lock:
            self._resync(core_uuid)

    def _resync(self, core_uuid: str) -> None:
        phones = self._registrations()
        anew = bool(self.core) and core_uuid != self.core
        try:
            listed = [*self.listed()]
        except AnswerTooLong as error:
            # Callers' names can make the list too long. Unknown legs are found once it is shorter;
            # the known ones are queried one by one, and nobody waits for that.
            log_refusal(error)
            listed = []
        seen = self.look([*(() if anew else self._known()), *listed])
        if anew:
            self.end_all_calls()
        if not self.core or anew:
            self._forget_queue_agents()
        unknown = self._unknown(seen)
        self._note_phones(phones, switch_state.registrations)
        for tenant in in_slices(self._with_legs(), _TENANTS_AT_A_TIME):
            self._bring_in_line(tenant, seen)
        # Queued events will report callers who arrived since the link came up: routing them here as
        # well would lose them.
        gevent.spawn(self._take_in_orphans, unknown)
        self.core = core_uuid
        self._note_core(core_uuid)
        self._sync_queues()

    def end_all_calls(self) -> None:
        """All calls are lost with the switch that they were on."""
        with self.tenants_lock:
            for tenant in in_slices(self._with_legs(), _TENANTS_AT_A_TIME):
                ending = switch_state.ending_all_calls(tenant, self.node)
                for _ in in_slices(ending, _CALLS_AT_A_TIME):
                    self._runner.publish_changes(tenant)

    def _take_in_orphans(self, unknown: list[Channel]) -> None:
        self.take_in(self._without_owner(unknown))
        for tenant, agents in agents_in_slices(self._tenants()):
            switch_state.without_legs(tenant, "RESYNC", agents)
            self._runner.publish_changes(tenant)

    def companies_reloaded(self) -> None:
        """The companies were reloaded: new agents may have registered phones."""
        try:
            phones = self._registrations()
        except SwitchError as error:
            log_refusal(error)
            return
        self._note_phones(phones, switch_state.found_registered)
        self._sync_queues()

    def _tenants(self) -> list[Tenant]:
        return self._tenant_registry.homed_on(self.node)

    def _with_legs(self) -> list[Tenant]:
        return self._tenant_registry.with_legs_on(self.node)

    def _forget_queue_agents(self) -> None:
        """For a switch that was restarted, or is new, nobody knows which agents it has: none is
        updated before that is known."""
        for _, agents in agents_in_slices(self._tenants()):
            for agent in agents:
                agent.known_to_queues = False

    def _registrations(self) -> Phones:
        """The addresses of all phones."""
        found = defaultdict(list)
        text = self._ask(commands.registrations(self._switch_settings.profile))
        rows = registrations.table(
            text, self._switch_settings.domain, anywhere=self._switch_settings.contacts_elsewhere
        )
        for extension, address in in_slices(rows, _ROWS_AT_A_TIME):
            found[extension].append(address)
        return found

    def _note_phones(
        self, phones: Phones, note: Callable[[Tenant, Phones, Iterable[Agent]], None]
    ) -> None:
        """Apply the registrations that the switch has listed."""
        for tenant, agents in agents_in_slices(self._tenants()):
            note(tenant, phones, agents)
            self._runner.publish_changes(tenant)

    def _bring_in_line(self, tenant: Tenant, seen: ChannelsByUuid) -> None:
        """First note what exists, then what has ended, then act on it."""
        if tenant.node == self.node:
            tenant.switch_up = True
        tenant.leg_book.release_all_but(seen, self.node)
        recording.lost(tenant, self.node)
        self.catch_up(tenant, tenant.leg_book.on_node(self.node), seen)

    def catch_up(self, tenant: Tenant, legs: Iterable[Leg], seen: ChannelsByUuid) -> Counter[str]:
        """Update these legs to what the switch reports of them. Returns how many events of which
        kind were missed."""
        there, gone = resync.sort_out(legs, seen)
        unreported = Counter(type(event).__name__ for event in resync.unreported(there))
        self._start(tenant, *resync.catch_up(tenant, there))
        # The call of a cancelled leg, which may never have existed, has been reported already.
        broken = {leg.call for leg in gone if not leg.cancelled}
        ended = switch_state.missing(tenant, gone)
        # The command to end them may not have arrived.
        begun = [leg for leg in there if leg.ending and not (leg.ended or is_to_stay(leg))]
        for leg in gone:
            recording.lost_with(tenant, leg)
        self._runner.publish_changes(tenant)
        waits = resync.waiting(tenant, there)
        self._start(tenant, *ended, *[ending.end_leg(leg) for leg in begun], *waits)
        calls = {leg.call for leg in there if not leg.ended} - broken
        self._start(tenant, *[recovery.recover(tenant, call, there) for call in calls])
        return unreported + Counter({LegEnded.__name__: len(ended), LegParked.__name__: len(waits)})

    def _start(self, tenant: Tenant, *begun: Steps) -> None:
        for steps in begun:
            self._runner.start(Task(tenant, steps, log_refusal, node=self.node))

    def registered(self) -> set[str]:
        """The extensions that have a phone, by a list that may be incomplete."""
        text = self._ask(commands.show_registrations())
        rows = channels.registered(
            text, self._switch_settings.domain, anywhere=self._switch_settings.contacts_elsewhere
        )
        return set(in_slices(rows, _ROWS_AT_A_TIME))

    def addresses(self, agent: Agent) -> tuple[str, ...]:
        """The addresses of an agent's phones; empty: it has none."""
        profile = self._switch_settings.profile
        where = commands.sofia_contact(profile, agent.extension, self._switch_settings.domain)
        return registrations.addresses(self._ask(where), profile)

    def listed(self) -> dict[str, ObservedLeg]:
        """What the switch's list shows of each leg; it lags behind the events."""
        rows = channels.listed(self._ask(commands.show_channels()))
        lines = [*in_slices(rows, _ROWS_AT_A_TIME)]
        return dict(in_slices(channels.observed(lines), _ROWS_AT_A_TIME))

    def look(self, uuids: Iterable[str]) -> ChannelsByUuid:
        """Query each of these legs; those that do not exist are left out. Raises SwitchError."""
        found = Pool(_AT_ONCE).map(self._channel, dict.fromkeys(uuids))
        for failure in [each for each in found if isinstance(each, SwitchError)]:
            raise failure
        return {each.uuid: each for each in found if isinstance(each, Channel)}

    def take_in(self, unknown: Iterable[Channel]) -> int:
        """Adopt orphan channels, also of companies that are homed on another switch; returns for
        how many of them steps were begun."""
        by_company = defaultdict(list)
        todo = 0
        for channel in unknown:
            tenant = self._tenant_registry.cancelled_legs.tenant_of(channel.uuid)
            if tenant is None:
                by_company[channel.company].append(channel)
            else:
                self._start(tenant, orphan_channels.end(channel.uuid))
                todo += 1
        for code, orphans in in_slices(by_company.items(), _TENANTS_AT_A_TIME):
            tenant = self._tenant_registry.tenants.get(code)
            if tenant is None:
                continue
            before = len(tenant.legs)
            begun = orphan_channels.take_in(tenant, orphans, self.node)
            todo += max(len(begun), len(tenant.legs) - before)
            self._start(tenant, *begun)
            self._runner.publish_changes(tenant)
        return todo

    def _known(self) -> list[str]:
        return [
            leg.uuid for tenant in self._with_legs() for leg in tenant.leg_book.on_node(self.node)
        ]

    def _unknown(self, seen: ChannelsByUuid) -> list[Channel]:
        """Of a leg that came after the question everybody knows."""
        return self._without_owner(seen.values())

    def _without_owner(self, channels: Iterable[Channel]) -> list[Channel]:
        owners = self._tenant_registry.owners[self.node]
        return [one for one in channels if one.uuid not in owners]

    def _channel(self, uuid: str) -> Channel | SwitchError | None:
        try:
            return channels.read(self._ask(commands.uuid_dump(uuid)))
        except (SwitchRefused, UnreadableEvent, BadField):  # gone, or nothing of ours
            return None
        except SwitchError as error:  # raised here, it would be logged for each leg
            return error
