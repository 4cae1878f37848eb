"""The commands of ``esl-bridge``."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from getpass import getpass
from pathlib import Path
from typing import TypeAlias

import gevent
from gevent.event import Event
from gevent.socket import wait_read
from msgspec.structs import replace
from websockets.exceptions import WebSocketException

from esl_bridge import __version__
from esl_bridge.app import App, build
from esl_bridge.config import ConfigError, Limits, Settings, SwitchConfig, load, warnings
from esl_bridge.console import console
from esl_bridge.demo import demo
from esl_bridge.domain.company import Companies, Company
from esl_bridge.errors import SwitchError
from esl_bridge.render import UnfitValue, render
from esl_bridge.render.check import check_switch
from esl_bridge.runtime import gc_tuning
from esl_bridge.runtime.activity import Lines
from esl_bridge.runtime.company_reload import CompanyReload
from esl_bridge.runtime.log_handler import BatchingHandler
from esl_bridge.runtime.passwords import hash_password
from esl_bridge.runtime.switch_link import SwitchLink

log = logging.getLogger("esl_bridge")

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; exits with 0, or with 1 after printing what is wrong."""
    options = _parser().parse_args(arguments)
    try:
        sys.exit(options.command(options))
    except ConfigError as error:
        sys.exit(str(error))
    except (UnfitValue, OSError) as error:
        sys.exit(f"esl-bridge: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="esl-bridge",
        description="Call control for FreeSWITCH contact centres.",
        epilog="See `esl-bridge COMMAND --help` for details of a command.",
    )
    parser.add_argument("--version", action="version", version=f"esl-bridge {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_serve(commands)
    _add_check(commands)
    _add_render(commands)
    _add_hash_password(commands)
    _add_demo(commands)
    _add_console(commands)
    return parser


def _add_serve(commands: Commands) -> None:
    serve = commands.add_parser(
        "serve",
        help="run the daemon in the foreground",
        description="Run the daemon in the foreground; it logs to stderr. SIGHUP reloads the "
        "companies (if a file has a mistake, the old ones stay in force) and reopens the audit "
        "file. SIGTERM refuses new requests, tells clients to reconnect later, and exits. Calls "
        "continue without the daemon.",
    )
    _add_config(serve)
    serve.set_defaults(command=_serve)


def _add_check(commands: Commands) -> None:
    check = commands.add_parser(
        "check",
        help="report every mistake in the configuration",
        description="Read all files that the daemon would read and report every mistake, one per "
        "line, as FILE:LINE: KEY: what is wrong. Exits with 1 if there are any.",
    )
    _add_config(check)
    check.add_argument(
        "--switch",
        action="store_true",
        help="also ask each switch what is missing there: modules, SIP profile, extensions, "
        "dialplans, queues, rights of its ESL user",
    )
    check.set_defaults(command=_check)


def _add_render(commands: Commands) -> None:
    rendering = commands.add_parser(
        "render",
        help="write the files that the switch needs",
        description="Write the files that the switch needs, made from the daemon's and laid out "
        "like FreeSWITCH's configuration folder. A file that esl-bridge did not write is left "
        "alone: NAME.esl_bridge is written beside it, and a note says what to merge.",
    )
    _add_config(rendering)
    rendering.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="FreeSWITCH's configuration folder, or any other to look at the files first; where "
        "the configuration has several switches, a folder that gets one of each switch's name",
    )
    rendering.add_argument(
        "--switch",
        metavar="NAME",
        help="write the files of this switch alone, straight into DIR",
    )
    rendering.set_defaults(command=_render)


def _add_hash_password(commands: Commands) -> None:
    hashing = commands.add_parser(
        "hash-password",
        help="read a password, print its hash",
        description="Read an agent's password from stdin and print its argon2id hash, to be put "
        "into the company's file as password_hash.",
    )
    hashing.set_defaults(command=_hash_password)


def _add_demo(commands: Commands) -> None:
    demonstration = commands.add_parser(
        "demo",
        help="try esl-bridge without a FreeSWITCH",
        description="Run the daemon with a simulated switch, simulated phones and a sample "
        "company, and print what to type to try it.",
    )
    demonstration.add_argument(
        "--port", type=int, default=8780, help="port for agents; if it is taken, or 0, any"
    )
    demonstration.set_defaults(command=_demo)


def _add_console(commands: Commands) -> None:
    talk = commands.add_parser(
        "console",
        help="act as an agent by typing requests",
        description="Connect as one agent, send each typed line and print every message whole. A "
        "line is MSG_TYPE FIELD=TEXT ..., with FIELD:=JSON for other values, or a JSON object. "
        "UUID stands for the last uuid received. checkin without agent_pwd prompts for it. "
        "Ctrl-D exits.",
    )
    talk.add_argument("url", metavar="URL", help="ws://HOST:PORT/agent, or wss://...")
    talk.add_argument("company", metavar="COMPANY", help="the company's code")
    talk.add_argument("agent", metavar="AGENT", help="the agent's id")
    talk.set_defaults(command=_console)


