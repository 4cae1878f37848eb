"""``python -m esl_bridge.simulator``: the simulated switch as a process of its own."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from esl_bridge.simulator.queues import read_queues
from esl_bridge.simulator.server import Simulator
from esl_bridge.simulator.session import Accounts


def main() -> None:
    options = _parser().parse_args()
    simulator = Simulator(
        options.port,
        accounts=Accounts(options.password),
        domain=options.domain,
        profile=options.profile,
        extensions=_listed(options.extensions),
        outside=_listed(options.outside),
        queues=read_queues(options.queues) if options.queues else (),
        dialplans=options.dialplan,
        seed=options.seed,
        pace=options.pace,
    )
    simulator.start()
    sys.stdout.write(f"ready {simulator.port}\n")
    sys.stdout.flush()
    simulator.serve_forever()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m esl_bridge.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--password", default="ClueCon")
    parser.add_argument("--domain", default="esl-bridge.local")
    parser.add_argument("--profile", default="esl_bridge")
    parser.add_argument("--extensions", default="", help="registered phones, by commas")
    parser.add_argument("--outside", default="", help="outside numbers, by commas")
    parser.add_argument("--queues", type=Path, help="a callcenter.conf.xml")
    parser.add_argument("--dialplan", nargs="*", type=Path, default=[], help="XML files")
    parser.add_argument("--seed", type=int, help="legs at different paces, by this seed")
    parser.add_argument("--pace", type=float, default=1.0, help="times as fast as real time")
    return parser


def _listed(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


if __name__ == "__main__":
    main()
