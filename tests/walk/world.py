"""A company and its switch without sockets: the desk joined to the simulator, in virtual time.

What goes over a link arrives in its order, each a random moment later; what goes over different
links is overtaken. That is how a real switch and a busy service see each other.
"""

from __future__ import annotations

import itertools
import json
import random
from collections import defaultdict, deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from esl_bridge.callflow import queueing
from esl_bridge.callflow.steps import Moves, Step, Until, Verify
from esl_bridge.config import Settings
from esl_bridge.config import Switch as SwitchSettings
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.company import Company
from esl_bridge.domain.floor import Floor
from esl_bridge.domain.news import ActionAdvanced, AgentMoved, LegOffered, News, WakeMe
from esl_bridge.domain.premises import Premises
from esl_bridge.domain.states import Status, Timer
from esl_bridge.errors import BridgeError, SwitchError
from esl_bridge.esl import events
from esl_bridge.esl.commands import Command
from esl_bridge.esl.frames import Frame, FrameReader
from esl_bridge.esl.refusals import refusal
from esl_bridge.operations import OPERATIONS, Asker
from esl_bridge.protocol.envelope import Reply
from esl_bridge.reactions import REACTIONS
from esl_bridge.render.switch_files import switch_files
from esl_bridge.simulator import api, commands
from esl_bridge.simulator.clock import VirtualClock
from esl_bridge.simulator.dialplan import Dialplan
from esl_bridge.simulator.queues import Queue
from esl_bridge.simulator.session import Accounts, Session
from esl_bridge.simulator.switch import Switch

assert commands  # registers them

REQUESTS = {str(kind.__struct_config__.tag): kind for kind in OPERATIONS}
HOLD = "local_stream://moh"
PREMISES = Premises("esl-bridge.local", "esl_bridge", HOLD, "pbx:5070", "wss://rtc:7443")
# Seconds on the way: nothing to speak of, a busy moment, a long pause of the collector.
_LAGS, _ODDS = (0.0003, 0.003, 0.03, 0.15), (10, 6, 3, 1)
_PLACES = Path(__file__).parent.parent / "behaviour" / "places.xml"


class Line:
    """Keeps what is posted in order, and takes a random time over each."""

    def __init__(self, clock: VirtualClock, luck: random.Random) -> None:
        self._clock = clock
        self._luck = luck
        self._due = 0.0
        self.under_way: deque[Callable[[], object]] = deque()

    def post(self, call: Callable[[], object]) -> None:
        lag = self._luck.choices(_LAGS, _ODDS)[0] * self._luck.uniform(0.5, 2)
        self._due = max(self._due, self._clock.now() + lag)
        self.under_way.append(call)
        self._clock.later(self._due - self._clock.now(), self._arrive)

    def _arrive(self) -> None:
        self.under_way.popleft()()


class Link:
    """One connection to the switch; ``hear`` gets the JSON of each event of it."""

    def __init__(self, switch: Switch, out: Line, back: Line, hear: Callable[[bytes], None]):
        self.lines = (out, back)
        self._hear = hear
        self._reader = FrameReader()
        self._awaited: deque[Callable[[str], None]] = deque()
        self._session = Session(switch, Accounts(), self._written, lambda: None)
        self._session.open()
        self._session.receive(b"auth ClueCon\n\n")

    def subscribe(self) -> None:
        self._session.receive(f"event json {events.SUBSCRIPTION}\n\n".encode())

    def run(self, line: str, answered: Callable[[str], None]) -> None:
        def arrives() -> None:
            self._awaited.append(answered)
            self._session.receive(f"{line}\n\n".encode())

        self.lines[0].post(arrives)

    @property
    def idle(self) -> bool:
        return not self._awaited and not any(line.under_way for line in self.lines)

    def _written(self, data: bytes) -> None:
        for frame in self._reader.feed(data):
            self._take(frame)

    def _take(self, frame: Frame) -> None:
        match frame.headers["Content-Type"]:
            case "api/response":
                text = frame.body.decode().removesuffix("\n")
                self.lines[1].post(partial(self._awaited.popleft(), text))
            case "text/event-json":
                self.lines[1].post(partial(self._hear, frame.body))


