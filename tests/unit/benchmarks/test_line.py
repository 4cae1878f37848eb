"""What the numbers of a benchmark come to; nothing is measured here."""

from __future__ import annotations

import pytest

from benchmarks import report
from benchmarks.line import Bench, Line, Measured, Sense


def line(sense: Sense, must: float = 1.0, aim: float = 1.0) -> Line:
    return Line("an event", "a peer", "us", sense, must, aim)


@pytest.mark.parametrize(
    ("sense", "ratio"), [(Sense.TIMES_LESS, 5), (Sense.TIMES_MORE, 0.2), (Sense.AT_MOST, 0.2)]
)
def test_the_ratio_is_that_of_the_medians(sense: Sense, ratio: float) -> None:
    assert line(sense).ratio([2, 900, 1], [10, 9, 11]) == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("sense", "must", "aim", "peer", "verdict"),
    [
        (Sense.TIMES_LESS, 3, 4, 4.0, "aim"),
        (Sense.TIMES_LESS, 3, 4, 3.5, "must"),
        (Sense.TIMES_LESS, 3, 4, 2.5, "missed"),
        (Sense.AT_MOST, 2, 1.5, 1 / 1.5, "aim"),
        (Sense.AT_MOST, 2, 1.5, 0.6, "must"),
        (Sense.AT_MOST, 2, 1.5, 0.4, "missed"),
        (Sense.TIMES_MORE, 0.6, 2, 0.4, "aim"),
        (Sense.TIMES_MORE, 0.6, 2, 1.0, "must"),
        (Sense.TIMES_MORE, 0.6, 2, 2.0, "missed"),
    ],
)
def test_a_low_cost_and_a_high_rate_are_better(
    sense: Sense, must: float, aim: float, peer: float, verdict: str
) -> None:
    assert Measured(line(sense, must, aim), (1.0,), (peer,)).verdict == verdict


def test_peer_and_daemon_run_in_turn() -> None:
    runs: list[str] = []

    def run(name: str, *numbers: float) -> tuple[float, ...]:
        runs.append(name)
        return numbers

    bench = Bench(
        "two",
        "",
        (line(Sense.AT_MOST), line(Sense.TIMES_MORE)),
        ours=lambda: run("ours", 1, 2),
        peer=lambda: run("peer", 3, 4),
    )
    costs, rates = bench.run(2)
    assert runs == ["peer", "ours", "peer", "ours"]
    assert (costs.ours, costs.peers) == ((1, 1), (3, 3))
    assert (rates.ours, rates.peers) == ((2, 2), (4, 4))


def test_every_raw_number_and_the_verdict_are_printed() -> None:
    text = report.text_of(Measured(line(Sense.AT_MOST, 2, 1), (3.0, 4.0), (2.0, 2000.0)))
    for part in ("an event", "3", "4", "2", "2,000", "0.0035 x", "must 2 x", "aim"):
        assert part in text


def test_the_table_has_a_row_for_each_line_even_if_it_was_not_measured() -> None:
    table = report.table_of(
        [Measured(line(Sense.TIMES_LESS, 3, 4), (2.0,), (7.0,))], [("a call", "no freeswitch")]
    )
    assert table.splitlines()[2:] == [
        "| an event | a peer: 7 us | 2 us: **3.5 x less** | 3 x less | 4 x less | must |",
        "| a call | | not measured: no freeswitch | | | |",
    ]


def test_only_the_marked_region_of_the_page_changes() -> None:
    page = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
    assert report.page_with(page, "new") == page.replace("old", "new")
    with pytest.raises(ValueError, match="measured"):
        report.page_with("a page without", "new")
