"""A small mod_callcenter: agents, queues, tiers, and offers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from esl_bridge.simulator.activity import RunningApplication
from esl_bridge.simulator.bridging import BridgeSetup
from esl_bridge.simulator.dialing import Dial
from esl_bridge.simulator.playback import Playback

if TYPE_CHECKING:
    from esl_bridge.simulator.channel import SimulatedChannel
    from esl_bridge.simulator.events import Headers
    from esl_bridge.simulator.switch import SimulatedSwitch

SUBCLASS = "callcenter::info"
STATUSES = ("Logged Out", "Available", "Available (On Demand)", "On Break")
STATES = ("Idle", "Waiting", "Receiving", "In a queue call")
OFFER_AGAIN_SECONDS = 0.04  # until a refused member is offered again (measured)


@dataclass
class CallcenterAgent:
    name: str
    contact: str = ""
    status: str = "Logged Out"
    state: str = "Waiting"
    numbers: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            (
                *("max_no_answer", "wrap_up_time", "reject_delay_time"),
                *("busy_delay_time", "no_answer_delay_time"),
            ),
            0,
        )
    )
    ready_at: float = 0.0
    idle_since: float = 0.0
    missed: int = 0
    taken: int = 0
    offer: Offer | None = None


@dataclass
class Tier:
    queue: str
    agent: str
    level: int = 1
    position: int = 1


@dataclass
class Queue:
    name: str
    moh: str = "local_stream://moh"
    max_wait: float | None = None  # seconds


def read_queues(file: Path) -> Iterator[Queue]:
    """The queues of a real ``callcenter.conf.xml``."""
    for queue in ElementTree.parse(file).iter("queue"):
        params = {param.get("name"): param.get("value", "") for param in queue.iter("param")}
        max_wait = float(params.get("max-wait-time", 0))
        yield Queue(queue.get("name", ""), params.get("moh-sound", ""), max_wait or None)


class Callcenter(RunningApplication):
    """A member waiting in a queue."""

    name = "callcenter"
    music: Playback | None = None
    offer: Offer | None = None
    served = False
    overdue = False
    why_left = "BREAK_OUT"

    def run(self) -> bool:
        centre = self.leg.switch.centre
        queue = centre.queues.get(self.data)
        if queue is None:
            return True
        self.uuid = self.leg.switch.new_uuid()
        self.joined_at = self.leg.switch.clock.now()
        self.leg.variables |= {"cc_side": "member", "cc_member_uuid": self.uuid}
        self.leg.variables["cc_queue"] = queue.name
        self._wait(queue)
        centre.join(self)
        return False

    def _wait(self, queue: Queue) -> None:
        self.tell("member-queue-start", {})
        self.leg.switch.centre.tell_count(self.data, joined=1)
        self.music = Playback(self.leg, queue.moh)
        self.music.tell_start()
        if queue.max_wait is not None:
            self.leg.switch.later(queue.max_wait, self._waited_too_long)

    def _waited_too_long(self) -> None:
        """It leaves, but not while an agent is rung for it (measured)."""
        self.overdue = True
        self.go_if_overdue()

    def go_if_overdue(self) -> None:
        if self.overdue and self.offer is None and self.leg.activity is self:
            self.why_left = "TIMEOUT"
            self.leg.variables |= {"cc_cause": "cancel", "cc_cancel_reason": self.why_left}
            self.leg.thread.finished(self)

    def stop(self) -> None:
        if self.music is None:
            return
        self.music.tell_stop("done")
        if not self.served:
            self.tell("member-queue-end", {"CC-Cause": "Cancel", "CC-Cancel-Reason": self.why_left})
        self.leg.switch.centre.left(self)

    def tell(self, action: str, extra: Headers) -> None:
        own = {"CC-Queue": self.data, "CC-Action": action}
        self.leg.emit_custom(SUBCLASS, own | extra | self.described())

    def described(self) -> Headers:
        return {
            "CC-Member-UUID": self.uuid,
            "CC-Member-Session-UUID": self.leg.uuid,
            "CC-Member-CID-Name": self.leg.profile.name,
            "CC-Member-CID-Number": self.leg.profile.number,
        }

    def heard(self) -> set[str]:
        return self.music.heard() if self.music is not None else set()

    def sounds(self) -> bool:
        return self.music is not None


class Offer:
    """One agent is rung for one member."""

    def __init__(self, centre: Centre, agent: CallcenterAgent, member: Callcenter) -> None:
        self._centre = centre
        self._switch = centre.switch
        self._agent = agent
        self._member = member
        agent.offer = member.offer = self
        marks = self._marks()
        self._dial = Dial(centre.switch, agent.contact, None, self._dialed, marks=marks)

    def _marks(self) -> Headers:
        member, caller = self._member, self._member.leg.profile
        said = member.leg.variables.get
        return {
            "origination_caller_id_number": said("effective_caller_id_number", caller.number),
            "origination_caller_id_name": said("effective_caller_id_name", caller.name),
            # The queue sets this by itself (source).
            "ignore_early_media": "true",
            "cc_side": "agent",
            "cc_queue": member.data,
            "cc_agent": self._agent.name,
            "cc_member_uuid": member.uuid,
            "cc_member_session_uuid": member.leg.uuid,
        }

    @property
    def member(self) -> Callcenter:
        return self._member

    def start(self) -> None:
        self._centre.set_state(self._agent, "Receiving")
        self._tell("agent-offering", {"CC-Agent-Type": "callback"})
        self._dial.start()

    def withdraw(self) -> None:
        for leg in list(self._dial.legs):
            leg.hangup("ORIGINATOR_CANCEL")

    def _dialed(self, leg: SimulatedChannel | None, cause: str) -> None:
        if leg is None:
            self._failed(cause)
        elif self._member.leg.dead or self._member.leg.activity is not self._member:
            leg.hangup("ORIGINATOR_CANCEL")
            self._failed("ORIGINATOR_CANCEL")
        else:
            self._answered(leg)

    def _answered(self, leg: SimulatedChannel) -> None:
        member = self._member
        member.served = True
        extra = {"CC-Agent-UUID": leg.uuid} | self._agent_headers()
        told = {"CC-Queue": member.data, "CC-Action": "bridge-agent-start"} | extra
        leg.emit_custom(SUBCLASS, told | member.described())
        leg.on_end.append(lambda: self._ended(leg))
        self._agent.taken += 1
        self._agent.missed = 0
        BridgeSetup(member.leg, leg).call()
        self._centre.set_state(self._agent, "In a queue call")

    def _ended(self, leg: SimulatedChannel) -> None:
        member, agent = self._member, self._agent
        extra = {"CC-Agent-UUID": leg.uuid, "CC-Hangup-Cause": "SUCCESS"} | self._agent_headers()
        told = {"CC-Queue": member.data, "CC-Action": "bridge-agent-end"} | extra
        leg.emit_custom(SUBCLASS, told | member.described())
        end = extra | {"CC-Cause": "Terminated"}
        if member.leg.dead and member.leg.uuid in self._switch.channels:
            member.leg.on_end.append(lambda: member.tell("member-queue-end", end))
        else:
            member.tell("member-queue-end", end)
        self._centre.free(agent, self._wrap_up())

    def _wrap_up(self) -> float:
        """Compared in whole seconds, which must have passed (source of mod_callcenter)."""
        now = self._switch.clock.now()
        over = int(now) + self._agent.numbers["wrap_up_time"] + 1
        return max(0.0, over - now)

    def _failed(self, cause: str) -> None:
        self._member.offer = None
        self._tell("bridge-agent-fail", {"CC-Hangup-Cause": cause})
        delays = {"USER_BUSY": "busy_delay_time", "CALL_REJECTED": "reject_delay_time"}
        if cause != "ORIGINATOR_CANCEL":
            self._centre.missed(self._agent)
        rest = self._agent.numbers[delays.get(cause, "no_answer_delay_time")]
        self._centre.free(self._agent, 0 if cause == "ORIGINATOR_CANCEL" else rest)
        self._member.go_if_overdue()

    def _agent_headers(self) -> Headers:
        return {"CC-Agent": self._agent.name, "CC-Agent-System": "single_box"}

    def _tell(self, action: str, extra: Headers) -> None:
        own = {"CC-Queue": self._member.data, "CC-Action": action}
        self._centre.tell(own | extra | self._agent_headers() | self._member.described())


class Centre:
    def __init__(self, switch: SimulatedSwitch) -> None:
        self.switch = switch
        self.queues: dict[str, Queue] = {}
        self.agents: dict[str, CallcenterAgent] = {}
        self._tiers: dict[str, dict[str, Tier]] = {}  # by agent, by queue
        self.members: list[Callcenter] = []

    @property
    def tiers(self) -> list[Tier]:
        """In the order in which the real switch lists them."""
        all_of_them = [tier for at in self._tiers.values() for tier in at.values()]
        return sorted(all_of_them, key=lambda tier: (tier.level, tier.position))

    def tier(self, queue: str, agent: str) -> Tier | None:
        return self._tiers.get(agent, {}).get(queue)

    def add_tier(self, tier: Tier) -> None:
        self._tiers.setdefault(tier.agent, {})[tier.queue] = tier

    def drop_tier(self, queue: str, agent: str) -> None:
        self._tiers.get(agent, {}).pop(queue, None)

    def drop_agent(self, name: str) -> None:
        self.agents.pop(name, None)
        self._tiers.pop(name, None)

    def join(self, member: Callcenter) -> None:
        self.members.append(member)
        self.switch.later(OFFER_AGAIN_SECONDS, self.distribute)

    def left(self, member: Callcenter) -> None:
        self.members.remove(member)
        self.tell_count(member.data, joined=1 if member.served else 0)
        if member.offer is not None and not member.served:
            member.offer.withdraw()

    def distribute(self) -> None:
        for member in list(self.members):
            if member.offer is None and not member.leg.thread.moving and not member.leg.dead:
                agent = self._next_agent(member.data)
                if agent is not None:
                    Offer(self, agent, member).start()

    def _next_agent(self, queue: str) -> CallcenterAgent | None:
        """The lowest level first; within it the agent idle longest, whatever the strategy."""
        now = self.switch.clock.now()
        ranked = [
            (tier.level, agent.idle_since, tier.position, agent.name)
            for name, at in self._tiers.items()
            if (tier := at.get(queue)) and _can_take(agent := self.agents[name], now)
        ]
        return self.agents[min(ranked)[-1]] if ranked else None

    def free(self, agent: CallcenterAgent, rest: float) -> None:
        """The agent's call or offer is over; the next follows after at least ``rest`` seconds."""
        agent.offer = None
        agent.idle_since = self.switch.clock.now()
        agent.ready_at = agent.idle_since + rest
        self.set_state(agent, "Waiting")
        self.switch.later(max(rest, OFFER_AGAIN_SECONDS), self.distribute)

    def missed(self, agent: CallcenterAgent) -> None:
        agent.missed += 1
        limit = agent.numbers["max_no_answer"]
        if limit and agent.missed >= limit:
            self.set_status(agent, "On Break")

    def set_status(self, agent: CallcenterAgent, status: str) -> None:
        """Any status but Available cancels an offer that rings (measured)."""
        agent.status = status
        if agent.offer is not None and agent.state == "Receiving" and status != "Available":
            agent.offer.withdraw()
        change = {"CC-Agent": agent.name, "CC-Action": "agent-status-change"}
        self.tell(change | {"CC-Agent-Status": status})
        self.switch.later(OFFER_AGAIN_SECONDS, self.distribute)

    def set_state(self, agent: CallcenterAgent, state: str) -> None:
        agent.state = state
        change = {"CC-Agent": agent.name, "CC-Action": "agent-state-change"}
        self.tell(change | {"CC-Agent-State": state})
        self.switch.later(OFFER_AGAIN_SECONDS, self.distribute)

    def waiting(self, queue: str) -> int:
        return sum(member.data == queue for member in self.members)

    def tell_count(self, queue: str, joined: int) -> None:
        """The count includes a member that has just joined, and one that is just being served."""
        count = str(self.waiting(queue) + joined)
        told = {"CC-Queue": queue, "CC-Action": "members-count", "CC-Count": count}
        self.tell(told | {"CC-Selection": "Single-Queue"})

    def tell(self, headers: Headers) -> None:
        self.switch.publish("CUSTOM", {"Event-Subclass": SUBCLASS} | headers)


def _can_take(agent: CallcenterAgent, now: float) -> bool:
    available = agent.status in ("Available", "Available (On Demand)")
    return available and agent.state == "Waiting" and agent.offer is None and agent.ready_at <= now
