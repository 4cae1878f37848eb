"""The commands as a script sees them: output, exit code, signals."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from argon2 import PasswordHasher

from esl_bridge import __version__

SECONDS = 60.0  # far above what any command needs
AGENT = "90001_20000"


def run(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "esl_bridge", *words],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


class Files:
    """A configuration in a folder, written anew after each change."""

    def __init__(self, folder: Path, switch_port: int) -> None:
        self.settings: dict[str, Any] = {
            "listen": {"agents": "127.0.0.1:0"},
            "switch": {"port": switch_port, "password": "esl-secret"},
            "companies": "companies.yaml",
            "state": "memory:",
            "audit": None,
        }
        self.company: dict[str, Any] = {
            "extensions": {AGENT: {"password": "ext-secret"}},
            "agents": {
                AGENT: {
                    "password_hash": PasswordHasher(1, 8, 1).hash("example"),
                    "extension": AGENT,
                }
            },
            "external": {
                "dial": "sofia/gateway/carrier/{number}",
                "caller_id": "40010001",
                "allowed": [r"1\d{10}"],
            },
        }
        self.main = folder / "esl_bridge.yaml"
        self.companies = folder / "companies.yaml"

    def write(self) -> str:
        self.main.write_text(yaml.safe_dump(self.settings, sort_keys=False))
        self.companies.write_text(yaml.safe_dump({"90001": self.company}, sort_keys=False))
        return str(self.main)

    def line_of(self, file: Path, text: str) -> int:
        lines = file.read_text().splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.fixture(scope="module")
def simulator() -> Iterator[int]:
    """The port of a simulated switch that takes the password ``esl-secret``."""
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "esl_bridge.simulator", "--password=esl-secret"),
            f"--extensions={AGENT}",
        ],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline().removeprefix("ready "))
        process.terminate()


@pytest.fixture
def files(tmp_path: Path, simulator: int) -> Files:
    return Files(tmp_path, simulator)


class Daemon:
    def __init__(self, config: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "esl_bridge", "serve", "--config", config],
            stderr=subprocess.PIPE,
            text=True,
        )

    def says(self, text: str) -> str:
        """The next line of its log that has this in it."""
        assert self.process.stderr is not None
        seen = []
        for line in self.process.stderr:
            seen.append(line)
            if text in line:
                return line
        raise AssertionError("".join(seen))

    def gets(self, path: str) -> int:
        return self.reads(path)[0]

    def reads(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://{self.address}{path}") as page:
                return int(page.status), page.read().decode()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode()

    def wait_until_listening(self) -> None:
        self.address = self.says("ready for agents at ").split()[-1]

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(SECONDS)


@pytest.fixture
def serve() -> Iterator[Callable[[str], Daemon]]:
    with ExitStack() as running:

        def start(config: str) -> Daemon:
            daemon = Daemon(config)
            running.enter_context(daemon.process)
            running.callback(daemon.process.kill)
            return daemon

        yield start


# -- check --------------------------------------------------------------------------------------


def test_check_finds_nothing_wrong(files: Files) -> None:
    checked = run("check", "--config", files.write())
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "no mistakes\n", "")


def test_check_prints_every_mistake_with_file_line_and_key(files: Files) -> None:
    files.settings["switch"]["prot"] = 8021
    files.settings["listen"] |= {"certificate": "nowhere.pem", "key": "nowhere.key"}
    files.company["external"]["allowed"] = [r"1\d{10", "(9"]
    files.company["agents"][AGENT]["extension"] = "90001_29999"
    checked = run("check", "--config", files.write())

    main, companies = files.main, files.companies
    agent_line = files.line_of(companies, "90001_29999")
    expected = [
        (main, files.line_of(main, "certificate:"), "listen.certificate", "no such file: "),
        (main, files.line_of(main, "key:"), "listen.key", "no such file: "),
        (main, files.line_of(main, "prot:"), "switch.prot", "unknown key"),
        (companies, agent_line, f"90001.agents.{AGENT}.extension", "no such extension: "),
        (
            companies,
            files.line_of(companies, "(9"),
            "90001.external.allowed[1]",
            "is not a valid pattern: ",
        ),
    ]
    told = checked.stdout.splitlines()
    for file, line, key, text in expected:
        assert any(one.startswith(f"{file}:{line}: {key}: {text}") for one in told), (key, told)
    assert len(told) == len(expected)
    assert checked.returncode == 1


@pytest.mark.parametrize("command", ["check", "serve"])
def test_a_missing_file_is_reported_in_one_line(tmp_path: Path, command: str) -> None:
    missing = str(tmp_path / "nowhere.yaml")
    told = run(command, "--config", missing)
    assert told.returncode == 1
    assert told.stdout + told.stderr == f"{missing}: cannot be read: No such file or directory\n"


def test_check_reports_what_the_switch_lacks(files: Files) -> None:
    files.company["extensions"]["90001_20009"] = {"password": "ext-secret"}
    checked = run("check", "--switch", "--config", files.write())
    assert checked.returncode == 1
    assert "90001_20009" in checked.stdout, checked


@pytest.mark.parametrize("wrong", [{"password": "other"}, {"port": 1}])
def test_check_reports_that_it_cannot_reach_the_switch(files: Files, wrong: dict[str, Any]) -> None:
    files.settings["switch"] |= wrong
    checked = run("check", "--switch", "--config", files.write())
    port = files.settings["switch"]["port"]
    assert checked.stdout.startswith(f"the switch at 127.0.0.1:{port}: ")
    assert len(checked.stdout.splitlines()) == 1
    assert (checked.returncode, checked.stderr) == (1, "")


# -- render, hash-password, --version -----------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "file"),
    [("audit", "nowhere/audit.jsonl"), ("state", "sqlite:///nowhere/state.db")],
)
def test_check_prints_a_file_that_cannot_be_written(files: Files, key: str, file: str) -> None:
    files.settings[key] = file
    main = files.write()
    checked = run("check", "--config", main)
    line = files.line_of(files.main, f"{key}:")
    assert checked.returncode == 1
    assert checked.stdout.startswith(f"{main}:{line}: {key}: cannot be written: ")


def test_render_writes_the_switchs_files(files: Files, tmp_path: Path) -> None:
    output = tmp_path / "freeswitch"
    rendered = run("render", "--config", files.write(), "--output", str(output))
    assert rendered.returncode == 0
    assert f'<user id="{AGENT}"' in (output / "directory" / "esl_bridge.xml").read_text()
    assert (output / "dialplan" / "public" / "05_esl_bridge.xml").is_file()


def test_render_says_what_to_merge(files: Files, tmp_path: Path) -> None:
    foreign = tmp_path / "autoload_configs" / "conference.conf.xml"
    foreign.parent.mkdir()
    foreign.write_text("<configuration/>\n")
    rendered = run("render", "--config", files.write(), "--output", str(tmp_path))
    assert f"{foreign} was not written by esl-bridge and is unchanged" in rendered.stdout
    assert foreign.read_text() == "<configuration/>\n"


def test_render_writes_the_files_of_one_of_several_switches(files: Files, tmp_path: Path) -> None:
    del files.settings["switch"]
    files.settings["switches"] = {
        name: {"host": f"{name}.example", "password": "secret"} for name in ("a", "b")
    }
    files.company["switch"] = "b"
    main = files.write()
    rendering = ("render", "--config", main, "--output", str(tmp_path / "out"))
    assert run(*rendering, "--switch", "b").returncode == 0
    assert (tmp_path / "out" / "directory" / "esl_bridge.xml").is_file()
    refused = run(*rendering, "--switch", "c")
    assert refused.returncode == 1
    assert "no such switch: c; one of a, b" in refused.stderr
    checked = run("check", "--switch", "--config", main)
    assert "switch a: the switch at a.example:8021: " in checked.stdout
    assert "switch b: the switch at b.example:8021: " in checked.stdout


def test_render_reports_an_output_that_is_no_folder_in_one_line(files: Files) -> None:
    rendered = run("render", "--config", files.write(), "--output", str(files.main))
    assert rendered.returncode == 1
    assert rendered.stderr.startswith("esl-bridge: ")
    assert len(rendered.stderr.splitlines()) == 1


def test_hash_password_prints_a_hash_that_matches_the_password() -> None:
    hashed = run("hash-password", stdin="pa ss wörd\n")
    assert hashed.returncode == 0
    assert PasswordHasher().verify(hashed.stdout.removesuffix("\n"), "pa ss wörd")


def test_hash_password_requires_a_password() -> None:
    hashed = run("hash-password", stdin="\n")
    assert (hashed.returncode, hashed.stdout) == (1, "")


def test_control_c_at_the_password_prompt_ends_it_without_a_traceback() -> None:
    terminal, its_end = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "esl_bridge", "hash-password"],
        stdin=its_end,
        stdout=its_end,
        stderr=its_end,
        start_new_session=True,
    ) as current_request:
        os.close(its_end)
        said = b""
        while b"assword:" not in said:
            said += os.read(terminal, 1024)
        current_request.send_signal(signal.SIGINT)
        assert current_request.wait(SECONDS) == 130
    assert b"Traceback" not in said
    os.close(terminal)


def test_version_is_printed() -> None:
    assert run("--version").stdout == f"esl-bridge {__version__}\n"


# -- serve --------------------------------------------------------------------------------------


def test_serve_reports_that_it_is_ready_and_ends_at_sigterm(
    files: Files, serve: Callable[[str], Daemon]
) -> None:
    daemon = serve(files.write())
    daemon.wait_until_listening()
    daemon.says("linked to the switch")
    assert daemon.gets("/readyz") == 200
    assert daemon.stop() == 0


def test_serve_listens_while_the_switch_is_away(
    files: Files, serve: Callable[[str], Daemon]
) -> None:
    files.settings["switch"]["port"] = 1
    daemon = serve(files.write())
    daemon.wait_until_listening()
    daemon.says("no link to the switch")
    assert (daemon.gets("/healthz"), daemon.gets("/readyz")) == (200, 503)


@pytest.mark.parametrize(
    ("user", "why"),
    [
        (None, "the switch refuses the password of its event socket: -ERR invalid"),
        ("daemon@esl-bridge.local", "the switch refuses daemon@esl-bridge.local: another password"),
    ],
)
def test_readyz_says_that_the_switch_refuses_the_login(
    files: Files, serve: Callable[[str], Daemon], user: str | None, why: str
) -> None:
    files.settings["switch"] |= {"password": "other"} | ({"user": user} if user else {})
    daemon = serve(files.write())
    daemon.wait_until_listening()
    daemon.says("no link to the switch")
    status, page = daemon.reads("/readyz")
    assert (status, why in page) == (503, True), page


def test_check_warns_of_a_disabled_company(files: Files) -> None:
    files.company["enabled"] = False
    checked = run("check", "--config", files.write())
    warning = "warning: company 90001 is disabled: nobody can check in\n"
    assert (checked.returncode, checked.stdout) == (0, warning + "no mistakes\n")


def test_serve_reports_that_its_port_is_in_use(files: Files) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        files.settings["listen"]["agents"] = f"127.0.0.1:{taken.getsockname()[1]}"
        served = run("serve", "--config", files.write())
    assert served.returncode == 1
    assert "Address already in use" in served.stderr
    assert len(served.stderr.splitlines()) == 1


def test_serve_opens_its_audit_file_at_once_and_reopens_it_at_sighup(
    files: Files, serve: Callable[[str], Daemon]
) -> None:
    files.settings["audit"] = "."
    daemon = serve(files.write())
    assert "(Is a directory)" in daemon.says("cannot be written")
    os.kill(daemon.process.pid, signal.SIGHUP)
    assert "(Is a directory)" in daemon.says("cannot be written")
    assert daemon.stop() == 0


def test_serve_refuses_the_stock_password_of_a_switch_elsewhere(files: Files) -> None:
    files.settings["switch"] |= {"host": "192.0.2.1", "password": "ClueCon"}
    served = run("serve", "--config", files.write())
    where = f"{files.main}:{files.line_of(files.main, 'ClueCon')}: switch.password: "
    assert (served.returncode, served.stderr.startswith(where)) == (1, True)
    assert "ClueCon" not in served.stderr


def test_sighup_reloads_the_companies(files: Files, serve: Callable[[str], Daemon]) -> None:
    daemon = serve(files.write())
    daemon.wait_until_listening()
    files.company["agents"][AGENT]["extension"] = "90001_29999"
    files.write()
    os.kill(daemon.process.pid, signal.SIGHUP)
    where = f"{files.companies}:{files.line_of(files.companies, '90001_29999')}: "
    assert f"not reloaded: {where}" in daemon.says("not reloaded")

    files.company["agents"][AGENT]["extension"] = AGENT
    files.write()
    os.kill(daemon.process.pid, signal.SIGHUP)
    daemon.says("companies reloaded")
    assert daemon.stop() == 0
