"""A FreeSWITCH of our own: the stock configuration, the rendered files, and what a lab needs."""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from esl_bridge.config import Settings, SwitchConfig
from tests.lab.process import END_SECONDS, connect
from tests.lab.sound import PLACES, write_tone

_STOCK = ("vanilla", "conf/vanilla", "freeswitch/vanilla", "share/freeswitch/conf/vanilla")
_IN_USE = "etc/freeswitch"  # somebody may have changed these: only where there are no others
_MODULES = """
    logfile commands dptools dialplan_xml event_socket sofia loopback conference db hash
    callcenter tone_stream native_file sndfile local_stream shout av opus spandsp
"""
_FOLDERS = "log db run temp recordings sounds scripts storage cache htdocs grammar"


_NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def only_switch(settings: Settings) -> SwitchConfig:
    """The switch of settings that name exactly one."""
    assert settings.switch is not None
    return settings.switch


class NoFreeSwitch(Exception):
    """There is no FreeSWITCH to test with; the message says why."""


@dataclass(frozen=True)
class Installed:
    """A FreeSWITCH on this machine."""

    program: Path
    stock: Path


def installed() -> Installed:
    """``FREESWITCH`` or the one on PATH; ``FREESWITCH_CONF`` or the stock files beside it."""
    program = shutil.which(os.environ.get("FREESWITCH", "freeswitch"))
    if program is None:
        raise NoFreeSwitch("no freeswitch on PATH, and FREESWITCH names none")
    path = Path(program).resolve()  # its files are beside it, wherever a link to it may be
    places = [path.parent.parent / place for place in (*_STOCK, _IN_USE)]
    if "FREESWITCH_CONF" in os.environ:
        places = [Path(os.environ["FREESWITCH_CONF"])]
    for place in places:
        if (place / "freeswitch.xml").exists():
            return Installed(path, place)
    raise NoFreeSwitch(f"no stock configuration for {program}: set FREESWITCH_CONF")


@dataclass(frozen=True)
class Ports:
    """The ports that the stock files open, and the event socket's; all on the loopback."""

    esl: int
    internal: int
    external: int
    ws: int
    wss: int
    rtp: range


