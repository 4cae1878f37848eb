"""``python -m esl_bridge.config FILE``: prints the companies of a configuration, or its mistakes,
for the daemon that runs it (``pieces``)."""

import sys
from pathlib import Path

from esl_bridge.config.loading import load, warnings
from esl_bridge.config.mistakes import ConfigError, Mistake
from esl_bridge.config.pieces import cut, cut_mistakes


def main() -> None:
    try:
        settings, companies = load(Path(sys.argv[1]))
        if not companies:  # perhaps truncated: it must not check everybody out
            raise ConfigError([Mistake(str(settings.companies_path), 0, "", "contains no company")])
        lines = cut(companies, warnings(settings, companies))
    except ConfigError as error:
        lines = cut_mistakes(error)
    for line in lines:
        sys.stdout.buffer.write(line + b"\n")


main()
