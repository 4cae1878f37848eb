"""A company and its switch without sockets: the tenant joined to the simulator in virtual time.

The links to the switch may be lost, which a resync follows; commands may have no reply. Code that
waits for the switch other than by steps runs in a greenlet.
"""

from __future__ import annotations

import itertools
import json
import random
from collections import defaultdict, deque
from collections.abc import Callable
from enum import Enum, auto
from functools import partial
from pathlib import Path
from typing import Any

import gevent
import msgspec
from gevent.event import AsyncResult

from esl_bridge.callflow import queueing
from esl_bridge.callflow.steps import Steps
from esl_bridge.config import SwitchConfig
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.company import Company
from esl_bridge.domain.domain_events import (
    ActionAdvanced,
    AgentStateChanged,
    DomainEvent,
    LegOffered,
    TimerStarted,
)
from esl_bridge.domain.states import Status, Timer
from esl_bridge.domain.tenant import Tenant
from esl_bridge.domain.tenant_registry import TenantRegistry
from esl_bridge.engine.driver import Driver, Task
from esl_bridge.errors import BridgeError, SwitchError, SwitchUnavailable
from esl_bridge.esl import commands as commands_to
from esl_bridge.esl import decoding
from esl_bridge.esl.commands import Command
from esl_bridge.esl.refusals import refusal
from esl_bridge.operations import OPERATIONS, Requester
from esl_bridge.protocol.envelope import Reply
from esl_bridge.reactions import REACTIONS, switch_state
from esl_bridge.render.switch_files import switch_files
from esl_bridge.runtime.queue_sync import QueueSync
from esl_bridge.runtime.reconciler import Reconciler
from esl_bridge.runtime.resynchronizer import Resynchronizer
from esl_bridge.simulator import api, commands
from esl_bridge.simulator.clock import VirtualClock
from esl_bridge.simulator.dialplan import Dialplan
from esl_bridge.simulator.queues import Queue
from esl_bridge.simulator.switch import SimulatedSwitch
from tests.builders import HOLD, NODES, SWITCH_SETTINGS
from tests.walk.links import Link

assert commands  # registers them

REQUESTS = {str(kind.__struct_config__.tag): kind for kind in OPERATIONS}
_LOOK = "get_status"
_LOOKS = ("uuid_dump", "show", "sofia_contact", "callcenter_config")
_NET_SECONDS = 6.0  # after which the switch ends a caller whom nobody has looked after, and some
_UNREACHABLE_SECONDS, _RECONCILE_SECONDS = 10.0, 30.0
_PLACES = Path(__file__).parent.parent / "behaviour" / "places.xml"


class Fate(Enum):
    """What becomes of a command."""

    DONE = auto()
    UNANSWERED = auto()
    LOST = auto()


class Asked(Task):
    """A request; ``answers`` are its reply and what has failed after that."""

    def __init__(self, world: World, what: str, steps: Steps, current_request: tuple[str, str]):
        super().__init__(world.tenant, steps, self._answered, current_request)
        self._world = world
        self.what = what
        self.answers: list[Reply | BridgeError] = []

    def _answered(self, outcome: Reply | BridgeError) -> None:
        if not self.what.endswith(_LOOK):
            self._world.note(f"  = {self.what}: {outcome!r}")
        self.answers.append(outcome)

    def __str__(self) -> str:
        return self.what


