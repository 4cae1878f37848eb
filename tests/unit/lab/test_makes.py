"""Who has which kind of phone."""

from __future__ import annotations

import pytest

from tests.behaviour.world import OUTSIDE, VARY
from tests.lab.makes import ALIKE, MAKES, PLAIN, drawn, turns


def test_a_seed_always_gives_the_same_choice() -> None:
    assert drawn("7", VARY, list(OUTSIDE)) == drawn("7", VARY, list(OUTSIDE))
    assert len({str(drawn(str(seed), VARY, list(OUTSIDE))) for seed in range(20)}) > 10


def test_alike_makes_all_phones_plain() -> None:
    assert set(drawn(ALIKE, VARY, list(OUTSIDE)).values()) == {PLAIN}


@pytest.mark.parametrize("pair", [VARY[:2], list(OUTSIDE)])
def test_the_turns_of_all_give_each_kind_to_agents_and_outside_parties(pair: list[str]) -> None:
    fit = {make for make in MAKES if pair[0] in VARY or not make.registers}
    choices = [drawn(turn, VARY, list(OUTSIDE)) for turn in turns()]
    assert {choice[name] for choice in choices for name in pair} == fit
