"""`docker compose up` makes a complete switch of a stock configuration."""

from __future__ import annotations

import re
import stat
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest

from container.prepare import prepare
from esl_bridge.config import Settings, load
from esl_bridge.domain.company import Company
from esl_bridge.render import render
from esl_bridge.render.check import check_switch
from esl_bridge.runtime.switch_link import SwitchLink
from tests.behaviour.report import missing
from tests.lab.process import claimed_ports, free_ports
from tests.lab.switch import Ports, Switch, installed


class SiteSwitch(Switch):
    """On the configuration of a new site, but for its ports."""

    def _copy_stock(self) -> None:
        stock = installed().stock
        for file in stock.rglob("*"):
            if file.is_file():
                self.add(str(file.relative_to(stock)), file.read_text("utf-8", "replace"))
        ours = self.conf.parent / "esl-bridge"
        ours.mkdir()
        prepare(self.conf, ours, "127.0.0.1", None)
        self._change("autoload_configs/event_socket.conf.xml", "8021", self._ports.esl)
        self._change("vars.xml", "5080", self._ports.external)
        self._change_rtp()

    def _change(self, path: str, port: str, other: int) -> None:
        file = self.conf / path
        assert port in file.read_text()
        file.write_text(file.read_text().replace(port, str(other)))

    def _change_rtp(self) -> None:
        file, rtp = self.conf / "autoload_configs" / "switch.conf.xml", self._ports.rtp
        lines = "".join(
            f'<param name="rtp-{end}-port" value="{port}"/>\n'
            for end, port in (("start", rtp.start), ("end", rtp.stop - 1))
        )
        file.write_text(file.read_text().replace("<settings>\n", f"<settings>\n{lines}", 1))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Settings, dict[str, Company]]]:
    """Its settings and companies, while its switch runs."""
    if why := missing():
        pytest.skip(why)
    esl, sip, ws, external, spare = free_ports(5)
    claim, rtp = claimed_ports(400)
    switch = SiteSwitch(tmp_path, Ports(esl, spare, external, spare, spare, rtp), "")
    settings, companies = load(tmp_path / "esl-bridge" / "esl_bridge.yaml")
    ports = {"port": esl, "sip_port": sip, "ws_port": ws}
    settings = msgspec.structs.replace(
        settings, switch=msgspec.structs.replace(settings.switch, **ports)
    )
    render(settings, companies, switch.conf)
    switch.start()
    try:
        yield settings, companies
    finally:
        switch.stop()
        claim.close()


def test_a_new_site_lacks_nothing(site):
    settings, companies = site
    where = settings.switch
    with SwitchLink(where.host, where.port, where.password, where.user) as link:
        run = partial(link.run, seconds=settings.limits.reply_seconds)
        assert _lacking_at_last(lambda: check_switch(run, settings.switch, companies)) == []


def _lacking_at_last(lacking: Callable[[], list[str]]) -> list[str]:
    """A switch that has just started tells of its modules and profiles a moment later."""
    clock = threading.Event()
    for _ in range(100):
        if not lacking():
            break
        clock.wait(0.1)
    return lacking()


def test_no_password_of_a_new_site_is_published_or_used_twice(tmp_path):
    if why := missing():
        pytest.skip(why)
    made = [_secrets(tmp_path / name) for name in ("one", "other")]
    assert len(made[0]) == 6
    assert not made[0] & made[1]


def _secrets(root: Path) -> set[str]:
    """Of a site: two agents', two phones', the daemon's and the event socket's own."""
    switch = SiteSwitch(root, Ports(1, 1, 1, 1, 1, range(2)), "")
    ours = root / "esl-bridge"
    told = ours / "passwords.txt"
    assert stat.S_IMODE(told.stat().st_mode) == 0o600
    socket = switch.conf / "autoload_configs" / "event_socket.conf.xml"
    assert "ClueCon" not in socket.read_text()
    assert not (switch.conf / "directory" / "default.xml").exists()  # whose phones have 1234
    return {
        *re.findall(r"^90001_\d+  (\S+)$", told.read_text(), re.MULTILINE),
        (ours / "esl-password").read_text(),
        *re.findall(r'name="password" value="(.*?)"', socket.read_text()),
    }
