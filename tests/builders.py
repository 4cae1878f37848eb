"""A company at work without a socket: its tenant, a scripted switch, and what each agent is told.

What an agent is told is written as docs/protocol/SEQUENCES.md writes it: ``R``, ``CALL.I``,
``callin``, ``FREE>RINGING``. The code of an END_CALL stands behind it where it is not "0", and the
reason of an ``agent_change`` where it says why a ring or a call is over.
"""

from __future__ import annotations

import itertools
import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
import pytest

from esl_bridge.callflow.steps import Steps, Verify
from esl_bridge.config.settings import Limits, Timing
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.company import (
    DEFAULT_NODE,
    AgentEntry,
    Company,
    Extension,
    External,
    Ivr,
    Route,
)
from esl_bridge.domain.domain_events import (
    ActionAdvanced,
    AgentResumed,
    AgentStateChanged,
    CallOver,
    CallWrappedUp,
    DirectoryUpdated,
    DomainEvent,
    KickedOff,
    LegHijacked,
    LegOffered,
    TeamUpdated,
    TimerStarted,
)
from esl_bridge.domain.leg import Hold, Leg, LegState, Purpose
from esl_bridge.domain.leg_book import Owners
from esl_bridge.domain.states import AgentState, Status, Timer
from esl_bridge.domain.switch_settings import SwitchSettings
from esl_bridge.domain.tenant import Tenant
from esl_bridge.engine.driver import Cancel, Driver, Task, Verified
from esl_bridge.errors import BridgeError, SwitchError
from esl_bridge.esl.commands import Command, ReplyHandler
from esl_bridge.esl.events import (
    ByeSent,
    LegAnswered,
    LegEnded,
    LegParked,
    LegRings,
    LegsBridged,
    LegsUnbridged,
    PlaybackStarted,
    PlaybackStopped,
    RoomEntered,
)
from esl_bridge.esl.refusals import refusal
from esl_bridge.operations import OPERATIONS, Requester
from esl_bridge.protocol.envelope import Reply
from esl_bridge.reactions import REACTIONS, switch_state

COMPANY = "90001"
NAMES = {
    "A": "90001_20000",
    "B": "90001_20001",
    "D": "90001_20003",
    "E": "90001_20004",
    "S": "90001_20002",
}
PASSWORD = "example"
OUTSIDE, OTHER_OUTSIDE, BARRED = "13107618845", "13900000002", "13900000001"
CALLER_ID, NUMBER_OF_A, NUMBER_OF_IVR, NUMBER_OUT = "40010001", "40010002", "40010003", "40010004"
HOLD = "local_stream://moh"
TODAY = "2031-05-07"
NOW = f"{TODAY} 08:15:30"
CONTACT = f"contact-{0xC:032x}"
NOW_MS = 1_935_908_130_000
_LIMITS, _TIMING = Limits(), Timing()
SWITCH_SETTINGS = SwitchSettings(
    "esl-bridge.local",
    "esl_bridge",
    HOLD,
    "pbx:5070",
    "wss://rtc:7443",
    answer_seconds=_TIMING.answer_seconds,
    orphan_leg_seconds=_LIMITS.orphan_leg_seconds,
    rejoin_seconds=_LIMITS.rejoin_seconds,
)
NODES = {DEFAULT_NODE: SWITCH_SETTINGS}


def as_registered(extensions: Iterable[str], domain: str = SWITCH_SETTINGS.domain) -> str:
    """The switch's table of registrations: each of these has a phone."""
    rows = [f'User:       \t{one}@{domain}\nContact:    \t"" <{at(one)}>\n' for one in extensions]
    return "Registrations:\n===\n" + "\n".join(rows) + f"\nTotal items returned: {len(rows)}\n"


def as_listed(extensions: Iterable[str], domain: str = SWITCH_SETTINGS.domain) -> str:
    """The same by ``show registrations``."""
    rows = [{"reg_user": one, "realm": domain} for one in extensions]
    return json.dumps({"row_count": len(rows), "rows": rows})


