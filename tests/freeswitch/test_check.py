"""``check --switch`` on a real switch finds each fault that would matter later."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import pytest

from esl_bridge.domain.company import External, Ivr
from esl_bridge.errors import SwitchError
from esl_bridge.esl.commands import Command
from esl_bridge.render.check import check_switch
from esl_bridge.runtime.switch_link import SwitchLink

PROFILE = "sip_profiles/esl_bridge.xml"
_GATEWAY = """\
<include>
<gateway name="{name}">
<param name="proxy" value="127.0.0.1:{port}"/>
<param name="username" value="lab"/>
<param name="password" value="lab"/>
{more}
</gateway>
</include>
"""
REGISTERS = '<param name="register" value="true"/>\n<param name="retry-seconds" value="30"/>'
PINGED = '<param name="register" value="false"/>\n<param name="ping" value="5"/>'


@pytest.fixture
def check(running, settings, companies) -> Iterator[Callable[..., list[str]]]:
    """As the daemon's account asks."""
    switch = settings.switch
    with SwitchLink(switch.host, switch.port, switch.password, switch.user) as link:

        def run(command: Command) -> str:
            return link.run(command, seconds=20)

        yield lambda dial="": check_switch(run, settings.switch, _dialling(dial, companies))


def _dialling(dial, companies):
    external = External(dial=dial, caller_id="40010001", allowed=()) if dial else None
    company = companies["90001"]
    return {"90001": msgspec.structs.replace(company, external=external)}


@contextmanager
def changed(lab, file: str, change: Callable[[str], str]) -> Iterator[None]:
    """A file of the configuration, loaded by ``reloadxml``, for a while."""
    path = lab.switch.conf / file
    before = path.read_text()
    path.write_text(change(before))
    try:
        lab.esl.api("reloadxml")
        yield
    finally:
        path.write_text(before)
        lab.esl.api("reloadxml")


def test_check_finds_nothing_wrong_with_a_complete_switch(lab, check):
    assert check("sofia/gateway/carrier/{number}") == []


def test_check_reports_an_outdated_profile(lab, check):
    with changed(lab, PROFILE, lambda text: re.sub(r".*multiple-registrations.*\n", "", text)):
        assert check() == [
            "SIP profile esl_bridge is older than the rendered one (multiple-registrations); "
            "render, copy, reloadxml, restart it"
        ]
    assert check() == []


def test_check_reports_a_profile_that_was_reloaded_and_not_restarted(lab, check):
    with changed(lab, PROFILE, lambda text: text.replace('"rendered-', '"rendered-later-')):
        assert check() == [
            "SIP profile esl_bridge was reloaded but still runs its old parameters; "
            "sofia profile esl_bridge restart, while nobody talks"
        ]


@contextmanager
def gateway(lab, name: str, how: str) -> Iterator[None]:
    """One at a port where nobody is."""
    path = f"sip_profiles/external/{name}.xml"
    lab.switch.add(path, _GATEWAY.format(name=name, port=9, more=how))
    lab.esl.api("reloadxml")
    lab.esl.api("sofia profile external rescan")
    try:
        yield
    finally:
        (lab.switch.conf / path).unlink()
        lab.esl.api(f"sofia profile external killgw {name}")
        lab.esl.api("reloadxml")


@pytest.mark.parametrize("how", [REGISTERS, PINGED], ids=["registers", "is pinged"])
def test_check_reports_a_gateway_that_is_down(lab, check, how):
    dial = "sofia/gateway/elsewhere/{number}"
    with gateway(lab, "elsewhere", how):
        told = until(lambda: [line for line in check(dial) if "is down" in line])
    assert told == [
        "gateway elsewhere, named by external.dial, is down; "
        "sofia status gateway elsewhere says why"
    ]


def until(told: Callable[[], list[str]]) -> list[str]:
    """The switch takes its time to notice."""
    clock = threading.Event()
    for _ in range(60):
        if found := told():
            return found
        clock.wait(1)
    raise AssertionError("never told")


def test_check_reports_a_module_loaded_for_this_boot_only(lab, check):
    without = lambda text: re.sub(r".*mod_shout.*\n", "", text)  # noqa: E731
    with changed(lab, "autoload_configs/modules.conf.xml", without):
        assert check() == ["mod_shout: loaded for this boot only; name them in modules.conf.xml"]


def test_check_reports_an_open_event_socket(lab, check):
    opened = lambda text: text.replace(  # noqa: E731
        '"listen-ip" value="127.0.0.1"/>',
        '"listen-ip" value="0.0.0.0"/>\n<param name="apply-inbound-acl" value="any_v4.auto"/>',
    )
    with changed(lab, "autoload_configs/event_socket.conf.xml", opened):
        (line,) = check()
    assert line.startswith("event socket: listens on 0.0.0.0 and lets everybody in; ")


def test_check_reports_a_missing_account(running, settings):
    where = settings.switch
    link = SwitchLink(where.host, where.port, where.password, "nobody@esl-bridge.local")
    with pytest.raises(SwitchError, match=r"refuses nobody@.*not there yet"), link:
        pass


def test_check_names_an_ivr_that_the_dialplan_lacks(check, companies, monkeypatch):
    ivrs = {"2001": Ivr(extension="ivr_main"), "2002": Ivr(extension="ivr_gone")}
    monkeypatch.setitem(companies, "90001", msgspec.structs.replace(companies["90001"], ivrs=ivrs))
    told = "dialplan: context esl_bridge has no extension for ivr_gone, named by an IVR or a survey"
    assert check() == [told]
