"""Who has which kind of phone."""

from __future__ import annotations

import pytest

from tests.behaviour.world import OUTSIDE, VARY
from tests.lab.makes import ALIKE, MAKES, PLAIN, drawn, turns


def test_a_seed_is_a_choice() -> None:
    assert drawn("7", VARY, list(OUTSIDE)) == drawn("7", VARY, list(OUTSIDE))
    assert len({str(drawn(str(seed), VARY, list(OUTSIDE))) for seed in range(20)}) > 10


def test_all_alike() -> None:
    assert set(drawn(ALIKE, VARY, list(OUTSIDE)).values()) == {PLAIN}


@pytest.mark.parametrize("pair", [VARY[:2], list(OUTSIDE)])
def test_in_all_turns_two_agents_have_each_kind_and_so_do_those_outside(pair: list[str]) -> None:
    fit = {make for make in MAKES if pair[0] in VARY or not make.registers}
    choices = [drawn(turn, VARY, list(OUTSIDE)) for turn in turns()]
    assert {choice[name] for choice in choices for name in pair} == fit