def _add_config(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--config",
        type=Path,
        required=True,
        metavar="FILE",
        help="the daemon's settings file, which names the companies' files",
    )


# -- serve --------------------------------------------------------------------------------------


def _serve(options: argparse.Namespace) -> int:
    _log_to_stderr(logging.INFO)
    settings, companies = load(options.config)
    for warning in warnings(settings, companies):
        log.warning(warning)
    app = build(settings, companies)
    # Before the log says "ready": an unhandled signal would end the process.
    stop = _told_to_stop()
    collector = gc_tuning.freeze_live_objects()
    company_reload = CompanyReload(options.config, app.reload, collector.building_many)
    company_reload.start()
    gevent.signal_handler(signal.SIGHUP, _reload, app, company_reload)
    with collector.building_many():
        app.start()
    log.info("ready for agents at %s:%d", *app.address)
    stop.wait()
    log.info("stopping")
    app.stop()
    return 0


def _told_to_stop() -> Event:
    """Set by SIGTERM and by Ctrl-C."""
    stop = Event()
    gevent.signal_handler(signal.SIGTERM, stop.set)
    gevent.signal_handler(signal.SIGINT, stop.set)
    return stop


def _reload(app: App, company_reload: CompanyReload) -> None:
    """If a file has a mistake the old companies stay in force."""
    app.reopen_files()
    company_reload.ask()


def _log_to_stderr(level: int) -> None:
    # No line names its place in the code, thread or process; finding them out costs as much as the
    # line.
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = BatchingHandler(sys.stderr)
    handler.setFormatter(Lines(as_json=not sys.stderr.isatty()))
    logging.basicConfig(handlers=[handler], level=level)


# -- check, render, hash-password ---------------------------------------------------------------


def _check(options: argparse.Namespace) -> int:
    try:
        settings, companies = load(options.config, thorough=True)
    except ConfigError as error:
        found = [str(mistake) for mistake in error.mistakes]
    else:
        print(
            *(f"warning: {warning}\n" for warning in warnings(settings, companies)), sep="", end=""
        )
        found = _missing_on_switch(settings, companies) if options.switch else []
    print(*(found or ["no mistakes"]), sep="\n")
    return 1 if found else 0


def _missing_on_switch(settings: Settings, companies: Companies) -> list[str]:
    """Of each switch; where there are several each line begins with the name of one."""
    missing = {
        name: _missing_on(switch, settings.limits, settings.homed_on(name, companies))
        for name, switch in settings.nodes.items()
    }
    several = len(missing) > 1
    return [
        f"switch {name}: {line}" if several else line
        for name, lines in missing.items()
        for line in lines
    ]


def _missing_on(switch: SwitchConfig, limits: Limits, companies: Companies) -> list[str]:
    try:
        with SwitchLink(switch.host, switch.port, switch.password, switch.user) as link:
            run = partial(link.run, seconds=limits.reply_seconds)
            return check_switch(run, switch, companies)
    except SwitchError as error:
        return [f"the switch at {switch.host}:{switch.port}: {error}"]


def _render(options: argparse.Namespace) -> int:
    settings, companies = load(options.config)
    if options.switch is not None:
        settings, companies = _only(options.switch, settings, companies)
    notes = render(settings, companies, options.output)
    print(f"written to {options.output}", *notes, sep="\n")
    return 0


def _only(
    node: str, settings: Settings, companies: Companies
) -> tuple[Settings, dict[str, Company]]:
    """What one of the switches has to know."""
    if node not in settings.nodes:
        sys.exit(f"esl-bridge: no such switch: {node}; one of {', '.join(settings.nodes)}")
    alone = replace(settings, switch=None, switches={node: settings.nodes[node]})
    return alone, settings.homed_on(node, companies)


def _hash_password(_options: argparse.Namespace) -> int:
    password = _ask_password() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not password:
        sys.exit("esl-bridge: no password on stdin")
    print(hash_password(password))
    return 0


def _ask_password() -> str:
    """Ctrl-C exits, after the terminal's echo is restored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return getpass()
    except (KeyboardInterrupt, EOFError):
        sys.exit(130)


# -- console ------------------------------------------------------------------------------------


def _console(options: argparse.Namespace) -> int:
    try:
        return console(options.url, options.company, options.agent, _typed())
    except WebSocketException as error:
        sys.exit(f"esl-bridge: {options.url}: {error}")


def _typed() -> Iterator[str]:
    """The lines of stdin; other greenlets run while it waits."""
    begun = b""
    while read := _read(sys.stdin.fileno()):
        *lines, begun = (begun + read).split(b"\n")
        yield from (line.decode(errors="replace") for line in lines)
    yield begun.decode(errors="replace")


def _read(keyboard: int) -> bytes:
    wait_read(keyboard)
    return os.read(keyboard, 65_536)


# -- demo ---------------------------------------------------------------------------------------


def _demo(options: argparse.Namespace) -> int:
    _log_to_stderr(logging.WARNING)
    with demo(options.port) as running:
        print(running.instructions(), flush=True)
        gevent.spawn(running.call_in_at_enter)
        _told_to_stop().wait()
    return 0
