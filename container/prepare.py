"""Make a site ready, before its switch and its daemon start: `docker compose` runs this each time.

The first time, `/etc/freeswitch` is a copy of the stock configuration. It becomes one for contact
centres, and `/etc/esl-bridge` gets settings, a sample company, and passwords that nobody else has.
The settings are written last: where they are, all of it is the operator's, and it is only rendered.

The environment may have ADDRESS (where phones find the switch; by default the address by which this
machine reaches others) and EXTERNAL_IP (the one outside of its NAT).
"""

from __future__ import annotations

import array
import grp
import math
import os
import re
import secrets
import socket
import wave
from collections.abc import Mapping
from pathlib import Path

from esl_bridge.cli import main as esl_bridge
from esl_bridge.runtime.passwords import hash_password

SETTINGS = """\
# Made by container/prepare.py, and yours from now on; conf/esl_bridge.yaml has every key.
listen:
  agents: 127.0.0.1:8780
switch:
  user: daemon@esl-bridge.local
  password_file: esl-password
  pbx: {address}:5070
  rtc: ws://{address}:5067
{nat}state: sqlite:////var/lib/esl-bridge/state.db
companies: companies.yaml
audit: /var/lib/esl-bridge/audit.jsonl
"""
COMPANY = """\
# Made by container/prepare.py, and yours from now on; conf/companies.yaml has every key. The
# passwords of the agents are in passwords.txt.
"90001":
  name: Example
  extensions:
    "90001_20000": {{password: "{phones[0]}"}}
    "90001_20001": {{password: "{phones[1]}"}}
  agents:
    "90001_20000":
      name: Ann
      password_hash: {hashes[0]}
      extension: "90001_20000"
      skills: {{"1001": 1}}
    "90001_20001":
      name: Bo
      password_hash: {hashes[1]}
      extension: "90001_20001"
      skills: {{"1001": 1}}
      supervisor: true
  skills:
    "1001": {{name: Sales}}
  numbers:
    "40010001": {{skill: "1001"}}
    "40010002": {{agent: "90001_20000"}}
"""
PASSWORDS = """\
Agents, of company 90001
90001_20000  {agents[0]}
90001_20001  {agents[1]}
Their phones, at {address}:5070
90001_20000  {phones[0]}
90001_20001  {phones[1]}
"""

#: In place of the stock list, some of whose modules listen to the network. The last one tells that
#: the others are there.
MODULES = """
    console logfile commands dptools dialplan_xml loopback sofia db hash conference callcenter
    local_stream tone_stream sndfile native_file shout av opus spandsp event_socket
"""
UNUSED = (
    # Phones have a domain and a profile of their own; a profile for gateways stays.
    "directory/default.xml",
    "sip_profiles/internal.xml",
    "sip_profiles/internal-ipv6.xml",
    "sip_profiles/external-ipv6.xml",
    # These two are rendered as a whole.
    "autoload_configs/callcenter.conf.xml",
    "autoload_configs/conference.conf.xml",
)
MUSIC = """\
<directory name="moh" path="$${conf_dir}/music">
<param name="rate" value="8000"/>
<param name="channels" value="1"/>
<param name="interval" value="20"/>
<param name="timer-name" value="soft"/>
</directory>
"""
RATE = 8_000  # Hz, of the music
CHORD = (220.0, 277.2, 329.6)  # Hz
SECONDS = 8


def prepare(switch: Path, ours: Path, address: str, external_ip: str | None) -> None:
    """``switch``: the stock configuration; ``ours``: a folder for settings and companies."""
    adapt_switch(switch, address, external_ip or address)
    agents = [secrets.token_urlsafe(9) for _ in range(2)]
    phones = [secrets.token_urlsafe(12) for _ in range(2)]
    hashes = [hash_password(password) for password in agents]
    nat = "" if external_ip is None else f"  external_ip: {external_ip}\n"
    passwords = PASSWORDS.format(agents=agents, phones=phones, address=address)
    write(ours / "passwords.txt", passwords, mode=0o600)
    write(ours / "esl-password", secrets.token_urlsafe(24))
    write(ours / "companies.yaml", COMPANY.format(phones=phones, hashes=hashes))
    write(ours / "esl_bridge.yaml", SETTINGS.format(address=address, nat=nat))


def write(file: Path, text: str, mode: int = 0o640) -> None:
    """Put a whole file in its place; by default its folder's group reads it."""
    new = file.with_name(f".{file.name}")
    new.touch(0o600)
    new.write_text(text)
    os.chown(new, -1, file.parent.stat().st_gid)
    new.chmod(mode)
    new.replace(file)