def at(extension: str, port: int = 5099) -> str:
    """The address of a phone."""
    return f"sip:{extension}@127.0.0.1:{port}"


PAGE = (
    "sip:8v9kq2k1@1q2w3e.invalid;transport=ws;fs_nat=yes;"
    "fs_path=sip%3A8v9kq2k1%40127.0.0.1%3A40000%3Btransport%3Dws"
)
"""The address of a phone in a browser."""


REQUESTS = {str(kind.__struct_config__.tag): kind for kind in OPERATIONS}

_PHASES = {"INITIATE": "I", "START_CALL": "S", "END_CALL": "E"}
_WHY_IN_A_CALL = frozenset(Purpose)


def company(**changes: Any) -> Company:
    """Agents A, B, D, E and the supervisor S, each with a phone; changes are Company's fields."""
    external = External(
        dial="sofia/gateway/carrier/{number}",
        caller_id=CALLER_ID,
        allowed=(r"1\d{10}", r"9\d{3}"),
        barred=(BARRED,),
    )
    agents = {
        agent_id: AgentEntry(password_hash="hash", extension=agent_id, supervisor=name == "S")
        for name, agent_id in NAMES.items()
    }
    fields: dict[str, Any] = {
        "code": COMPANY,
        "external": external,
        "extensions": {agent_id: Extension(password="ext-secret") for agent_id in agents},
        "agents": agents,
        "ivrs": {"2001": Ivr(extension="ivr_main")},
        "numbers": {
            NUMBER_OF_A: Route(agent=NAMES["A"]),
            NUMBER_OF_IVR: Route(ivr="2001"),
            NUMBER_OUT: Route(number=OUTSIDE),
        },
    }
    return Company(**fields | changes)


class ScriptedSwitch:
    """Writes down each command's line; answers "+OK", or does what it was told to.

    ``will`` takes the first word of a command, and what then happens once: an answer, an error to
    raise, or a function, for what goes on at the switch before the answer comes; ``always`` takes
    what gives the answer each time.
    """

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._script: dict[str, list[Any]] = defaultdict(list)
        self._always: dict[str, Callable[[], str]] = {}

    def always(self, word: str, answer: Callable[[], str]) -> None:
        self._always[word] = answer

    def will(self, word: str, outcome: str | BridgeError | Callable[[], object]) -> None:
        self._script[word].append(outcome)

    def __call__(self, command: Command) -> str:
        self.heard.append(command.line())
        word = command.words[0]
        usual = self._always.get(word, "+OK")
        outcome = self._script[word].pop(0) if self._script[word] else usual
        if isinstance(outcome, BridgeError):
            raise outcome
        if callable(outcome):
            return outcome() or "+OK"
        return outcome

    def take(self) -> list[str]:
        """What was heard since it was last taken."""
        heard, self.heard = self.heard, []
        return heard


NO_SUCH_CHANNEL = refusal("-ERR No such channel!")


