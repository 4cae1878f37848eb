"""Random lives of one agent, in the product's table and in an independent model."""

import ast
import random
from pathlib import Path

import pytest

from esl_bridge.domain.states import AgentState, Status, Timer, Trigger, TriggerDetails, next_state
from esl_bridge.errors import NotCheckedIn, NotInCall, WrongState
from tests.walk import model as independent

STEPS = 4_000
SEEDS = range(5)
SIGNS = {NotCheckedIn: "9", NotInCall: "6", WrongState: "w"}
# Timers run out only where one runs; everything else may come at any time.
TIMERS = {Trigger.WRAP_UP_OVER: "wrap_up", Trigger.REST_OVER: "rest"}


def test_the_model_knows_nothing_of_the_product():
    tree = ast.parse(Path(independent.__file__).read_text("utf-8"))
    imported = [
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [n.name for n in node.names]
        )
    ]
    assert sorted(imported) == ["__future__", "dataclasses"]


def details(luck: random.Random) -> tuple[TriggerDetails, independent.TriggerDetails]:
    start = luck.choice(independent.MANUAL)
    chosen = {
        "start_asked": luck.random() < 0.5,
        "reason": luck.choice(["", "CALL", "FORCE_RESET:S"]),
        "talked": luck.random() < 0.5,
        "supervising": luck.random() < 0.2,
    }
    rest, wrap_up = luck.choice([0, 60.0, 120.0]), luck.choice([0, 10.0, 20.0])
    busy = luck.random() < 0.2
    return (
        TriggerDetails(
            start=Status[start],
            rest_seconds=rest,
            wrap_up_seconds=wrap_up,
            missed_offer_makes_busy=busy,
            **chosen,
        ),
        independent.TriggerDetails(
            start=start, rest=rest, wrap_up=wrap_up, missed_makes_busy=busy, **chosen
        ),
    )


def as_model(state: AgentState) -> independent.Model:
    wanted = state.remembered
    return independent.Model(
        status=state.status,
        before=state.before,
        base=state.base,
        remembered=(wanted.status, wanted.reason, wanted.rest_seconds) if wanted else None,
        wrap_up=_running(state.wrap_up),
        rest=_running(state.rest),
    )


def _running(timer: Timer | None) -> float | str | None:
    if timer is None:
        return None
    return "over" if timer.over else timer.seconds


@pytest.mark.parametrize("seed", SEEDS)
def test_an_agents_state_follows_the_model_over_a_random_life(seed):
    luck = random.Random(seed)
    state, model = AgentState(), independent.Model()
    past = []
    seen = set()
    for _ in range(STEPS):
        trigger = luck.choice(list(Trigger))
        if trigger in TIMERS and _running(getattr(state, TIMERS[trigger])) in (None, "over"):
            continue
        product_details, model_details = details(luck)
        past = [*past[-9:], (str(trigger), model_details)]
        story = f"seed {seed}, from {model}: {past}"
        seen.add((trigger, state.status))
        try:
            model = independent.next_state(model, trigger, model_details)
        except independent.Refused as refusal:
            before = state
            with pytest.raises(tuple(SIGNS)) as refused:
                next_state(state, trigger, product_details)
            assert SIGNS[refused.type] == refusal.args[0], story
            assert state == before, story
            continue
        numbers = state.timers
        state = next_state(state, trigger, product_details)
        assert as_model(state) == model, story
        assert state.reason == model.reason, story
        assert state.before in independent.MANUAL, story
        assert state.timers >= numbers, story
    assert len(seen) > 150, "the walk has not been everywhere"