# -- the switch ---------------------------------------------------------------------------------


def adapt_switch(conf: Path, address: str, external_ip: str) -> None:
    """As docs/freeswitch.md asks of who does it by hand."""
    for name in UNUSED:
        (conf / name).unlink(missing_ok=True)
    loads = [f'<load module="mod_{name}"/>\n' for name in MODULES.split()]
    configure(conf, "modules", f"<modules>\n{''.join(loads)}</modules>\n")
    configure(conf, "local_stream", MUSIC)
    (conf / "music").mkdir(exist_ok=True)
    write_music(conf / "music" / "chord.wav")
    shut_event_socket(conf)
    variables = {
        "local_ip_v4": address,
        "external_rtp_ip": external_ip,  # the stock ones ask a server in the internet
        "external_sip_ip": external_ip,
    }
    set_variables(conf / "vars.xml", variables)
    shut = {"enable-chat": "false", "disable-transfer": "true", "apply-inbound-acl": "carriers"}
    set_params(conf / "sip_profiles" / "external.xml", shut)
    add_carriers(conf / "autoload_configs" / "acl.conf.xml")


def configure(conf: Path, module: str, text: str) -> None:
    """Replace a module's configuration."""
    root = f'<configuration name="{module}.conf">\n{text}</configuration>\n'
    write(conf / "autoload_configs" / f"{module}.conf.xml", root)


def shut_event_socket(conf: Path) -> None:
    """For this machine alone; `fs_cli` finds the password in its HOME, which is this folder."""
    password = secrets.token_urlsafe(24)
    params = {"listen-ip": "127.0.0.1", "listen-port": "8021", "password": password}
    configure(conf, "event_socket", f"<settings>\n{as_params(params)}</settings>\n")
    write(conf / ".fs_cli_conf", f"[default]\npassword => {password}\n", mode=0o600)


def as_params(values: Mapping[str, str]) -> str:
    return "".join(f'<param name="{name}" value="{value}"/>\n' for name, value in values.items())


def set_variables(file: Path, values: Mapping[str, str]) -> None:
    """Before all others, which may use them; the stock ones of these names go."""
    stock = re.compile(rf'^ *<X-PRE-PROCESS [^>]*data="(?:{"|".join(values)})=.*\n', re.MULTILINE)
    ours = "".join(
        f'  <X-PRE-PROCESS cmd="set" data="{name}={value}"/>\n' for name, value in values.items()
    )
    write(file, stock.sub("", file.read_text()).replace("<include>\n", f"<include>\n{ours}", 1))


def set_params(file: Path, values: Mapping[str, str]) -> None:
    """Before all others: the stock ones of these names go."""
    stock = re.compile(rf'^ *<param name="(?:{"|".join(values)})".*\n', re.MULTILINE)
    text = stock.sub("", file.read_text())
    write(file, text.replace("<settings>\n", f"<settings>\n{as_params(values)}", 1))


def add_carriers(file: Path) -> None:
    """Nobody yet: the operator adds a node for each address."""
    end = "</network-lists>"
    write(file, file.read_text().replace(end, f'<list name="carriers" default="deny"/>\n{end}', 1))


def write_music(file: Path) -> None:
    """A soft chord that swells and fades, until the operator has something better."""
    samples = array.array(
        "h",
        (
            int(
                2_000
                * math.sin(math.pi * at / RATE / SECONDS)
                * sum(math.sin(2 * math.pi * hertz * at / RATE) for hertz in CHORD)
            )
            for at in range(RATE * SECONDS)
        ),
    )
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(samples.itemsize)
        sound.setframerate(RATE)
        sound.writeframes(samples.tobytes())


# -- the command --------------------------------------------------------------------------------


def own_address() -> str:
    """From which this machine would reach others; nothing is sent."""
    with socket.socket(type=socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))
        except OSError:  # no way out
            return "127.0.0.1"
        return str(asking.getsockname()[0])


def main() -> None:
    switch, ours = Path("/etc/freeswitch"), Path("/etc/esl-bridge")
    settings = ours / "esl_bridge.yaml"
    if not settings.exists():
        os.chown(ours, -1, grp.getgrnam("esl-bridge").gr_gid)
        ours.chmod(0o750)
        address = os.environ.get("ADDRESS") or own_address()
        prepare(switch, ours, address, os.environ.get("EXTERNAL_IP") or None)
        print("a new site; who may sign in is in its passwords.txt")
    esl_bridge(["render", "--config", str(settings), "--output", str(switch)])


if __name__ == "__main__":
    main()