class TenantHarness:
    """``at_work`` are FREE, connected and registered; ``changes`` are the company's."""

    def __init__(self, at_work: str = "ABDES", **changes: Any) -> None:
        self._ids = itertools.count(1)
        self._req_ids = itertools.count(1)
        self.now = 0.0
        self.switch = ScriptedSwitch()
        owners: Owners = defaultdict(dict)
        self.owners = owners[SWITCH_SETTINGS.node]
        new_id = lambda: f"{next(self._ids):032x}"  # noqa: E731
        clock, now = lambda: self.now, lambda: NOW
        now_ms = lambda: NOW_MS + round(1000 * self.now)  # noqa: E731
        self.tenant = Tenant(
            company(**changes), SWITCH_SETTINGS, new_id, clock, now, now_ms, owners
        )
        self.tenant.switch_up = True
        self._soon: deque[Callable[[], object]] = deque()
        self._pile: list[Callable[[], object]] = []  # the latest is done first
        self.driver = Driver(
            send=self._send,
            verify=self._verify,
            later=self._later,
            soon=self._soon.append,
            deliver=self._deliver,
            refused=self._no_reply,
            late=self._late,
            unforeseen=self._unforeseen,
        )
        self.waits: list[Callable[[], object]] = []
        """What goes on, in turn, while an operation waits until something is so."""
        self.plays = True
        """Whether the switch has the hold music."""
        self.verifies: list[Callable[[], object]] = []
        """The same while a password is looked at."""
        self.timers: list[tuple[Agent, Timer]] = []
        self.kicked: list[KickedOff] = []
        self.stirred = 0
        self.over: list[CallOver] = []
        self.wrapped_up: list[CallWrappedUp] = []
        self.refusals: list[BridgeError] = []
        self.pushed: dict[str, list[Any]] = defaultdict(list)
        self._told: dict[str, list[str]] = defaultdict(list)
        self._subs: dict[str, str] = defaultdict(str)
        for name in at_work:
            self.put(name, Status.FREE)

    # -- agents ---------------------------------------------------------------------------------

    def agent(self, name: str) -> Agent:
        return self.tenant.agents[NAMES[name]]

    def put(self, name: str, status: Status, **state: Any) -> Agent:
        """The agent is there, on a connection of its name, and has been told so."""
        agent = self.agent(name)
        agent.state = AgentState(status=status, **state)
        agent.last_reported = (str(status), "")
        agent.connection, agent.token = name, f"token-{name}"
        agent.registered_at = {DEFAULT_NODE: ()}
        return agent

    def status(self, name: str) -> Status:
        return self.agent(name).status

    def got(self, name: str) -> list[str]:
        """What the agent was told since it was last asked for, its replies included."""
        told, self._told[NAMES[name]] = self._told[NAMES[name]], []
        return told

    def forget(self) -> None:
        self._told.clear()
        self.pushed.clear()
        self.switch.take()

    # -- requests -------------------------------------------------------------------------------

    def ask(self, name: str, msg_type: str, connection: str | None = None, **fields: Any) -> Reply:
        """Carry a request out to its end; its reply, or its refusal raised."""
        kind = REQUESTS[msg_type]
        agent = self.tenant.agents.get(NAMES.get(name, name))
        envelope = {
            "req_id": f"r{next(self._req_ids)}",
            "msg_type": msg_type,
            "company_code": COMPANY,
            "agent_id": NAMES.get(name, name),
        }
        request = msgspec.convert(envelope | fields, kind)
        here = connection or name
        checked_in = None
        if agent is not None and agent.connection == here and agent.status is not Status.OFFLINE:
            checked_in = agent
        requester = Requester(here, "192.0.2.1", private=False, checked_in=checked_in)
        replies: list[Reply | BridgeError] = []

        def reply(outcome: Reply | BridgeError) -> None:
            replies.append(outcome)
            refusal = f"!{outcome.code}" if isinstance(outcome, BridgeError) else ""
            self._told[request.agent_id].append(f"R{refusal}")

        steps = OPERATIONS[kind].carry_out(request, self.tenant, requester)
        self._run(Task(self.tenant, steps, reply, (request.agent_id, request.req_id)))
        assert replies, f"{msg_type} was never answered"
        if isinstance(replies[0], BridgeError):
            raise replies[0]
        return replies[0]

    def refused(self, code: str, name: str, msg_type: str, **fields: Any) -> BridgeError:
        """The request is refused with this code, and has changed nothing and commanded nothing."""
        before, heard = self.snapshot(), len(self.switch.heard)
        with pytest.raises(BridgeError) as refusal:
            self.ask(name, msg_type, **fields)
        assert refusal.value.code == code, repr(refusal.value)
        assert self.snapshot() == before
        assert self.switch.heard[heard:] == []
        return refusal.value

    def begin_call(self, name: str, to: str, **fields: Any) -> tuple[str, str]:
        """``call`` an agent by name, or an outside number; gives the near and the far leg."""
        target = {"callee_number": NAMES.get(to, to), "out_line": 0 if to in NAMES else 1}
        reply: Any = self.ask(name, "call", **target | fields)
        near: str = reply.uuid
        return near, next(leg for leg in self.tenant.legs[near].call.legs if leg.uuid != near).uuid

    def talk(self, name: str, to: str, **fields: Any) -> tuple[str, str]:
        """As ``begin_call``, up to the talk; what was told and heard on the way is forgotten."""
        near, far = self.begin_call(name, to, **fields)
        self.pick_up(near)
        self.pick_up(far)
        self.event(LegsBridged(near, far))
        self.forget()
        return near, far

    # -- events ---------------------------------------------------------------------------------

    def confer(self) -> tuple[str, str, str]:
        """A talks to B, and D has joined them: the legs of all three."""
        near, far = self.talk("A", "B")
        joins = {"three_way_type": "0", "three_way_number": NAMES["D"]}
        third = self.ask("A", "three_way", uuid=near, **joins).uuid  # type: ignore[attr-defined]
        self.takes(third)
        room = self.tenant.legs[near].call.procedure.room  # type: ignore[union-attr]
        for leg in (near, far, third):
            self.event(RoomEntered(leg, room))
        return near, far, third

    def event(self, event: Any) -> None:
        """Something happens at the switch; what is done about it is done to its end."""
        steps = REACTIONS[type(event)](event, self.tenant)
        if steps is not None:
            self._run(Task(self.tenant, steps, self._no_reply))
        else:
            self.publish_changes()

    def rings(self, leg: str) -> None:
        self.event(LegRings(leg))

    def pick_up(self, leg: str) -> None:
        self.event(LegRings(leg))
        self.event(LegAnswered(leg))

    def parks(self, leg: str) -> None:
        """It does nothing any more and waits for us."""
        self.event(LegParked(leg, COMPANY, "", "", "", "", "", "", "", answered=True))

    def takes(self, leg: str) -> None:
        """An offered phone is picked up, and parked until it is joined."""
        self.pick_up(leg)
        self.parks(leg)

    def bridge(self, leg: str, other: str) -> None:
        self.event(LegsBridged(leg, other))

    def unbridge(self, leg: str, other: str) -> None:
        self.event(LegsUnbridged(leg, other))

    def ends(self, leg: str, cause: str = "NORMAL_CLEARING") -> None:
        self.event(LegEnded(leg, cause))
        self.event(ByeSent(leg))

    def caller(
        self,
        number: str = NUMBER_OF_A,
        caller: str = OUTSIDE,
        *,
        answered: bool = False,
        **marks: str,
    ) -> str:
        """Somebody from outside has called a number of the company's; gives the leg."""
        number_of_leg = next(self._ids)
        leg = f"caller-{number_of_leg}"
        fields: dict[str, Any] = {
            "extension": "",
            "dialled": "",
            "flow_data": "",
            "work_order_id": "",
            **marks,
        }
        fields.setdefault("contact_id", f"contact-{number_of_leg:032x}")
        self.event(
            LegParked(
                leg,
                company=COMPANY,
                role="customer",
                number=number,
                caller_number=caller,
                answered=answered,
                **fields,
            )
        )
        return leg

    def dials(self, name: str, number: str) -> str:
        """An agent's phone dials by itself; gives its leg."""
        leg = f"phone-{next(self._ids)}"
        event = LegParked(
            leg, COMPANY, "phone", "", NAMES[name], number, NAMES[name], "", "", False
        )
        self.event(event)
        return leg

    def resync(self, *there: str) -> None:
        """The switch is read back, and has these legs only."""
        gone = {leg for uuid, leg in self.tenant.legs.items() if uuid not in there}
        for steps in switch_state.missing(self.tenant, gone):
            self.run(steps)
        self.publish_changes()

    def offered(self, name: str) -> str:
        """The leg that rings, or shall ring, at this agent."""
        own_leg = self.agent(name).own_leg
        assert own_leg is not None
        return own_leg.uuid

    def time_is_over(self, seconds: float | None = None) -> None:
        """The oldest timer has run out; it was set for so many seconds."""
        agent, timer = self.timers.pop(0)
        assert seconds in (None, timer.seconds)
        self.tenant.agent_states.time_is_over(agent, timer)
        self.publish_changes()

    def run(self, steps: Steps) -> None:
        """Do what part of an operation wants done, to its end."""
        self._run(Task(self.tenant, steps, self._no_reply))

    # -- the driver's surroundings ----------------------------------------------------------------

    def _run(self, *tasks: Task) -> None:
        """To their end, and what they bring about. What happens at the switch while it carries out
        a command is done to its end first: it is run to the height that the pile has now."""
        height = len(self._pile)
        for task in tasks:
            self.driver.start(task)
        self._go_on(height)

    def _go_on(self, height: int = 0) -> None:
        while self._soon or len(self._pile) > height:
            if self._soon:
                self._soon.popleft()()
            else:
                self._pile.pop()()

    def _send(self, command: Command, then: ReplyHandler) -> None:
        def carried_out() -> None:
            outcome: str | SwitchError
            try:
                outcome = self.switch(command)
            except SwitchError as error:
                outcome = error
            then(outcome)

        self._pile.append(carried_out)

    def _verify(self, attempt: Verify, then: Verified) -> None:
        def looked_at() -> None:
            if self.verifies:
                self.verifies.pop(0)()
            then(attempt.password_hash is not None and attempt.password == PASSWORD)

        self._pile.append(looked_at)

    def _later(self, _seconds: float, call: Callable[[], None]) -> Cancel:
        """The time is over at once, when what ``waits`` says has gone on till then."""
        waits = [call]

        def time_passes() -> None:
            if waits:
                self.waits.pop(0)() if self.waits else self._tell_of_music()
            if waits:
                call()

        self._pile.append(time_passes)
        return waits.clear

    def _tell_of_music(self) -> None:
        """The switch has begun the music that somebody's partner was to hear, or ended it."""
        for holder in list(self.tenant.legs.values()):
            if (
                holder.peer is not None
                and holder.media.hold in (Hold.ASKED, Hold.UNSURE)
                and self.plays
            ):
                self.event(PlaybackStarted(holder.peer.uuid, HOLD))
            elif holder.peer is not None and holder.media.hold is Hold.ENDING:
                self.event(PlaybackStopped(holder.peer.uuid, HOLD))

    def _no_reply(self, outcome: Reply | BridgeError) -> None:
        assert isinstance(outcome, BridgeError), "a reaction has nobody to answer"
        self.refusals.append(outcome)

    def _late(self, task: Task, outcome: Reply | BridgeError) -> None:
        assert isinstance(outcome, BridgeError), f"{task} was answered twice"
        self.refusals.append(outcome)

    def _unforeseen(self, _where: str, error: Exception) -> None:
        raise error

    def publish_changes(self) -> None:
        self.driver.publish_changes(self.tenant)
        self._go_on(len(self._pile))

    def _deliver(self, _tenant: Tenant, domain_events: list[DomainEvent]) -> None:
        for item in domain_events:
            self._hear(item)

    def _hear(self, item: DomainEvent) -> None:
        match item:
            case TimerStarted():
                self.timers.append((self.tenant.agents[item.agent_id], item.timer))
            case KickedOff():
                self.kicked.append(item)
            case ActionAdvanced(suppressed=True):
                pass
            case CallOver():
                self.over.append(item)
            case CallWrappedUp():
                self.wrapped_up.append(item)
            case TeamUpdated():
                self.stirred += 1
            case DirectoryUpdated():
                pass
            case AgentResumed():
                self.pushed[item.agent_id].append(item)
                if item.offer is not None:
                    self._told[item.agent_id].append(_callin(item.offer))
            case _:
                self.pushed[item.agent_id].append(item)
                self._told[item.agent_id].append(self._sign(item))

    def _sign(self, item: DomainEvent) -> str:
        match item:
            case ActionAdvanced():
                end = ("+" if item.success else "-") if item.phase == "END_CALL" else ""
                code = f" {item.code}" if item.code != "0" else ""
                return f"{item.kind}.{_PHASES[item.phase]}{end}{code}"
            case LegOffered():
                return _callin(item)
            case AgentStateChanged():
                last = self._subs[item.agent_id]
                self._subs[item.agent_id] = item.sub_status
                before = f"{item.last_status}/{last}" if last else item.last_status
                after = f"{item.status}/{item.sub_status}" if item.sub_status else item.status
                reason = "" if item.reason in _WHY_IN_A_CALL else item.reason
                return f"{before}>{after} {reason}".strip()
            case LegHijacked():
                return f"stolen by {item.by}"
        raise AssertionError(item)

    def last_push(self, name: str, kind: type) -> Any:
        return [push for push in self.pushed[NAMES[name]] if isinstance(push, kind)][-1]

    # -- what must be so ------------------------------------------------------------------------

    def snapshot(self) -> Mapping[str, Any]:
        """All that a refused request must leave as it is."""
        tenant = self.tenant
        return {
            "agents": {one.id: _agent_as_text(one) for one in tenant.agents.values()},
            "legs": {leg.uuid: _leg_as_text(leg) for leg in tenant.legs.values()},
            "news": list(tenant.domain_events),
            "dialled": tenant.leg_book.outbound.last_minute(self.now),
        }

    def consistent(self) -> None:
        """What is said twice is said alike: legs and calls, legs and agents, pairs."""
        tenant = self.tenant
        recorded = {one.on.uuid for one in tenant.recordings.values()}
        releasing = {leg for agent in tenant.agents.values() for leg in agent.releasing}
        assert self.owners.keys() == tenant.legs.keys() | recorded | releasing
        for uuid, leg in tenant.legs.items():
            assert leg.uuid == uuid
            assert leg in leg.call.legs
            assert leg.state is not LegState.ENDED
            assert leg.peer is None or leg.peer.peer is leg
            assert leg.peer is None or leg.peer.uuid in tenant.legs
            for action in leg.call.actions:
                assert action.open
                assert action.near.uuid in tenant.legs
        for agent in tenant.agents.values():
            if agent.own_leg is not None:
                assert tenant.legs[agent.own_leg.uuid] is agent.own_leg
                assert agent.own_leg.agent is agent
            in_a_call = agent.status in (Status.RINGING, Status.CALLING)
            assert not in_a_call or agent.own_leg is not None, agent.id

    def nothing_left(self) -> None:
        """No leg, no action, nobody reserved, nobody in a call."""
        self.consistent()
        assert self.tenant.legs == {}
        for agent in self.tenant.agents.values():
            assert agent.own_leg is None, agent.id
            assert agent.status not in (Status.RINGING, Status.CALLING), agent.id


def _callin(offer: LegOffered) -> str:
    return f"callin:{offer.channel}" if offer.channel else "callin"


def _agent_as_text(agent: Agent) -> str:
    own_leg = agent.own_leg.uuid if agent.own_leg else None
    return repr((agent.state, own_leg, agent.connection, agent.token, agent.os, agent.registered))


def _leg_as_text(leg: Leg) -> str:
    peer = leg.peer.uuid if leg.peer else None
    actions = [(action.kind, action.phase) for action in leg.call.actions]
    media = (leg.media.hold, leg.media.muted)
    return repr(
        (leg.state, peer, leg.position.room, media, leg.progress.talked, leg.ending, actions)
    )
