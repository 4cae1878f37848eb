"""A random walk over a whole company: requests, phones, callers and time, on the simulated switch.

``WALK_SEED=n`` repeats one walk, ``WALK_STEPS`` says how long each is; the default is for CI.
``WALK_TROUBLES`` names the faults to inject: lost ``links``, ``timeouts`` of commands.
``WALK_LINES``: how many lines a failed walk prints.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import pytest

from esl_bridge.domain.domain_events import ActionAdvanced, DomainEvent
from esl_bridge.domain.leg import Leg, LegState
from esl_bridge.domain.states import Status
from esl_bridge.protocol.envelope import Reply
from tests.builders import NAMES, NUMBER_OF_A, NUMBER_OF_IVR, NUMBER_OUT
from tests.walk.customers import Customers
from tests.walk.oracle import Oracle, Third
from tests.walk.setting import (
    AGENTS,
    NUMBER_OF_SKILL,
    OUTSIDERS,
    SKILL,
    SUPERVISORS,
    a_company,
)
from tests.walk.story import Story
from tests.walk.world import Fate, World

ROUNDS = 4  # of comparing, till what went wrong is made good
LINES = int(os.environ.get("WALK_LINES", "120"))  # the last forty steps, with what came of them
STEPS = int(os.environ.get("WALK_STEPS", "500"))
SEEDS = [int(os.environ["WALK_SEED"])] if "WALK_SEED" in os.environ else range(8)
TROUBLES = os.environ.get("WALK_TROUBLES", "links,timeouts").split(",")
_STATES = [*["MAKE_FREE"] * 6, "MAKE_BUSY", "MAKE_REST", "MAKE_ARRANGE"]
_STATES += ["MAKE_FREE_AFTER_CALL_STOP", "MAKE_BUSY_AFTER_CALL_STOP", "CHECKOUT_AFTER_CALL_STOP"]
_STATES += ["CANCEL_AFTER_CALL_STOP"]
_STATES += ["FORCE_MAKE_FREE", "FORCE_MAKE_BUSY", "FORCE_CHECKOUT", "FORCE_RESET"]
_THIRDS = {"CONSULT": "CONSULT", "TRANS": "TRANS", "CONSULT_TO_TRANS": "TRANS"}
_THIRDS["THREE_WAY"] = "THREE_WAY"
_LEAVING = ("hangup", "checkout", "change_status", "checkin")


class Walk:
    def __init__(self, seed: int, *, troubled: bool) -> None:
        self.luck = random.Random(f"steps {seed}")
        self.world = World(seed, a_company(self.luck))
        self.oracle = Oracle(self.world.switch)
        self.world.hear = self._hear
        self.story = Story()
        self.customers = Customers(self.world.tenant, lambda: self.world.deaf)
        self.world.switch.listeners.append(self.customers.hear)
        self._dead = ["call-" + "0" * 32]
        self._hurried = ""
        for agent in AGENTS:
            self.world.ask(agent, "checkin", agent_pwd="example")
        self.world.sim("phone", AGENTS[3], "talk", "on")
        self.world.until_quiet()
        self.check()
        self._troubles = TROUBLES if troubled else []
        self._untroubled = self._restless = True
        if "timeouts" in self._troubles:
            self.world.trouble = self._trouble

    # -- steps ----------------------------------------------------------------------------------

    def step(self) -> None:
        self.luck.choices(list(STEP), list(STEP.values()))[0](self)
        seconds = self.luck.choices([0, 0.002, 0.02, 0.2, 1, 6, 30], [6, 6, 8, 8, 5, 0.4, 0.1])[0]
        self.world.clock.run(seconds * self.luck.uniform(0.5, 1.5))
        if self.luck.random() < 0.12:
            self.all_is_quiet()

    def call(self) -> None:
        idle = [agent for agent in AGENTS if not self.world.switch.extensions[agent].legs]
        agent = self.luck.choice(idle if self.luck.random() < 0.9 and idle else AGENTS)
        inside, number = self._target()
        ring = self.luck.choice([5, 15])
        self.ask(
            agent, "call", callee_number=number, out_line=0 if inside else 1, max_ring_time=ring
        )

    def answer(self) -> None:
        self._on_a_leg("answer")

    def hangup(self) -> None:
        self._on_a_leg("hangup")

    def hold(self) -> None:
        self._on_a_leg("hold", hold=self.luck.choice("01"))

    def mute(self) -> None:
        self._on_a_leg("mute", mute=self.luck.choice("01"))

    def dtmf(self) -> None:
        self._on_a_leg("dtmf", content="1w2")

    def record(self) -> None:
        self._on_a_leg(
            "record_control", action=self.luck.choice(["start", "pause", "resume", "stop"])
        )

    def change_media(self) -> None:
        more = {"reneg_other": self.luck.random() < 0.5}
        self._on_a_leg("change_media", audio=self.luck.choice([1, 2, 3]), **more)

    def consult(self) -> None:
        inside, number = self._target()
        self._on_a_leg(
            "consult", type="1", consult_type="0" if inside else "1", consult_number=number
        )

    def end_consult(self) -> None:
        self._on_a_leg("consult", type="2")

    def consult_to_trans(self) -> None:
        agent = self._somebody()
        self.ask(agent, "consult_to_trans", consult_uuid=self._third_of(agent, "CONSULT"))

    def three_way(self) -> None:
        agent = self._somebody()
        inside, number = self._target()
        third = self.oracle.live(self._third_of(agent, "CONSULT"))
        if third is not None and third.phone is not None:
            number = third.phone.name
            inside = number in AGENTS
        self.ask(
            agent,
            "three_way",
            uuid=self._leg_for(agent),
            three_way_type="0" if inside else "1",
            three_way_number=number,
        )

    def trans(self) -> None:
        inside, number = self._target()
        self._on_a_leg(
            "trans",
            type=self.luck.choice("12"),
            trans_type="1" if inside else "4",
            trans_number=number,
            max_ring_time=self.luck.choice([5, 15]),
        )

    def trans_to_a_place(self) -> None:
        places = [("2", SKILL), ("3", "2001"), ("5", None), ("2", "nowhere")]
        kind, number = self.luck.choice(places)
        more = {"trans_number": number} if number else {}
        self._on_a_leg("trans", type=self.luck.choice("12"), trans_type=kind, **more)

    def end_trans(self) -> None:
        self._on_a_leg("trans", type="3")

    def change_status(self) -> None:
        agent, action = self.luck.choice(AGENTS), self.luck.choice(_STATES)
        more = {"rest_min": 1} if "REST" in action and "RESET" not in action else {}
        if action.startswith("FORCE"):
            agent, more = NAMES["E"], {"operated_agent_id": self.luck.choice(AGENTS)}
        self.ask(agent, "change_status", action=action, **more)

    def substitute(self) -> None:
        self._operate("substitute", self._supervisor(), self._somebody())

    def interrupt_call(self) -> None:
        """All parties of the call have been left."""
        agent = self._somebody()
        own_leg = self.world.tenant.agents[agent].own_leg
        for leg in own_leg.call.legs if own_leg is not None else ():
            self.customers.leaves(leg.uuid, self.world.clock.now())
        self._operate("interrupt_call", self._supervisor(), agent)

    def _supervisor(self) -> str:
        """A supervisor without a call, if there is one."""
        idle = [one for one in SUPERVISORS if not self.world.switch.extensions[one].legs]
        return self.luck.choice(idle or SUPERVISORS)

    def _operate(self, act: str, supervisor: str, agent: str) -> None:
        self.ask(supervisor, act, operated_agent_id=agent, operated_ext_id=agent)

    def checkout(self) -> None:
        self.ask(self.luck.choice(AGENTS), "checkout")

    def checkin(self) -> None:
        away = [a for a in AGENTS if self.world.tenant.agents[a].status is Status.OFFLINE]
        agent = self.luck.choice(away or AGENTS)
        more = self.luck.choice([{}, {}, {"reset": True}, {"start_status": "FREE"}])
        if away or self.luck.random() < 0.1:
            self.ask(agent, "checkin", agent_pwd="example", **more)

    def _on_a_leg(self, msg_type: str, **fields: Any) -> None:
        agent = self._somebody()
        self.ask(agent, msg_type, uuid=self._leg_for(agent), **fields)

    def in_a_hurry(self) -> None:
        """An agent goes on before what it has begun has come about."""
        self._hurried = self._somebody()
        for _ in range(self.luck.choice([2, 3])):
            self.luck.choice(HURRIED)(self)
            self.world.clock.run(self.luck.choice([0, 0.003, 0.02, 0.06]))
        self._hurried = ""

    def _somebody(self) -> str:
        """One in a call as a rule."""
        if self._hurried:
            return self._hurried
        busy = [agent for agent in AGENTS if self.world.switch.extensions[agent].legs]
        return self.luck.choice(busy if busy and self.luck.random() < 0.9 else AGENTS)

    def _leg_for(self, agent: str) -> str:
        """Its own as a rule, at times any, at times none."""
        legs = list(self.world.switch.extensions[agent].legs)
        if legs and self.luck.random() < 0.9:
            return legs[0].uuid
        return self.luck.choice([*self.world.switch.channels, *self._dead[-5:]])

    def _third_of(self, agent: str, kind: str) -> str:
        for third in self.oracle.thirds.values():
            leg = self.oracle.live(third.own_leg)
            mine = leg is not None and leg.phone is not None and leg.phone.name == agent
            if mine and third.kind == kind and self.oracle.live(third.uuid) is not None:
                return third.uuid
        return self._leg_for(agent)

    def _target(self) -> tuple[bool, str]:
        inside = self.luck.random() < 0.6
        free = [a for a in AGENTS if self.world.tenant.agents[a].takes_calls]
        return inside, self.luck.choice((free or AGENTS) if inside else OUTSIDERS)

    def ask(self, agent: str, msg_type: str, **fields: Any) -> None:
        self._dead = [*self._dead, *self.world.switch.channels][-5:]
        if msg_type in _LEAVING:
            for leg in self.world.switch.extensions[fields.get("operated_agent_id", agent)].legs:
                self.customers.leaves(leg.uuid, self.world.clock.now())
        self.world.ask(agent, msg_type, **fields)

    # -- phones ---------------------------------------------------------------------------------

    def a_phone_rings(self) -> None:
        """It is answered, as a rule."""
        switch = self.world.switch
        phones = [*switch.extensions.items(), *switch.outside.items()]
        ringing = [(name, phone) for name, phone in phones if phone.state == "ringing"]
        if not ringing:
            self.call()
        else:
            name, _ = self.luck.choice(ringing)
            verbs = ["answer", "reject 486", "reject 603", "hangup"]
            self._do(name, self.luck.choices(verbs, [12, 2, 1, 0.3])[0])

    def a_phone_in_a_call(self) -> None:
        switch = self.world.switch
        phones = [*switch.extensions.items(), *switch.outside.items()]
        busy = [name for name, phone in phones if phone.legs]
        if busy:
            verbs = ["hangup", "hold", "resume", "resume", "dtmf 1"]
            self._do(self.luck.choice(busy), self.luck.choices(verbs, [3, 2, 2, 2, 1])[0])

    def a_phone_makes_haste(self) -> None:
        """From now on it refuses, or answers at once, or, most often, does neither."""
        moods = ["refuse 486", "auto 0", "refuse off", "auto off"]
        mood = self.luck.choices(moods, [1, 1, 6, 2])[0]
        self._do(self.luck.choice([*AGENTS, *OUTSIDERS]), mood)

    def a_customer_calls(self) -> None:
        number = self.luck.choice(OUTSIDERS)
        if not self.world.switch.outside_phone(number).legs:
            dids = [NUMBER_OF_A, NUMBER_OF_A, NUMBER_OF_IVR, NUMBER_OF_SKILL, NUMBER_OUT]
            did = self.luck.choice(dids)
            self.world.note(f"{number} calls {did}")
            self.world.sim("call", number, "-", did)

    def all_is_quiet(self) -> None:
        if self.world.until_quiet() and self._made_good():
            self.check()

    # -- troubles -------------------------------------------------------------------------------

    def the_link_is_lost(self) -> None:
        if "links" in self._troubles:
            self._untroubled = False
            unnoticed = self.luck.choice([0, 0, 0.05, 1, 7]) * self.luck.uniform(0.5, 1)
            away = self.luck.choice([0.2, 0.2, 1, 4, 9]) * self.luck.uniform(0.5, 1)
            self.world.lose_the_link(unnoticed, away)

    def it_is_compared(self) -> None:
        """With what the switch says, as every so often."""
        if self._troubles:
            self.world.compare()

    def _trouble(self) -> Fate:
        fate = self.luck.choices(list(Fate), [200, 1, 1])[0] if self._restless else Fate.DONE
        self._untroubled = self._untroubled and fate is Fate.DONE
        return fate

    def _made_good(self) -> bool:
        """What has been lost is found by comparing, in time; whether all is quiet after that."""
        self._restless = False
        for _ in range(0 if self._untroubled else ROUNDS):
            self.world.compare()
            if not self.world.until_quiet():
                break
        else:
            self._untroubled = True
        self._restless = True
        return self._untroubled

    def _do(self, name: str, what: str) -> None:
        kind = "phone" if name in self.world.switch.extensions else "outside"
        self.world.note(f"{name} {what}")
        self.world.sim(kind, name, what)

    # -- what must be so ------------------------------------------------------------------------

    def check(self) -> None:
        self.world.note("--- quiet")
        wrong = [*self._replies(), *self._agents(), *self._left(), *self.customers.lost()]
        wrong += self.oracle.misplaced(self.world.unreleased)
        assert not wrong, "\n".join(wrong)
        for agent in AGENTS:
            self.story.read(agent, self.world.told.pop(agent, []))

    def _hear(self, item: DomainEvent) -> None:
        """What a client knows: which legs its requests have set up."""
        kind = _THIRDS.get(item.kind) if isinstance(item, ActionAdvanced) else None
        if kind is None:
            return
        known = self.oracle.thirds.get(item.uuid)
        if item.phase != "INITIATE":
            vain = item.kind == "CONSULT_TO_TRANS" and not item.success
            if vain and known is not None:  # the consulting agent continues
                known.kind = "CONSULT"
            return
        if known is not None:
            known.kind = kind
            return
        own_leg = self.oracle.leg_of(item.agent_id)
        if own_leg is not None:
            third = Third(item.uuid, kind, own_leg.uuid, own_leg.get("bridge_uuid"))
            self.oracle.thirds[item.uuid] = third

    def _replies(self) -> list[str]:
        asked, self.world.requests = self.world.requests, []
        return [f"{one.what} has no reply" for one in asked if not one.answers]

    def _agents(self) -> list[str]:
        wrong = []
        for agent_id in AGENTS:
            said = self._said(agent_id)
            status = self.oracle.status(agent_id)
            if said is None:
                continue
            shown = said[0] if said[0] in ("RINGING", "CALLING") else ""
            ought = (status, self.oracle.sub_status(agent_id), self.oracle.other_parties(agent_id))
            if (shown, *said[1:]) != ought:
                wrong.append(f"{agent_id} is shown as {said}, and is {ought}")
        return wrong

    def _said(self, agent_id: str) -> tuple[str, str, set[str]] | None:
        """The reply of ``get_status``; None for an agent that is not at work."""
        task = self.world.ask(agent_id, "get_status")
        self.world.requests.remove(task)
        (reply,) = task.answers
        if not isinstance(reply, Reply):
            return None
        return reply.status, reply.sub_status or "", set(reply.in_call_numbers)

    def _left(self) -> list[str]:
        tenant, live = self.world.tenant, {leg.uuid: leg for leg in self.oracle.legs()}
        there = live.keys() | {leg.uuid for leg in tenant.legs.values() if self._is_next(leg)}
        wrong = [f"the desk has {uuid}, the switch not" for uuid in tenant.legs.keys() - there]
        for uuid, leg in live.items():
            if uuid not in tenant.legs and not self.oracle.in_a_place(leg):
                wrong.append(f"the switch has {uuid}, the desk not")
        for agent in tenant.agents.values():
            if agent.own_leg is not None and agent.own_leg.uuid not in there:
                wrong.append(f"{agent.id} is reserved for {agent.own_leg.uuid}")
        return wrong

    def _is_next(self, leg: Leg) -> bool:
        """It will be called once the phone that rings now is answered."""
        up = [self.oracle.live(other.uuid) for other in leg.call.others(leg)]
        return leg.state is LegState.SETTING_UP and any(one and not one.answered for one in up)

    def all_phones_down(self) -> None:
        for _ in range(50):
            for leg in self.oracle.legs():
                if leg.phone is not None and leg.told:
                    leg.hangup("NORMAL_CLEARING", "recv_bye")
            if self.world.until_quiet() and self._made_good() and not self.oracle.legs():
                break
        self.check()
        assert not self.world.tenant.legs
        self.story.is_over()


STEP: dict[Callable[[Walk], None], float] = {
    Walk.call: 10,
    Walk.answer: 2,
    Walk.hangup: 2,
    Walk.hold: 6,
    Walk.mute: 1,
    Walk.dtmf: 1,
    Walk.record: 2,
    Walk.change_media: 1,
    Walk.consult: 6,
    Walk.end_consult: 2,
    Walk.consult_to_trans: 4,
    Walk.three_way: 6,
    Walk.trans: 5,
    Walk.trans_to_a_place: 2,
    Walk.end_trans: 2,
    Walk.change_status: 4,
    Walk.substitute: 10,
    Walk.interrupt_call: 0.5,
    Walk.checkout: 0.4,
    Walk.checkin: 4,
    Walk.a_phone_rings: 40,
    Walk.a_phone_in_a_call: 6,
    Walk.a_customer_calls: 4,
    Walk.all_is_quiet: 1,
    Walk.in_a_hurry: 4,
    Walk.a_phone_makes_haste: 1,
    Walk.the_link_is_lost: 1,
    Walk.it_is_compared: 1,
}
HURRIED = [Walk.consult, Walk.trans, Walk.three_way, Walk.hold, Walk.hangup, Walk.end_consult]
HURRIED += [Walk.end_trans, Walk.consult_to_trans, Walk.trans_to_a_place, Walk.a_phone_rings]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("troubled", [False, True])
def test_a_company_and_its_switch_agree_over_a_random_walk(seed: int, troubled: bool) -> None:
    walk = Walk(seed, troubled=troubled)
    try:
        for _ in range(STEPS):
            walk.step()
        walk.all_phones_down()
    except BaseException:
        print(f"WALK_SEED={seed}; the last:", *list(walk.world.past)[-LINES:], sep="\n")  # noqa: T201
        raise
    assert walk.story.talks > STEPS / 100, "the walk never gets anywhere"
