"""Random lives of a whole company, and the promises that hold in all of them.

Every request has one reply. Every action that began has one end, and no start after it. An agent's
changes of state have no gap. When all phones have hung up, nothing is left.
"""

import random
from collections import defaultdict

import pytest

from esl_bridge.callflow import ending
from esl_bridge.domain.company import Route
from esl_bridge.domain.domain_events import ActionAdvanced, AgentResumed, AgentStateChanged
from esl_bridge.domain.states import Status
from esl_bridge.errors import BridgeError
from esl_bridge.esl.events import LegAnswered, LegHeld, LegRings, LegUnheld
from tests.builders import (
    NAMES,
    NUMBER_OF_A,
    NUMBER_OF_IVR,
    NUMBER_OUT,
    OTHER_OUTSIDE,
    OUTSIDE,
    PASSWORD,
    TenantHarness,
)
from tests.walk.channels import Channels

STEPS = 5_000
SEEDS = range(6)
ACTIONS = [
    "CHECKOUT",
    *("MAKE_FREE", "MAKE_FREE", "MAKE_FREE", "MAKE_BUSY", "MAKE_REST", "MAKE_ARRANGE"),
    *("MAKE_FREE_AFTER_CALL_STOP", "MAKE_BUSY_AFTER_CALL_STOP", "CHECKOUT_AFTER_CALL_STOP"),
    "CANCEL_AFTER_CALL_STOP",
    *("FORCE_RESET", "FORCE_CHECKOUT", "FORCE_MAKE_FREE", "FORCE_MAKE_BUSY"),
]


class Walk:
    def __init__(self, seed: int) -> None:
        self.luck = random.Random(seed)
        self.harness = TenantHarness(
            wrap_up_seconds=self.luck.choice([0, 10]),
            take_over=self.luck.random() < 0.5,
            dial_from_phone=True,
            fallback=self.luck.choice([None, Route(agent=NAMES["B"]), Route(ivr="2001")]),
        )
        self.channels = Channels(self.luck, trouble=0.03)
        self.harness.switch = self.channels
        self.past: list[str] = []
        self.seen: set[str] = set()
        self.callers = 0

    def step(self) -> None:
        what = self.luck.choices(list(STEP), list(STEP.values()))[0]
        self.harness.now += self.luck.random() * 10
        self.past = [*self.past[-14:], what.__name__]
        what(self)
        self.harness.consistent()

    # -- requests -------------------------------------------------------------------------------

    def ask(self, msg_type: str, name: str | None = None, **fields: object) -> None:
        name = name or self.luck.choice("ABDS")
        self.past[-1] = f"{name} {msg_type} {fields}"
        try:
            self.harness.ask(name, msg_type, **fields)
        except BridgeError as refusal:
            self.past[-1] += f" -> {refusal.code}"
        else:
            self.seen.add(msg_type)

    def call(self) -> None:
        target, out_line = self.luck.choice(
            [(OUTSIDE, 1), (OTHER_OUTSIDE, 1), *((NAMES[name], 0) for name in "ABDS")]
        )
        self.ask("call", callee_number=target, out_line=out_line)

    def on_a_leg(self) -> None:
        msg_type, fields = self.luck.choice(
            [
                ("answer", {}),
                ("dtmf", {"content": "1"}),
                ("hangup", {}),
                ("hold", {"hold": "0"}),
                ("hold", {"hold": "1"}),
                ("mute", {"mute": self.luck.choice("01")}),
            ]
        )
        name = self.luck.choice("ABDS")
        agent = self.harness.agent(name)
        legs = [leg.uuid for leg in agent.own_leg.call.legs] if agent.own_leg else []
        self.ask(msg_type, name, uuid=self.luck.choice([*legs * 5, "call-x"]), **fields)

    def change_status(self) -> None:
        action, other = self.luck.choice(ACTIONS), NAMES[self.luck.choice("ABDS")]
        name = "S" if action.startswith("FORCE") and self.luck.random() < 0.8 else None
        operated = {"operated_agent_id": other} if action.startswith("FORCE") else {}
        self.ask("change_status", name, action=action, **operated)

    def checkin(self) -> None:
        name = self.luck.choice("ABDS")
        fields = {"reset": self.luck.random() < 0.1, "agent_pwd": PASSWORD}
        if self.luck.random() < 0.2:
            fields["start_status"] = self.luck.choice(["FREE", "BUSY", "REST", "ARRANGE"])
        connection = self.luck.choice([name, name, f"{name}2"])
        self.ask("checkin", name, connection=connection, **fields)

    def checkout(self) -> None:
        self.ask("checkout")

    def lose(self) -> None:
        name = self.luck.choice("ABDS")
        self.harness.agent(name).connection = None
        ending.lose(self.harness.tenant, self.harness.agent(name))
        self.harness.publish_changes()

    # -- the switch and its phones --------------------------------------------------------------

    def a_phone_does_something(self) -> None:
        if self.channels.up:
            leg = self.luck.choice(list(self.channels.up))
            do = self.luck.choices(
                [self.channels.ring, self.channels.answer, self.channels.fail, self.channels.end],
                [4, 6, 1, 1],
            )[0]
            self.past[-1] = f"{do.__name__} {leg}"
            do(leg)

    def the_switch_tells(self) -> None:
        """The next event, or at times an earlier one again."""
        if self.channels.told:
            event = self.channels.told.popleft()
            self.past[-1] = f"{type(event).__name__} {event.leg}"
            self.seen.add(type(event).__name__)
            for _ in range(self.luck.choice([1, 1, 1, 2])):
                self.harness.event(event)

    def it_rings_from_outside(self) -> None:
        self.callers += 1
        number = self.luck.choice([NUMBER_OF_A, NUMBER_OF_A, NUMBER_OF_IVR, NUMBER_OUT, "40019999"])
        self.channels.arrive(f"caller-{self.callers}", number, self.luck.choice([OUTSIDE, "x y"]))

    def something_makes_no_sense(self) -> None:
        kind = self.luck.choice([LegRings, LegAnswered, LegHeld, LegUnheld])
        legs = [*self.channels.up, "call-gone"]
        leg = self.luck.choice(legs)
        if kind in (LegHeld, LegUnheld) or leg == "call-gone":
            self.harness.event(kind(leg))

    def a_time_is_over(self) -> None:
        if self.harness.timers:
            self.harness.time_is_over()

    def all_phones_down(self) -> None:
        """Whatever is up ends, and the switch tells all of it."""
        for _ in range(100):
            for leg in list(self.channels.up):
                self.channels.end(leg)
            while self.channels.told:
                self.harness.event(self.channels.told.popleft())
            if not self.channels.up:
                break
        # A command without effect, and without an event, is found by querying the switch.
        self.harness.resync()


