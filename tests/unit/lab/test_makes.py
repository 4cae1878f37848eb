"""Who has which kind of phone."""

from __future__ import annotations

import pytest

from tests.lab.makes import ALIKE, MAKES, PLAIN, drawn, turns

INSIDE, OUTSIDE = ["A", "B", "D"], ["C", "X"]


def test_a_seed_is_a_choice() -> None:
    assert drawn("7", INSIDE, OUTSIDE) == drawn("7", INSIDE, OUTSIDE)
    assert len({str(drawn(str(seed), INSIDE, OUTSIDE)) for seed in range(20)}) > 10


def test_all_alike() -> None:
    assert set(drawn(ALIKE, INSIDE, OUTSIDE).values()) == {PLAIN}


@pytest.mark.parametrize("name", [*INSIDE, *OUTSIDE])
def test_in_all_turns_everybody_has_each_kind(name: str) -> None:
    fit = {make for make in MAKES if name in INSIDE or not make.websocket}
    assert {drawn(turn, INSIDE, OUTSIDE)[name] for turn in turns()} == fit
