"""Each rule of the switch changes the plan of the situation that it is for."""

from __future__ import annotations

from typing import Any

import pytest

from esl_bridge.layout import rules
from esl_bridge.layout.places import (
    BridgedWith,
    InRoom,
    Layout,
    ObservedLeg,
    Parked,
    Sound,
    Waiting,
)
from esl_bridge.layout.plan import (
    Answer,
    AwaitArrival,
    Move,
    ParkOnUnbridge,
    Rest,
    plan,
)

AGENT_AND_CUSTOMER = {
    "agent": ObservedLeg(BridgedWith("customer"), parks_on_unbridge=True, bridged_seconds=60.0),
    "customer": ObservedLeg(BridgedWith("agent"), parks_on_unbridge=True, bridged_seconds=60.0),
    "third": ObservedLeg(Parked(), parks_on_unbridge=True),
}
MUSIC = Waiting(Sound.MUSIC)
ROOM = Layout({"agent": InRoom("room")}, ("agent", "customer"))
THIRD_TO_CUSTOMER = Layout({"third": BridgedWith("customer")}, ("customer",))


def seen(**changes: ObservedLeg) -> dict[str, ObservedLeg]:
    return AGENT_AND_CUSTOMER | changes


SITUATIONS: dict[str, tuple[Layout, dict[str, ObservedLeg], Any, object]] = {
    "park_before_a_move": (
        ROOM,
        seen(customer=ObservedLeg(BridgedWith("agent"), bridged_seconds=60.0)),
        ParkOnUnbridge(("customer",)),
        (),
    ),
    "await_a_leg_on_its_way": (
        ROOM,
        seen(agent=ObservedLeg(Parked(), moving=True, parks_on_unbridge=True)),
        AwaitArrival("agent"),
        False,
    ),
    "rest_after_a_bridge": (
        ROOM,
        seen(agent=ObservedLeg(BridgedWith("customer"), parks_on_unbridge=True)),
        Rest("agent", rules.REST_SECONDS),
        0.0,
    ),
    "separate_before_a_bridge": (THIRD_TO_CUSTOMER, seen(), Move("agent", Parked()), None),
    "answer_before_a_bridge": (
        THIRD_TO_CUSTOMER,
        seen(customer=ObservedLeg(MUSIC, answered=False, parks_on_unbridge=True)),
        Answer("customer"),
        False,
    ),
}


def test_every_rule_has_a_situation():
    named = {
        name
        for name, rule in vars(rules).items()
        if getattr(rule, "__module__", "") == rules.__name__
    }
    assert named == set(SITUATIONS)


@pytest.mark.parametrize("rule", SITUATIONS)
def test_a_rule_is_obeyed_and_nothing_else_has_it_so(rule: str, monkeypatch: pytest.MonkeyPatch):
    wanted, legs, step, nothing = SITUATIONS[rule]
    assert plan(wanted, legs, {}) == step
    monkeypatch.setattr(rules, rule, lambda *_: nothing)
    assert plan(wanted, legs, {}) != step
