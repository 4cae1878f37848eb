"""A company's state: its agents, legs and calls, and the domain events not yet taken.

A tenant is changed by plain calls that never wait, so everything between two commands to the switch
happens at once. After each such stretch ``publish_changes`` reports what has changed of agents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from esl_bridge.domain import last_call, leg_changes, numbers
from esl_bridge.domain.actions import Actions
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.agent_roster import AgentRoster
from esl_bridge.domain.agent_states import NO_REQUEST, AgentStates
from esl_bridge.domain.agent_views import AgentViews
from esl_bridge.domain.call import TALKS, Call
from esl_bridge.domain.cancelled_legs import CancelledLegs
from esl_bridge.domain.company import Company
from esl_bridge.domain.domain_events import DomainEvent
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.leg_book import LegBook, Owners
from esl_bridge.domain.procedures import PhoneLoss, Procedure, ThirdPartyProcedure
from esl_bridge.domain.recording import Recording
from esl_bridge.domain.request_order import RequestOrder
from esl_bridge.domain.states import Status
from esl_bridge.domain.subscription import Subscription
from esl_bridge.domain.switch_settings import SwitchSettings
from esl_bridge.domain.wallboard import Wallboard
from esl_bridge.errors import BridgeError, Cancelled, SwitchUnavailable


class Tenant:
    """``agents`` by id, which ``roster`` keeps; ``legs`` by uuid, which ``leg_book`` keeps;
    ``recordings`` by file.

    ``new_id`` returns 32 random hex digits, ``clock`` monotonic seconds, ``now`` the time as
    ``YYYY-MM-DD HH:MM:SS``, ``now_ms`` milliseconds of Unix time. ``owners`` and
    ``cancelled_legs``: see LegBook."""

    def __init__(
        self,
        company: Company,
        switch_settings: SwitchSettings,
        new_id: Callable[[], str],
        clock: Callable[[], float],
        now: Callable[[], str],
        now_ms: Callable[[], int],
        owners: Owners | None = None,
        cancelled_legs: CancelledLegs | None = None,
    ) -> None:
        self.switch_settings = switch_settings
        self.new_id = new_id
        self.clock = clock
        self.now = now
        self.now_ms = now_ms
        self.epoch = new_id()
        self.switch_up = False
        self.agents: dict[str, Agent] = {}
        self.legs: dict[str, Leg] = {}
        self.recordings: dict[str, Recording] = {}
        self.domain_events: list[DomainEvent] = []
        self.request_order = RequestOrder()
        self.wallboard = Wallboard()
        self.directory = Subscription()
        self.agent_views = AgentViews()
        self.agent_states = AgentStates(
            self.domain_events, self.wallboard, self.directory, self.agent_views, now, now_ms
        )
        self.roster = AgentRoster(company, self.agents, self.agent_states, now, now_ms)
        self.leg_book = LegBook(
            self,
            owners if owners is not None else defaultdict(dict),
            cancelled_legs if cancelled_legs is not None else CancelledLegs(),
        )
        self.actions = Actions(self.agents, self.domain_events, self.number_shown_at)
        self.reconfigure(company)

    # -- configuration ---------------------------------------------------------------------------

    def reconfigure(self, company: Company) -> None:
        """Apply this configuration; agents at work keep their state."""
        for _ in self.reconfiguring(company):
            pass

    def reconfiguring(self, company: Company) -> Iterator[None]:
        """The same in steps, one agent at a time: the tenant may be used between steps. Only one
        such change may be under way."""
        self.company = company
        self.closed = False
        self.wallboard.skills |= company.skills.keys()
        self.policy = numbers.Policy(company.external, len(company.agents))
        yield from self.roster.reconfiguring(company)
        self.directory.renewed = True

    def closing(self) -> Iterator[None]:
        """The company was removed: nothing new is accepted, what is under way is completed."""
        gone = replace(self.company, enabled=False, agents={}, numbers={})
        yield from self.reconfiguring(gone)
        self.closed = True

    @property
    def is_over(self) -> bool:
        """Closed, with no leg left and no agent at work."""
        if not self.closed or self.legs:
            return False
        return all(agent.status is Status.OFFLINE for agent in self.agents.values())

    # -- the switch ------------------------------------------------------------------------------

    @property
    def node(self) -> str:
        """The switch that the company is homed on: its phones, queues and new calls are there."""
        return self.switch_settings.node

    def move_to(self, switch_settings: SwitchSettings) -> None:
        """Home the company on this node from now on. Calls stay on the switch that they are on;
        phones count once they have registered here."""
        if switch_settings.node != self.node:
            self.switch_up = False
            for agent in self.agents.values():
                if agent.registered:
                    agent.registered_at.clear()
                    self.actions.phone_is_gone(agent)
                agent.known_to_queues = False
                self.agent_states.mark_changed(agent)
        self.switch_settings = switch_settings

    def need_switch(self) -> None:
        """Raises SwitchUnavailable where there is no link: for requests that cannot even begin
        without it."""
        if not self.switch_up:
            raise SwitchUnavailable

    def recordings_on(self, node: str) -> list[Recording]:
        return [one for one in self.recordings.values() if one.on.position.node == node]

    # -- calls -----------------------------------------------------------------------------------

    def open_call(self, contact_id: str = "", flow_data: str = "", work_order_id: str = "") -> Call:
        """A call of an existing contact, or of a new one."""
        contact_id = contact_id or f"contact-{self.new_id()}"
        return Call(flow_data=flow_data, work_order_id=work_order_id, contact_id=contact_id)

    def number_shown_at(self, called: Leg) -> str:
        """An agent sees the caller's number, the outside the company's own."""
        external = self.company.external
        return called.origin.caller if called.inside or external is None else external.caller_id

    def finish(self, procedure: Procedure, cause: type[BridgeError] | None) -> None:
        """The procedure is over; the remaining parties are in a plain call."""
        action = procedure.action
        self.actions.end(action, cause if cause or action.started else Cancelled)
        procedure.own_leg.call.procedure = None
        self.agent_states.mark_all_changed(procedure.own_leg.call)

    def part(self, procedure: ThirdPartyProcedure | PhoneLoss) -> None:
        """The customer has been handed over: move the agent's leg, if it is up, out of the call."""
        call = procedure.own_leg.call
        for action in [one for one in call.actions if one.concerns(procedure.own_leg)]:
            if action.kind in TALKS:
                self.actions.end(action)
        call.procedure = None
        call.customer = procedure.customer
        if not procedure.own_leg.ended:
            last_call.note(procedure.own_leg)
            parted = Call(procedure=procedure, contact_id=call.contact_id)
            self.leg_book.move_to_call(procedure.own_leg, parted)
        leg_changes.holds_nobody(self, procedure.customer)
        self.agent_states.mark_all_changed(call)

    # -- what is reported ------------------------------------------------------------------------

    def publish_changes(self, current_request: tuple[str, str] = NO_REQUEST) -> list[Agent]:
        """Report each changed agent's new status, once, after everything else.
        ``current_request``: the agent and id of the request that made the changes. Returns the
        agents that may have changed."""
        return self.agent_states.publish_changes(current_request, switch_up=self.switch_up)

    def take_domain_events(self) -> list[DomainEvent]:
        domain_events = self.domain_events.copy()
        self.domain_events.clear()
        return domain_events
