"""``python -m esl_bridge.config FILE``: the companies of a configuration, or its mistakes, for the
daemon that has asked for them (``pieces``)."""

import sys
from pathlib import Path

from esl_bridge.config.loading import load
from esl_bridge.config.mistakes import ConfigError
from esl_bridge.config.pieces import cut, cut_mistakes


def main() -> None:
    try:
        lines = cut(load(Path(sys.argv[1]))[1])
    except ConfigError as error:
        lines = cut_mistakes(error)
    for line in lines:
        sys.stdout.buffer.write(line + b"\n")


main()
