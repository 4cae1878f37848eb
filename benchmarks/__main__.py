"""``python -m benchmarks [NAME ...] [--rounds 5] [--write]``: the daemon beside its peers."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import (
    busy,
    calling,
    commanding,
    crowds,
    decoding,
    desktop_load,
    directory,
    growth,
    idling,
    listening,
    report,
    returning,
    slow,
    switch_cost,
)
from benchmarks.line import Bench, CannotRun, Measured

_ROOMS = (
    decoding,
    calling,
    listening,
    busy,
    desktop_load,
    commanding,
    switch_cost,
    idling,
    growth,
    slow,
    returning,
    crowds,
    directory,
)
BENCHES = {bench.name: bench for room in _ROOMS for bench in room.BENCHES}
PAGE = Path("docs", "performance.md")


def main() -> None:
    options = _parser().parse_args()
    results: list[Measured] = []
    skipped: list[tuple[str, str]] = []
    for name in options.names or BENCHES:
        bench = BENCHES[name]
        try:
            results += _run(bench, options.rounds)
        except CannotRun as why:
            print(f"\n*** {name} IS SKIPPED: {why}", flush=True)
            skipped += [(line.what, str(why)) for line in bench.lines]
    measured = f"{report.machine()}\n\n{report.table_of(results, skipped)}"
    print(f"\n{measured}")
    if options.write:
        PAGE.write_text(report.page_with(PAGE.read_text(), measured))


def _run(bench: Bench, rounds: int) -> list[Measured]:
    bench.needs()
    print(f"\n{bench.name}: {bench.mix}", flush=True)
    results = bench.run(rounds)
    for one in results:
        print(report.text_of(one), flush=True)
    return results


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], metavar="NAME")
    parser.add_argument("--rounds", type=int, default=5, help="of peer and daemon in turn")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE}")
    return parser


if __name__ == "__main__":
    main()
