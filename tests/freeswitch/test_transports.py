"""Over TLS, WSS and IPv6 too, a stolen phone takes over no talk and runs no command."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from esl_bridge.config import Settings
from tests.behaviour.report import missing
from tests.freeswitch.conftest import COMPANY, STOLEN
from tests.freeswitch.talks import (
    ADDRESSES,
    ANN,
    BARGES,
    BO,
    DOMAIN,
    are_there,
    begin_talk,
    is_refused,
)
from tests.lab.phone import Line
from tests.lab.process import free_ports
from tests.lab.real_lab import RealLab
from tests.lab.rogue import RoguePhone
from tests.lab.transports import OverIpv6, OverTls, OverWss, certify

_HAS_IPV6 = Path("/proc/net/if_inet6").exists()
_SECONDS = 3

Dial = Callable[[type[RoguePhone]], RoguePhone]


@pytest.fixture(scope="module")
def ports() -> dict[type[RoguePhone], int]:
    return dict(zip((OverTls, OverWss, OverIpv6), free_ports(3), strict=True))


@pytest.fixture(scope="module")
def running(
    settings: Settings,
    ports: dict[type[RoguePhone], int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RealLab]:
    """The rendered profile with TLS and WSS, and the same at the loopback address of IPv6."""
    if why := missing() or (
        None if shutil.which("openssl") else "no openssl to make a certificate"
    ):
        pytest.skip(why)
    esl, sip, ws = free_ports(3)
    own_leg = replace(settings.switch, port=esl, sip_port=sip, ws_port=ws)
    folder = tmp_path_factory.mktemp("lab")
    lab = RealLab(folder, replace(settings, switch=own_leg), {COMPANY.code: COMPANY})
    _open_doors(lab.switch.conf, ports)
    with lab:
        for name in (ANN, BO):
            lab.phones[name].start()
        lab.esl.subscribe("ALL")
        yield lab


def _open_doors(conf: Path, ports: dict[type[RoguePhone], int]) -> None:
    certify(conf / "tls")
    params = {
        "tls": "true",
        "tls-sip-port": ports[OverTls],
        "tls-cert-dir": conf / "tls",
        "wss-binding": f":{ports[OverWss]}",
    }
    lines = "".join(f'\n<param name="{name}" value="{value}"/>' for name, value in params.items())
    profile = conf / "sip_profiles/esl_bridge.xml"
    rendered = profile.read_text()
    profile.write_text(rendered.replace("<settings>", f"<settings>{lines}", 1))
    if _HAS_IPV6:
        _render_for_ipv6(conf, rendered, ports[OverIpv6])


def _render_for_ipv6(conf: Path, rendered: str, port: int) -> None:
    text = re.sub(r'"(sip|rtp)-ip" value="[^"]*"', r'"\1-ip" value="::1"', rendered)
    text = re.sub(r'"sip-port" value="\d+"', f'"sip-port" value="{port}"', text)
    text = re.sub(r'<param name="(ws-binding|ext-[\w-]+)"[^>]*/>', "", text)
    text = re.sub(r"<domains>.*?</domains>", "", text, flags=re.DOTALL)
    text = text.replace('<profile name="esl_bridge"', '<profile name="esl_bridge_6"')
    (conf / "sip_profiles/esl_bridge_6.xml").write_text(text)


@pytest.fixture
def dial(running: RealLab, ports: dict[type[RoguePhone], int]) -> Iterator[Dial]:
    phones = []

    def dialled(kind: type[RoguePhone]) -> RoguePhone:
        host = "[::1]" if kind is OverIpv6 else "127.0.0.1"
        sip, control, rtp = free_ports(3)
        password = COMPANY.extensions[STOLEN].password
        where = f"{host}:{ports[kind]}"
        line = Line(STOLEN, where, sip, control, range(rtp, rtp + 2), password)
        phones.append(kind(line, running.wire, {STOLEN: 999}))
        phones[-1].start()
        return phones[-1]

    running.esl.events.clear()
    yield dialled
    running.esl.api("hupall NORMAL_CLEARING")
    for name in (ANN, BO):
        running.phones[name].wait_idle()
    for phone in phones:
        phone.stop()
    running.expire(STOLEN)


@pytest.mark.parametrize("more", [(), (BARGES,)], ids=["takes over", "barges in"])
@pytest.mark.parametrize(
    "kind",
    [
        OverTls,
        OverWss,
        pytest.param(OverIpv6, marks=pytest.mark.skipif(not _HAS_IPV6, reason="no IPv6 here")),
    ],
)
def test_a_phone_cannot_take_over_a_talk_over_any_transport(
    running: RealLab, dial: Dial, kind: type[RoguePhone], more: tuple[tuple[str, str], ...]
):
    begin_talk(running)
    rogue, since = dial(kind), len(running.esl.events)
    assert rogue.steals("ann", *more) == 200
    is_refused(running, since)
    assert are_there(running, "ann", "bo")


@pytest.mark.parametrize("kind", [OverTls, OverWss])
def test_a_contact_registered_over_any_transport_is_not_called_as_a_dial_string(
    running: RealLab, dial: Dial, tmp_path: Path, kind: type[RoguePhone]
):
    address = ADDRESSES["a command"].replace("FILE", str(tmp_path / "stolen"))
    dial(kind).registers_at(address)
    limits = f"origination_uuid=x,originate_timeout={_SECONDS}"
    running.esl.api(f"bgapi originate {{{limits}}}user/{STOLEN}@{DOMAIN} &park()")
    running.esl.wait_for("CHANNEL_DESTROY", "x")
    begun = [e["Unique-ID"] for e in running.esl.events if e["Event-Name"] == "CHANNEL_CREATE"]
    assert begun == ["x"]
    assert list(tmp_path.iterdir()) == []