class World:
    """The agents' ids are those of their phones and connections, too. ``unreleased``: legs for
    which the command to end on unbridge failed; the daemon ends them all the same."""

    def __init__(self, seed: int, company: Company) -> None:
        self.luck = random.Random(seed)
        self.clock = VirtualClock(1_000_000.0)
        self.switch = SimulatedSwitch(self.clock, dialplan=_dialplan(company), seed=seed)
        self.switch.listeners.append(lambda _event: self._stir())
        self._ids = itertools.count(1)
        self.hear: Callable[[DomainEvent], None] = lambda item: None
        self._stirred = 0.0
        self.past: deque[str] = deque(maxlen=100_000)
        self.told: dict[str, list[DomainEvent]] = defaultdict(list)
        self.requests: list[Asked] = []
        new_id = lambda: f"{next(self._ids):032x}"  # noqa: E731
        now_ms = lambda: round(1000 * self.clock.now())  # noqa: E731
        self.tenant_registry = TenantRegistry(
            NODES, new_id, self.clock.now, lambda: "2031-05-07", now_ms
        )
        self.tenant_registry.reconfigure({company.code: company})
        self.tenant = self.tenant_registry.tenants[company.code]
        self.up, self._silent, self._troubled = False, False, 0.0
        self.trouble: Callable[[], Fate] = lambda: Fate.DONE
        self.unreleased: set[str] = set()
        self._links: list[Link] = []  # events, quick, slow
        self._early: deque[bytes] | None = None  # events that wait for the read-back
        self._deadline = self.clock.later(0, lambda: None)
        self._in_greenlets = 0
        self._broken: BaseException | None = None
        driver: Any = self._build_driver()
        self.driver: Driver = driver
        self._queue_sync = QueueSync(
            self.tenant_registry, driver, self._answer_to, self._made_good, _RECONCILE_SECONDS
        )
        self._resynchronizer = Resynchronizer(
            self.tenant_registry,
            driver,
            self._answer_to,
            SWITCH_SETTINGS,
            sync_queues=self._sync_queues,
        )
        self._reconciler = Reconciler(
            self.tenant_registry,
            driver,
            self._resynchronizer,
            self._hear_out,
            self._made_good,
            _RECONCILE_SECONDS,
        )
        self._furnish(company)

    def _build_driver(self) -> Driver:
        return Driver(
            send=self._run,
            verify=lambda _, then: self.clock.later(0.05, lambda: then(True)),
            later=lambda seconds, call: self.clock.later(seconds, call).cancel,
            soon=lambda call: self.clock.later(0, call),
            deliver=self._deliver,
            refused=_nobody_asked,
            late=_late,
            unforeseen=_unforeseen,
        )

    def _furnish(self, company: Company) -> None:
        for skill, entry in company.skills.items():
            queue = Queue(queueing.queue_name(company.code, skill), HOLD, entry.max_wait_seconds)
            self.switch.centre.queues[queue.name] = queue
        for name in company.extensions:
            marks = {"esl_bridge_company": company.code, "esl_bridge_extension": name}
            self.switch.add_extension(name, marks | {"user_context": "esl_bridge"})
            self.sim("phone", name, "register")
        self._link_up()
        self.until_quiet()

    def sim(self, *words: str) -> dict[str, Any]:
        answer = api.run(self.switch, " ".join(("sim", *words)))
        assert isinstance(answer, str)
        told: dict[str, Any] = json.loads(answer)
        return told

    # -- requests and events --------------------------------------------------------------------

    def ask(self, agent_id: str, msg_type: str, **fields: Any) -> Asked:
        kind, agent = REQUESTS[msg_type], self.tenant.agents[agent_id]
        req_id = f"r{next(self._ids)}"
        head = {"req_id": req_id, "msg_type": msg_type, "agent_id": agent_id}
        head["company_code"] = self.tenant.company.code
        request = msgspec.convert(head | fields, kind)
        here = agent if agent.connected and agent.status is not Status.OFFLINE else None
        requester = Requester(agent_id, "192.0.2.1", private=False, checked_in=here)
        what = f"{req_id} {agent_id[-2:]} {msg_type} {fields or ''}".rstrip()
        asked = Asked(self, what, self._carried_out(kind, request, requester), (agent_id, req_id))
        if msg_type != _LOOK:
            self.note(what)
        self.requests.append(asked)
        self.driver.start(asked)
        return asked

    def _carried_out(self, kind: type, request: Any, requester: Requester) -> Steps:
        if not OPERATIONS[kind].before_checkin:
            _ = requester.agent
        yield from OPERATIONS[kind].carry_out(request, self.tenant, requester)

    def _hear(self, body: bytes) -> None:
        if self._early is None:
            self._react(body)
        else:
            self._early.append(body)

    def _react(self, body: bytes) -> None:
        event = decoding.decode(body)
        react = REACTIONS.get(type(event))
        if event is None or react is None:
            return
        self.note(f"  < {event}")
        steps = react(event, self.tenant)
        if steps is None:
            self.publish_changes()
        else:
            self.driver.start(Task(self.tenant, steps, _nobody_asked))

    def note(self, text: str) -> None:
        self._stir()
        self.past.append(f"{self.clock.now() - 1e6:10.4f} {text}")

    # -- commands -------------------------------------------------------------------------------

    def _run(self, command: Command, told: Callable[[str | SwitchError], object]) -> None:
        def answered(outcome: str | SwitchError) -> None:
            said = outcome[:30] if isinstance(outcome, str) else type(outcome).__name__
            if command.words[0] not in _LOOKS:
                self.note(f"  > {command.line()[:110]} = {said!r}")
            if isinstance(outcome, str) and outcome.startswith(("-ERR", "-USAGE")):
                outcome = refusal(outcome.strip())
            told(outcome)
            self._let_greenlets_go_on()

        if not self._links:
            self.clock.later(0, partial(answered, SwitchUnavailable()))
            return
        # A query that fails during a resync starts the resync again.
        fate = self.trouble() if self.up else Fate.DONE
        if fate is not Fate.DONE:
            self._troubled = self.clock.now()
            if "park_after_bridge=;" in command.line():
                self.unreleased.add(command.words[1])
            self.note(f"  ? {command.line()[:110]}: {fate}")
        self._links[2 if command.slow else 1].run(
            command.line(),
            answered,
            arrives=fate is not Fate.LOST,
            answered=fate is not Fate.UNANSWERED,
        )

    # -- the links ------------------------------------------------------------------------------

    def lose_the_link(self, unnoticed: float, away: float) -> None:
        """Nothing more arrives; noticed after ``unnoticed`` seconds, back after ``away``."""
        if not self._links or self._silent:
            return
        self._silent = True
        self.note(f"the link is lost, unnoticed for {unnoticed:.2f}, away for {away:.2f}")
        for link in self._links:
            link.fall_silent()
        self.clock.later(unnoticed, partial(self._link_down, self._links, away))

    def _link_down(self, links: list[Link], away: float) -> None:
        if self._links is not links:
            return
        self.note("the link is down")
        waiting = [tell for link in links for tell in link.lose()]
        self._links, self.up = [], False
        self.luck.shuffle(waiting)
        noticed = self.luck.randint(0, len(waiting))
        for tell in [*waiting[:noticed], self._is_down, *waiting[noticed:]]:
            self.clock.later(0, tell)
        self.clock.later(away, self._link_up)

    def _is_down(self) -> None:
        self.tenant.switch_up = False
        self._deadline.cancel()
        self._deadline = self.clock.later(_UNREACHABLE_SECONDS, self._time_out)

    def _time_out(self) -> None:
        self.note("the switch is given up")
        switch_state.all_lost(self.tenant)
        self.publish_changes()

    def _link_up(self) -> None:
        self.note("the link is up")
        self._early, self._silent = deque(), False
        links = [Link(self.switch, self.clock, self.luck, self._hear) for _ in range(3)]
        self._links = links
        links[0].subscribe()
        self._in_a_greenlet(self._read_back)

    def _read_back(self) -> None:
        links = self._links
        try:
            self._resynchronizer.resync(self.switch.core_uuid)
        except SwitchError as error:
            self.note(f"not read back: {error!r}")
            for link in links:
                link.fall_silent()
            self._link_down(links, 0.3)
            return
        self.note("read back")
        self._deadline.cancel()
        while self._early:
            self._react(self._early.popleft())
        self._early = None
        self.up, self._troubled = True, self.clock.now()

    def compare(self) -> None:
        """Compare with the switch, as the reconciler does at intervals."""
        self._in_a_greenlet(self._compare)
        self._in_a_greenlet(self._queue_sync.round)

    def _sync_queues(self) -> None:
        self._queue_sync.begin()
        self._in_a_greenlet(self._queue_sync.round)

    def _made_good(self, name: str, number: int) -> None:
        self.note(f"made good: {number} {name}")

    def _compare(self) -> None:
        try:
            self._reconciler.compare()
        except BridgeError as error:
            self.note(f"not compared: {error!r}")

    def _in_a_greenlet(self, call: Callable[[], object]) -> None:
        def run() -> None:
            try:
                call()
            except BaseException as error:  # noqa: BLE001  raised where time goes on
                self._broken = error
            self._in_greenlets -= 1

        self._in_greenlets += 1
        gevent.spawn(run)
        self._let_greenlets_go_on()

    def _answer_to(self, command: Command) -> str:
        return self._awaited(lambda told: self._run(command, told))

    def _hear_out(self) -> None:
        for _ in range(2):
            if not self._links:
                raise SwitchUnavailable
            self._awaited(partial(self._links[0].run, commands_to.core_uuid().line()))

    def _awaited(self, ask: Callable[[Callable[[str | SwitchError], object]], object]) -> str:
        answer: AsyncResult[str] = AsyncResult()

        def told(outcome: str | SwitchError) -> None:
            if isinstance(outcome, SwitchError):
                answer.set_exception(outcome)
            else:
                answer.set(outcome)
            self._let_greenlets_go_on()

        ask(told)
        text = answer.get()
        assert text is not None
        return text

    def _let_greenlets_go_on(self) -> None:
        if self._in_greenlets:
            for _ in range(10):  # more than they have to wait for each other
                gevent.sleep(0)
        if self._broken is not None:
            raise self._broken

    # -- news -----------------------------------------------------------------------------------

    def publish_changes(self) -> None:
        self.driver.publish_changes(self.tenant)

    def _deliver(self, _tenant: Tenant, domain_events: list[DomainEvent]) -> None:
        for item in domain_events:
            self._tell(item)

    def _tell(self, item: DomainEvent) -> None:
        match item:
            case TimerStarted():
                wake = partial(self._time_is_over, self.tenant.agents[item.agent_id], item.timer)
                self.clock.later(item.timer.seconds, wake)
            case ActionAdvanced(suppressed=True):
                pass
            case AgentStateChanged() | ActionAdvanced() | LegOffered():
                self.note(f"  ! {_in_short(item)}")
                self.told[item.agent_id].append(item)
                self.hear(item)

    def _time_is_over(self, agent: Agent, timer: Timer) -> None:
        self.tenant.agent_states.time_is_over(agent, timer)
        self.publish_changes()

    # -- time -----------------------------------------------------------------------------------

    def _stir(self) -> None:
        self._stirred = self.clock.now()

    @property
    def deaf(self) -> bool:
        """The switch is not heard, or not obeyed; or has not been till just now."""
        just_now = self.clock.now() - self._troubled < _NET_SECONDS
        return not self.up or self._silent or just_now

    @property
    def busy(self) -> bool:
        under_way = bool(self.driver.under_way) or not all(link.idle for link in self._links)
        away = not self.up or self._silent or self._in_greenlets > 0
        return under_way or away or not all(leg.told for leg in self.switch.channels.values())

    def until_quiet(self, pause: float = 1.2, patience: float = 60.0) -> bool:
        """Let things happen until nothing has for ``pause`` seconds, at the switch neither; False
        if they go on."""
        end = self.clock.now() + patience
        self._stir()
        while self.clock.now() < end:
            if not self.busy and self.clock.now() - self._stirred >= pause:
                return True
            self.clock.run(0.1)
            self._let_greenlets_go_on()
        return False


def _dialplan(company: Company) -> Dialplan:
    files = switch_files(SwitchConfig(password="esl-secret"), {company.code: company})
    numbers = files["dialplan/public/05_esl_bridge.xml"]
    public = numbers.replace("<include>", '<context name="public">')
    public = public.replace("</include>", "</context>")
    return Dialplan([files["dialplan/esl_bridge.xml"], public, _PLACES])


def _nobody_asked(outcome: Reply | BridgeError) -> None:
    assert isinstance(outcome, BridgeError), f"nobody had asked for {outcome!r}"


def _late(task: Task, outcome: Reply | BridgeError) -> None:
    """A failure after the reply is for the log."""
    assert isinstance(outcome, SwitchError), f"{task} was answered twice: {outcome!r}"


def _unforeseen(_where: str, error: Exception) -> None:
    raise error


def _in_short(item: Any) -> str:
    fields = {name: value for name, value in msgspec.structs.asdict(item).items() if value}
    return " ".join([type(item).__name__, *(f"{name}={value}" for name, value in fields.items())])
