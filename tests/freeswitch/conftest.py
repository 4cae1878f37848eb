"""A real switch and real phones, or the reason to skip."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from esl_bridge.config import Settings, SwitchConfig
from esl_bridge.domain.company import Company, Extension, Ivr, Route, Skill
from tests.behaviour.report import missing
from tests.lab.phone import Line
from tests.lab.process import free_ports
from tests.lab.real_lab import RealLab
from tests.lab.rogue import RoguePhone
from tests.lab.switch import only_switch

STOLEN = "90001_Front.Desk"
"""The extension whose password is in the wrong hands: it has no other phone."""
STOCK, STOCK_PASSWORD = "1000", "1234"
UNUSED = "1002"
"""A queue that nobody enters: for a minute after one is left, the switch loads it by itself."""
COMPANY = Company(
    code="90001",
    extensions={
        name: Extension(password=f"secret&{name}")
        for name in ("90001_20000", "90001_20001", STOLEN)
    },
    skills={"1001": Skill(), UNUSED: Skill()},
    ivrs={"2001": Ivr(extension="ivr_main")},
    numbers={
        "40010001": Route(skill="1001"),
        "40010002": Route(agent="90001_20000"),
        "+8640010003": Route(ivr="2001"),
    },
)


@pytest.fixture(scope="session")
def settings() -> Settings:
    esl, sip, ws = free_ports(3)
    switch = SwitchConfig(
        port=esl,
        user="daemon@esl-bridge.local",
        password="daemon-secret",
        sip_port=sip,
        ws_port=ws,
    )
    return Settings(switch=switch, companies_path=Path("companies.yaml"))


@pytest.fixture(scope="session")
def companies() -> dict[str, Company]:
    return {COMPANY.code: COMPANY}


@pytest.fixture(scope="session")
def running(
    settings: Settings, companies: dict[str, Company], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealLab]:
    if why := missing():
        pytest.skip(why)
    with RealLab(tmp_path_factory.mktemp("lab"), settings, companies) as lab:
        for name, phone in lab.phones.items():
            if name != STOLEN:
                phone.start()
        lab.esl.subscribe("ALL")
        yield lab


@pytest.fixture
def lab(running: RealLab) -> Iterator[RealLab]:
    """The laboratory without a call in it, and without events of an earlier one."""
    running.esl.events.clear()
    yield running
    running.esl.api("hupall NORMAL_CLEARING")
    for name, phone in running.phones.items():
        if name != STOLEN:
            phone.wait_idle()
    # A phone is idle before the last event of its leg is here; the next test's legs have the
    # same names.
    for leg in {e["Unique-ID"] for e in running.esl.events if e["Event-Name"] == "CHANNEL_CREATE"}:
        running.esl.wait_for("CHANNEL_DESTROY", leg)


@pytest.fixture
def stock(lab: RealLab) -> Iterator[RoguePhone]:
    """A phone of the stock configuration's own, at the profile that it has for them."""
    with _started(lab, STOCK, lab.stock, STOCK_PASSWORD) as phone:
        yield phone


@pytest.fixture
def rogue(lab: RealLab, settings: Settings) -> Iterator[RoguePhone]:
    with rogue_phone(lab, settings) as phone:
        yield phone


@contextmanager
def rogue_phone(lab: RealLab, settings: Settings) -> Iterator[RoguePhone]:
    where = f"127.0.0.1:{only_switch(settings).sip_port}"
    password = COMPANY.extensions[STOLEN].password
    with _started(lab, STOLEN, where, password) as phone:
        yield phone
    lab.expire(STOLEN)  # it has registered more addresses than it knows


@contextmanager
def _started(lab: RealLab, name: str, where: str, password: str) -> Iterator[RoguePhone]:
    sip, control, rtp = free_ports(3)
    line = Line(name, where, sip, control, range(rtp, rtp + 2), password)
    phone = RoguePhone(line, lab.wire, {name: 999})
    phone.start()
    yield phone
    phone.stop()
    # It may have registered at other addresses, too.
    lab.esl.api(f"sofia profile esl_bridge flush_inbound_reg {name}@esl-bridge.local")
