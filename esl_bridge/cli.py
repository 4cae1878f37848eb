"""The commands of ``esl-bridge``."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import gevent
from gevent.event import Event

from esl_bridge import __version__
from esl_bridge.app import App
from esl_bridge.config import ConfigError, load
from esl_bridge.runtime.passwords import hash_password

log = logging.getLogger("esl_bridge")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; exits with 0, or 1 where it says what is wrong."""
    options = _parser().parse_args(arguments)
    try:
        sys.exit(options.command(options))
    except ConfigError as error:
        for mistake in error.mistakes:
            print(mistake, file=sys.stderr)
        sys.exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="esl-bridge", description="Call control for FreeSWITCH contact centres."
    )
    parser.add_argument("--version", action="version", version=f"esl-bridge {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="run the daemon in the foreground")
    serve.add_argument("--config", type=Path, required=True, metavar="FILE")
    serve.set_defaults(command=_serve)

    hashing = commands.add_parser("hash-password", help="read a password, print its hash")
    hashing.set_defaults(command=_hash_password)
    return parser


def _serve(options: argparse.Namespace) -> int:
    _log_to_stderr()
    settings, companies = load(options.config)
    app = App(settings, companies)
    app.start()
    host, port = app.address
    log.info("ready for agents at %s:%d", host, port)
    _until_told_to_stop(app, options.config)
    app.stop()
    return 0


def _until_told_to_stop(app: App, config: Path) -> None:
    stop = Event()
    gevent.signal_handler(15, stop.set)
    gevent.signal_handler(2, stop.set)
    gevent.signal_handler(1, _reload, app, config)
    stop.wait()
    log.info("stopping")


def _reload(app: App, config: Path) -> None:
    """A file with a mistake leaves the old companies in force."""
    try:
        _, companies = load(config)
    except ConfigError as error:
        for mistake in error.mistakes:
            log.error("not reloaded: %s", mistake)
        return
    app.reload(companies)
    log.info("companies reloaded")


def _hash_password(_options: argparse.Namespace) -> int:
    print(hash_password(sys.stdin.readline().rstrip("\n")))
    return 0


def _log_to_stderr() -> None:
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
