"""Channels as a new daemon finds them on the switch."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from esl_bridge.esl import channels
from esl_bridge.esl.channels import Channel
from tests.builders import COMPANY, CONTACT, OUTSIDE, TenantHarness


def channel(uuid: str, role: str, *, agent: str = "", bond: str = "", **headers: Any) -> Channel:
    found = {
        "Unique-ID": uuid,
        "Answer-State": "answered",
        "Channel-State": "CS_EXCHANGE_MEDIA" if bond else "CS_EXECUTE",
        "Caller-Caller-ID-Number": OUTSIDE,
        "variable_esl_bridge_company": COMPANY,
        "variable_esl_bridge_role": role,
        "variable_esl_bridge_agent": agent,
        "variable_signal_bond": bond,
        "variable_esl_bridge_contact_id": CONTACT,
    }
    return channels.read(json.dumps(found | headers))


def carries(harness: TenantHarness, found: Channel) -> Channel:
    """As the leg of this uuid was called by the service, or told."""
    leg = harness.tenant.legs.get(found.uuid)
    contact_id = leg.call.contact_id if leg is not None else CONTACT
    return replace(found, parked_as=replace(found.parked_as, contact_id=contact_id))
