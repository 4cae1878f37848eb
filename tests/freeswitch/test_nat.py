"""A switch and phones in different networks."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import pytest

from esl_bridge.config import Settings
from esl_bridge.domain.company import Company
from tests.behaviour.report import missing
from tests.lab.makes import Make
from tests.lab.process import free_ports
from tests.lab.real_lab import RealLab
from tests.lab.softphone import BEHIND_NAT, Softphone

ANN, BO = "90001_20000", "90001_20001"
OUTER = "203.0.113.9"


@pytest.fixture
def lab(
    settings: Settings, companies: dict[str, Company], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealLab]:
    """A switch whose settings name an outer address, and a phone behind another NAT."""
    if why := missing():
        pytest.skip(why)
    esl, sip, ws = free_ports(3)
    switch = msgspec.structs.replace(
        settings.switch, port=esl, sip_port=sip, ws_port=ws, external_ip=OUTER
    )
    behind = msgspec.structs.replace(settings, switch=switch)
    makes = {ANN: Make("behind NAT", nat=True)}
    with RealLab(tmp_path_factory.mktemp("nat"), behind, companies, makes=makes) as lab:
        lab.esl.subscribe("ALL")
        yield lab


def test_a_phone_behind_nat_rings_and_is_given_the_outer_address(lab, settings):
    ann = lab.phones[ANN]
    assert isinstance(ann, Softphone)
    ann.start()
    profile, domain = settings.switch.profile, settings.switch.domain
    contact = lab.esl.api(f"sofia_contact {profile}/{ANN}@{domain}")
    assert BEHIND_NAT in contact
    dial = f"{{origination_uuid=x}}user/{ANN}@{domain}"
    lab.esl.api(f"bgapi originate {dial} &park()")
    ann.wait_ringing()
    assert f"@{OUTER}:" in ann.invited.contact
    # In its sound's address the switch makes an exception of the loopback.
    told = lab.esl.api(f"sofia status profile {profile}")
    assert re.search(rf"^Ext-RTP-IP\s+{OUTER}$", told, re.MULTILINE)
    ann.answer()
    lab.esl.wait_for("CHANNEL_PARK", "x")
    lab.esl.api("uuid_kill x")
    assert ann.wait_idle() == "BYE"