STEP = {
    Walk.call: 8,
    Walk.on_a_leg: 6,
    Walk.change_status: 2,
    Walk.checkin: 6,
    Walk.checkout: 0.2,
    Walk.lose: 0.1,
    Walk.a_phone_does_something: 20,
    Walk.the_switch_tells: 40,
    Walk.it_rings_from_outside: 2,
    Walk.something_makes_no_sense: 1,
    Walk.a_time_is_over: 1,
}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_company_stays_consistent_over_a_random_walk(seed):
    walk = Walk(seed)
    try:
        for _ in range(STEPS):
            walk.step()
        walk.all_phones_down()
        walk.harness.nothing_left()
        talks = [whole(walk.harness.pushed[NAMES[name]]) for name in NAMES]
    except BaseException:
        print(f"seed {seed}; the last steps:", *walk.past, sep="\n  ")  # noqa: T201
        raise
    assert sum(talks) > 5, "the walk never gets anywhere"
    assert walk.seen >= {"call", "LegsBridged", "LegEnded", "OriginateFailed", "checkin"}


def whole(pushes: list[object]) -> int:
    """Checks one agent's pushes as one story; gives the number of its talks."""
    status, sub = Status.FREE, ""
    phases: dict[str, list[str]] = defaultdict(list)
    lost: set[str] = set()
    for push in pushes:
        match push:
            case AgentStateChanged():
                assert push.last_status == status, push
                assert (push.status, push.sub_status) != (status, sub), push
                status, sub = push.status, push.sub_status
                if push.reason == "CONNECTION_LOST":
                    lost |= still_open(phases)
                assert status != Status.OFFLINE or still_open(phases) <= lost
            case ActionAdvanced():
                seen = phases[push.req_id]
                seen.append(push.phase)
                assert seen in STORIES, push
                # An agent that was away does not know that the talk began meanwhile.
                untalked = seen == ["INITIATE", "END_CALL"]
                assert push.success != untalked or push.req_id in lost, push
                assert (push.code == "0") or push.phase == "END_CALL", push
                assert push.success or push.code != "0", push
            case AgentResumed():
                continue
            case _:
                assert status != Status.OFFLINE or push.uuid, push
    assert still_open(phases) <= lost
    return sum("START_CALL" in seen for seen in phases.values())


STORIES = (
    ["INITIATE"],
    ["INITIATE", "START_CALL"],
    ["INITIATE", "END_CALL"],
    ["INITIATE", "START_CALL", "END_CALL"],
)


def still_open(phases: dict[str, list[str]]) -> set[str]:
    return {req_id for req_id, seen in phases.items() if seen[-1] != "END_CALL"}