class Switch:
    """``root/conf`` is its configuration folder, to be rendered into before it starts. A switch
    that is not ``privileged`` runs as ``nobody``, without the right to real time. The program may
    stand for a switch elsewhere on this machine, in a container: signals go to the switch.
    ``address``: where phones reach it.
    """

    def __init__(
        self,
        root: Path,
        ports: Ports,
        password: str,
        *,
        privileged: bool = True,
        address: str = "127.0.0.1",
    ) -> None:
        self._installed = installed()
        self._address = address
        self._root = root
        self._ports = ports
        self._password = password
        self._as_nobody = not privileged and os.geteuid() == 0
        self._process: subprocess.Popen[bytes] | None = None
        self.conf = root / "conf"
        self._copy_stock()

    def add(self, path: str, text: str) -> None:
        """Write one of the lab's files into the configuration."""
        (self.conf / path).parent.mkdir(parents=True, exist_ok=True)
        (self.conf / path).write_text(text)

    def start(self) -> None:
        """Returns when the event socket is open; profiles may take a moment longer."""
        for folder in _FOLDERS.split():
            (self._root / folder).mkdir(parents=True, exist_ok=True)
        music = self._root / "sounds" / "music" / "8000"
        music.mkdir(parents=True, exist_ok=True)
        write_tone(music / "moh.wav", PLACES["MOH"])
        folders = [
            word for name in _FOLDERS.split() for word in (f"-{name}", str(self._root / name))
        ]
        if self._as_nobody:
            _give_to_nobody(self._root)
        pid_file = self._root / "run" / "freeswitch.pid"
        pid_file.unlink(missing_ok=True)  # a crash has left it
        with (self._root / "log" / "console.log").open("wb") as log:
            program: list[str | Path] = [
                *(_NOBODY if self._as_nobody else []),
                self._installed.program,
            ]
            process = subprocess.Popen(
                [*program, "-nf", "-nc", "-nonat", "-conf", self.conf, *folders],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Control-C is for the tests, which end it in their order
            )
        connect(self._ports.esl, process).close()
        self._process, self._pid = process, int(re.sub(r"\D", "", pid_file.read_text()))

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the switch, as in a crash: it reports nothing."""
        self._end(signal.SIGKILL)

    @property
    def pid(self) -> int:
        """The process id of the switch that was started last."""
        return self._pid

    def log(self) -> str:
        return (self._root / "log" / "freeswitch.log").read_text(errors="replace")

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        os.kill(self._pid, number)
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            os.kill(self._pid, signal.SIGKILL)
            process.wait()

    def _copy_stock(self) -> None:
        shutil.copytree(self._installed.stock, self.conf)
        for file in (self.conf / "sip_profiles").glob("*ipv6.xml"):
            file.unlink()
        # The two that the rendered files replace as a whole.
        for name in ("callcenter", "conference"):
            (self.conf / "autoload_configs" / f"{name}.conf.xml").unlink()
        self._edit_variables()
        self._edit_ports()
        loads = "\n".join(f'<load module="mod_{name}"/>' for name in _MODULES.split())
        self._configure("modules", f"<modules>\n{loads}\n</modules>")
        self._configure(
            "event_socket",
            '<settings>\n<param name="listen-ip" value="127.0.0.1"/>\n'
            f'<param name="listen-port" value="{self._ports.esl}"/>\n'
            f'<param name="password" value="{self._password}"/>\n</settings>',
        )

    def _configure(self, module: str, text: str) -> None:
        self.add(
            f"autoload_configs/{module}.conf.xml",
            f'<configuration name="{module}.conf">\n{text}\n</configuration>\n',
        )

    def _edit_variables(self) -> None:
        """Use our address; the stock files ask a STUN server for it."""
        file = self.conf / "vars.xml"
        text = re.sub(
            r'"stun-set" data="(\w+)=.*?"',
            rf'"set" data="\g<1>={self._address}"',
            file.read_text(),
        )
        for name, port in (("internal", self._ports.internal), ("external", self._ports.external)):
            text = re.sub(rf'"{name}_sip_port=\d+"', f'"{name}_sip_port={port}"', text)
        address = f'<X-PRE-PROCESS cmd="set" data="local_ip_v4={self._address}"/>'
        file.write_text(text.replace("<include>", f"<include>\n{address}", 1))

    def _edit_ports(self) -> None:
        internal = self.conf / "sip_profiles" / "internal.xml"
        text = internal.read_text()
        for name, port in (("ws", self._ports.ws), ("wss", self._ports.wss)):
            text = re.sub(rf'("{name}-binding" +value=)"[^"]*"', rf'\1":{port}"', text)
        internal.write_text(text)
        self._close_profiles()
        self._close_directory()
        rtp = self._ports.rtp
        self._configure(
            "switch",
            '<settings>\n<param name="loglevel" value="debug"/>\n'
            '<param name="max-sessions" value="500"/>\n'
            '<param name="sessions-per-second" value="200"/>\n'
            f'<param name="rtp-start-port" value="{rtp.start}"/>\n'
            f'<param name="rtp-end-port" value="{rtp.stop - 1}"/>\n</settings>',
        )

    def _close_profiles(self) -> None:
        """Close all profiles as docs/freeswitch.md advises, above all the gateways' profile."""
        self._close_profile("internal", ("enable-chat", "false"))
        self._close_profile(
            "external",
            ("enable-chat", "false"),
            ("disable-transfer", "true"),
            ("apply-inbound-acl", "carriers"),
        )
        self._configure(
            "acl",
            '<network-lists>\n<list name="domains" default="deny">\n'
            '<node type="allow" domain="$${domain}"/>\n</list>\n'
            '<list name="carriers" default="deny">\n'
            '<node type="allow" cidr="127.0.0.1/32"/>\n</list>\n</network-lists>',
        )

    def _close_profile(self, name: str, *params: tuple[str, str]) -> None:
        file = self.conf / "sip_profiles" / f"{name}.xml"
        lines = "".join(f'\n<param name="{param}" value="{value}"/>' for param, value in params)
        file.write_text(file.read_text().replace("<settings>", f"<settings>{lines}", 1))

    def _close_directory(self) -> None:
        """As docs/freeswitch.md advises for the domain of the stock phones."""
        file = self.conf / "directory" / "default.xml"
        contacts = re.compile(r"\$\{sofia_contact.*?\)\},\$\{verto_contact.*?\)\}")
        safe = "sofia/internal/${dialed_user}%${dialed_domain}"
        file.write_text(contacts.sub(lambda _: safe, file.read_text()))


def _give_to_nobody(folder: Path) -> None:
    """Change the owner of everything in a folder, and open the way to it."""
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, "nobody", "nogroup")
    for above in folder.parents:
        if not (mode := above.stat().st_mode) & stat.S_IXOTH:
            above.chmod(mode | stat.S_IXOTH)
