"""Callers choose their number and name: agents see them, and no command contains them."""

import re
import unicodedata

import pytest

from tests.builders import CONTACT, NAMES, OUTSIDE
from tests.daemon import Daemon
from tests.hostile import values

A = NAMES["A"]
NUMBERS = [f"13{each}" for each in values.FOREIGN] + [*values.FOREIGN, "", "1" * 65]
STRANGE_CONTACTS = [f"{CONTACT}{each}" for each in values.FOREIGN]
FORGED = "Ann\n\nUnique-ID: forged\nvariable_esl_bridge_company: 90002\nHangup-Cause: FORGED\n\n"


def incoming(daemon: Daemon, number: str = OUTSIDE, name: str = "Ann", **variables: str) -> None:
    headers = {
        "Caller-Caller-ID-Name": name,
        "Caller-Caller-ID-Number": number,
        "variable_sip_from_display": name,
        "variable_sip_from_user": number,
        "Unique-ID": "caller-1",
        "variable_esl_bridge_company": "90001",
        "variable_esl_bridge_role": "customer",
        "variable_esl_bridge_number": "40010002",
        "variable_esl_bridge_contact_id": CONTACT,
    }
    marks = {f"variable_{key}": value for key, value in variables.items()}
    daemon.event("CHANNEL_PARK", **headers | marks)


def lines(daemon: Daemon, number: str = OUTSIDE, **fields: str) -> list[str]:
    """The commands that such a call causes."""
    daemon.open()
    daemon.at_work("A")
    incoming(daemon, number, **fields)
    return daemon.switch.take()


def as_shown(number: str) -> str:
    """Its printable part, at most 64 characters; withheld if there is none."""
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    seen = "".join(each for each in number if unicodedata.category(each) not in hidden)
    return seen[:64] or "anonymous"


@pytest.mark.parametrize("number", NUMBERS, ids=ascii)
def test_agents_see_the_printable_part_of_a_number_and_the_switch_only_a_valid_one(daemon, number):
    shown = as_shown(number)
    dialled = shown if re.fullmatch(r"[0-9A-Za-z_.+*#-]+", shown) else "anonymous"
    withheld = [line.replace(f"={OUTSIDE};", f"={dialled};") for line in lines(daemon)]
    daemon.open()
    [client] = daemon.at_work("A")
    incoming(daemon, number, name=FORGED)
    assert daemon.switch.take() == withheld
    leg = daemon.tenant.agents[A].own_leg.uuid
    daemon.rings(leg)
    [callin] = client.pushes("callin")
    assert (callin["uuid"], callin["caller_number"]) == (leg, shown)


@pytest.mark.parametrize("text", [FORGED, *values.FOREIGN, "\n".join(values.FOREIGN)], ids=ascii)
def test_a_callers_name_and_attached_data_do_not_change_the_commands(daemon, text):
    assert lines(daemon, name=text) == lines(daemon)
    attached = {"esl_bridge_flow_data": text, "esl_bridge_work_order_id": text}
    assert lines(daemon, **attached) == lines(daemon)


@pytest.mark.parametrize("number", NUMBERS, ids=ascii)
def test_a_callers_name_and_number_do_not_change_later_events(daemon, number):
    [client] = daemon.at_work("A")
    incoming(daemon, number, name=FORGED)
    leg = daemon.tenant.agents[A].own_leg.uuid
    daemon.pick_up(leg)
    daemon.event("CHANNEL_PARK", **{"Unique-ID": leg, "Caller-Caller-ID-Name": FORGED})
    said = daemon.switch.take()[2:]
    assert said == ["api uuid_answer caller-1", f"api uuid_bridge {leg} caller-1"]
    forged = {"Caller-Caller-ID-Name": FORGED, "variable_sip_from_display": FORGED}
    for uuid in ("caller-1", leg):
        daemon.event(
            "CHANNEL_HANGUP", **forged, **{"Unique-ID": uuid, "Hangup-Cause": "NORMAL_CLEARING"}
        )
    states = [push["agent_status"] for push in client.pushes("agent_change")]
    assert states == ["FREE", "RINGING", "CALLING", "FREE"]
    assert daemon.tenant.legs == {}


@pytest.mark.parametrize("text", values.FOREIGN, ids=ascii)
def test_a_call_to_an_unknown_company_or_number_reaches_nobody(daemon, text):
    daemon.at_work("A")
    incoming(daemon, esl_bridge_company=f"90001{text}")
    assert daemon.switch.take() == []
    assert daemon.tenant.legs == {}
    incoming(daemon, esl_bridge_number=f"40010002{text}")
    assert daemon.switch.take() == ["api uuid_kill caller-1 USER_BUSY"]


@pytest.mark.parametrize(
    "text", [*values.FOREIGN, *(f"{CONTACT}{x}" for x in values.FOREIGN)], ids=ascii
)
def test_a_malformed_contact_id_is_replaced(daemon, text):
    daemon.at_work("A")
    incoming(daemon, esl_bridge_contact_id=text)
    contact_id = daemon.tenant.legs["caller-1"].call.contact_id
    assert re.fullmatch("contact-[0-9a-f]{32}", contact_id)
    told = f"api uuid_setvar_multi caller-1 esl_bridge_contact_id={contact_id}"
    assert daemon.switch.take()[0] == told


@pytest.mark.parametrize("text", values.FOREIGN, ids=ascii)
def test_a_registration_under_a_malformed_name_belongs_to_no_agent(daemon, text):
    daemon.at_work("A")
    for subclass in ("sofia::register", "sofia::unregister"):
        daemon.event("CUSTOM", **{"Event-Subclass": subclass, "from-user": A + text})
    assert daemon.switch.take() == []
    assert daemon.tenant.agents[A].registered