class Errand:
    """Steps that are under way; ``answers`` are those to a request, its reply first."""

    def __init__(self, what: str, steps: Moves, asking: tuple[str, str] = ("", "")) -> None:
        self.what = what
        self.steps = steps
        self.asking = asking
        self.answers: list[Reply | BridgeError] = []

    def answer(self, outcome: Reply | BridgeError) -> None:
        if self.asking[0]:
            late = isinstance(outcome, SwitchError)  # a failure after the reply is for the log
            assert not self.answers or late, f"{self.what} was answered twice: {outcome!r}"
        else:
            assert isinstance(outcome, BridgeError), f"nobody had asked for {outcome!r}"
        self.answers.append(outcome)


class World:
    """``names`` are the agents, by whose ids phones and connections are called, too."""

    def __init__(self, seed: int, company: Company) -> None:
        self.luck = random.Random(seed)
        self.clock = VirtualClock(1_000_000.0)
        self.switch = Switch(self.clock, dialplan=_dialplan(company), seed=seed)
        self.switch.listeners.append(lambda _event: self._stir())
        self._ids = itertools.count(1)
        self.hear: Callable[[News], None] = lambda item: None
        self._stirred = 0.0
        self.past: deque[str] = deque(maxlen=400)
        self.told: dict[str, list[News]] = defaultdict(list)
        self.errands: list[Errand] = []
        self.requests: list[Errand] = []
        self._waiting: list[tuple[Until, Errand]] = []
        new_id = lambda: f"{next(self._ids):032x}"  # noqa: E731
        self.floor = Floor(PREMISES, new_id, self.clock.now, lambda: "2031-05-07")
        self.floor.take_up({company.code: company})
        self.desk = self.floor.desks[company.code]
        links = [self._link() for _ in range(3)]
        self._events, self._quick, self._slow = self.links = links
        self._events.subscribe()
        self._furnish(company)

    def _link(self) -> Link:
        line = partial(Line, self.clock, self.luck)
        return Link(self.switch, line(), line(), self._hear)

    def _furnish(self, company: Company) -> None:
        for skill, entry in company.skills.items():
            queue = Queue(queueing.queue_name(company.code, skill), HOLD, entry.max_wait_seconds)
            self.switch.centre.queues[queue.name] = queue
        for name in company.extensions:
            marks = {"esl_bridge_company": company.code, "esl_bridge_extension": name}
            self.switch.add_extension(name, marks | {"user_context": "esl_bridge"})
            self.sim("phone", name, "register")
        self.desk.switch_up = True
        self.start(Errand("take up", queueing.take_up(self.desk)))
        self.until_quiet()

    def sim(self, *words: str) -> dict[str, Any]:
        answer = api.run(self.switch, " ".join(("sim", *words)))
        assert isinstance(answer, str)
        told: dict[str, Any] = json.loads(answer)
        return told

    # -- requests and events --------------------------------------------------------------------

    def ask(self, agent_id: str, msg_type: str, **fields: Any) -> Errand:
        kind, agent = REQUESTS[msg_type], self.desk.agents[agent_id]
        req_id = f"r{next(self._ids)}"
        head = {"req_id": req_id, "msg_type": msg_type, "agent_id": agent_id}
        head["company_code"] = self.desk.company.code
        request = msgspec.convert(head | fields, kind)
        here = agent if agent.connected and agent.status is not Status.OFFLINE else None
        asker = Asker(agent_id, "192.0.2.1", private=False, checked_in=here)
        what = f"{req_id} {agent_id[-2:]} {msg_type} {fields}"
        errand = Errand(what, self._carried_out(kind, request, asker), (agent_id, req_id))
        if msg_type != "get_status":
            self.note(what)
        self.requests.append(errand)
        self.start(errand)
        return errand

    def _carried_out(self, kind: type, request: Any, asker: Asker) -> Moves:
        if not OPERATIONS[kind].before_checkin:
            _ = asker.agent
        yield from OPERATIONS[kind].carry_out(request, self.desk, asker)

    def _hear(self, body: bytes) -> None:
        event = events.decode(body)
        react = REACTIONS.get(type(event))
        if event is None or react is None:
            return
        self.note(f"  < {event}")
        steps = react(event, self.desk)
        if steps is None:
            self.settle()
        else:
            self.start(Errand(type(event).__name__, steps))

    def note(self, text: str) -> None:
        self._stir()
        self.past.append(f"{self.clock.now() - 1e6:10.4f} {text}")

    # -- errands --------------------------------------------------------------------------------

    def start(self, errand: Errand) -> None:
        self.errands.append(errand)
        self._go_on(errand, lambda: next(errand.steps))

    def _go_on(self, errand: Errand, resume: Callable[[], Step]) -> None:
        step = self._stretch(errand, resume)
        match step:
            case None:
                self.errands.remove(errand)
            case Command():
                self._command(errand, step)
            case Verify():
                self.clock.later(0.05, lambda: self._go_on(errand, lambda: errand.steps.send(True)))
            case Until() if step.is_so():
                self._wake(errand, step)
            case Until():
                entry = (step, errand)
                self._waiting.append(entry)
                self.clock.later(step.seconds, lambda: self._woken(entry))

    def _stretch(self, errand: Errand, resume: Callable[[], Step]) -> Step | None:
        self.desk.asking = errand.asking
        try:
            step: Step | None = resume()
            while isinstance(step, Reply):
                self._answer(errand, step)
                step = next(errand.steps)
        except StopIteration:
            step = None
        except BridgeError as error:
            step = None
            self._answer(errand, error)
        self.settle()
        self.desk.asking = ("", "")
        return step

    def _answer(self, errand: Errand, outcome: Reply | BridgeError) -> None:
        if "get_status" not in errand.what:
            self.note(f"  = {errand.what}: {outcome!r}")
        errand.answer(outcome)
        self.settle()

    def _command(self, errand: Errand, command: Command) -> None:
        def answered(text: str) -> None:
            self.note(f"  > {command.line()[:110]} = {text[:30]!r}")
            if text.startswith(("-ERR", "-USAGE")):
                self._go_on(errand, lambda: errand.steps.throw(refusal(text.strip())))
            else:
                self._go_on(errand, lambda: errand.steps.send(text))

        (self._slow if command.slow else self._quick).run(command.line(), answered)

    def _wake(self, errand: Errand, until: Until) -> None:
        resume = lambda: errand.steps.send(until.is_so())  # noqa: E731
        self.clock.later(0, lambda: self._go_on(errand, resume))

    def _woken(self, entry: tuple[Until, Errand]) -> None:
        """Because it is so, or because it has waited long enough."""
        if entry in self._waiting:
            self._waiting.remove(entry)
            self._wake(entry[1], entry[0])

    # -- news -----------------------------------------------------------------------------------

    def settle(self) -> None:
        self.desk.settle()
        for item in self.desk.take_news():
            self._deliver(item)
        for agent in self.desk.take_out_of_step():
            errand = Errand("keep in step", queueing.keep_in_step(agent, self.desk))
            self.clock.later(0, partial(self.start, errand))
        for entry in [entry for entry in self._waiting if entry[0].is_so()]:
            self._woken(entry)

    def _deliver(self, item: News) -> None:
        match item:
            case WakeMe():
                wake = partial(self._time_is_over, self.desk.agents[item.agent_id], item.timer)
                self.clock.later(item.timer.seconds, wake)
            case ActionAdvanced(unheard=True):
                pass
            case AgentMoved() | ActionAdvanced() | LegOffered():
                self.note(f"  ! {_in_short(item)}")
                self.told[item.agent_id].append(item)
                self.hear(item)

    def _time_is_over(self, agent: Agent, timer: Timer) -> None:
        self.desk.time_is_over(agent, timer)
        self.settle()

    # -- time -----------------------------------------------------------------------------------

    def _stir(self) -> None:
        self._stirred = self.clock.now()

    @property
    def busy(self) -> bool:
        under_way = bool(self.errands) or not all(link.idle for link in self.links)
        return under_way or not all(leg.told for leg in self.switch.channels.values())

    def until_quiet(self, pause: float = 1.2, patience: float = 60.0) -> bool:
        """Let things happen until nothing has for ``pause`` seconds, at the switch neither; False
        if they go on."""
        end = self.clock.now() + patience
        self._stir()
        while self.clock.now() < end:
            if not self.busy and self.clock.now() - self._stirred >= pause:
                return True
            self.clock.run(0.1)
        return False


def _dialplan(company: Company) -> Dialplan:
    settings = Settings(switch=SwitchSettings(password="esl-secret"), companies_path=Path())
    files = switch_files(settings, {company.code: company})
    numbers = files["dialplan/public/05_esl_bridge.xml"]
    public = numbers.replace("<include>", '<context name="public">')
    public = public.replace("</include>", "</context>")
    return Dialplan([files["dialplan/esl_bridge.xml"], public, _PLACES])


def _in_short(item: Any) -> str:
    fields = {name: value for name, value in msgspec.structs.asdict(item).items() if value}
    return " ".join([type(item).__name__, *(f"{name}={value}" for name, value in fields.items())])
