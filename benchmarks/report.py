"""Formats the measurements as text for a terminal and as a table for a page."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

from benchmarks.line import Line, Measured, Sense
from esl_bridge import __version__

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
_BESIDE = ("gevent", "greenswitch", "msgspec", "websockets")
_HEAD = (
    "| what | beside it | measured | must | aim | reached |\n| --- | --- | --- | --- | --- | --- |"
)


def text_of(measured: Measured) -> str:
    """All raw numbers of a line, the medians, the ratio and how far that is."""
    line = measured.line
    return "\n".join(
        (
            f"  {line.what}, {line.unit}",
            f"    {line.beside + ':':<32}{_raw(measured.peers)}",
            f"    {'esl_bridge:':<32}{_raw(measured.ours)}",
            f"    {_ratio(line, measured.ratio)}"
            f" (must {_ratio(line, line.must)}, aim {_ratio(line, line.aim)}): {measured.verdict}",
        )
    )


def table_of(results: Iterable[Measured], skipped: Sequence[tuple[str, str]] = ()) -> str:
    """A row for each line; ``skipped``: benches by name, and why."""
    rows = [_row(one) for one in results]
    rows += [f"| {name} | | not measured: {why} | | | |" for name, why in skipped]
    return "\n".join((_HEAD, *rows))


def page_with(page: str, measured: str) -> str:
    """The page, with this in its marked region; ValueError where it has none."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"no {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n{measured}\n{END}{after}"


def machine() -> str:
    """The date, the machine, its load, and the versions."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    versions = ", ".join(f"{name} {version(name)}" for name in _BESIDE)
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"{date.today()}, {os.cpu_count()} x {model}, {platform.system()} {platform.release()},"
        f" load {load}; esl_bridge {__version__}, Python {platform.python_version()}, {versions}."
    )


def _row(measured: Measured) -> str:
    line = measured.line
    mine, peers = line.medians(measured.ours, measured.peers)
    cells = (
        line.what,
        f"{line.beside}: {_number(peers)} {line.unit}",
        f"{_number(mine)} {line.unit}: **{_ratio(line, measured.ratio)}**",
        _ratio(line, line.must),
        _ratio(line, line.aim),
        measured.verdict,
    )
    return f"| {' | '.join(cells)} |"


def _raw(values: Iterable[float]) -> str:
    return " ".join(f"{_number(one):>9}" for one in values)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _ratio(line: Line, value: float) -> str:
    sign = {Sense.TIMES_LESS: "x less", Sense.TIMES_MORE: "x", Sense.AT_MOST: "x"}[line.sense]
    return f"{value:.3g} {sign}"
