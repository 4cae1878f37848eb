"""Talks of two agents on a real switch, and attacks on them with a phone's password."""

from __future__ import annotations

from tests.lab.hearing import comes_to_hear
from tests.lab.phone import Phone
from tests.lab.real_lab import RealLab

ANN, BO, CUSTOMER = "90001_20000", "90001_20001", "13107618845"
DOMAIN = "esl-bridge.local"
_BARRED = f"sofia/gateway/carrier/{CUSTOMER}"
ADDRESSES = {
    "a command": "x,[api_on_originate=system touch FILE]" + _BARRED,
    "an application": "x,[execute_on_originate=system touch FILE]" + _BARRED,
    "a place of the dialplan": f"x,loopback/{CUSTOMER}/default",
    "another phone": f"x,user/{BO}@{DOMAIN}",
    "another phone afterwards": f"x|user/{BO}@{DOMAIN}",
    "expanded": "x${system(touch FILE)}",
}
BARGES = ("Call-Info", "<sip:x@y>;appearance-index=1")


def own_leg(lab: RealLab, name: str, phone: str) -> str:
    """An agent's leg, answered and parked."""
    lab.esl.api(f"bgapi originate {{origination_uuid={name}}}user/{phone}@{DOMAIN} &park()")
    lab.phones[phone].wait_ringing()
    lab.phones[phone].answer()
    lab.esl.wait_for("CHANNEL_PARK", name)
    return name


def hears(phone: Phone, whom: str) -> None:
    comes_to_hear(phone.line.user, phone.hears, {whom})


def begin_talk(lab: RealLab) -> None:
    """Ann and Bo have answered, and are bridged as legs ``ann`` and ``bo``."""
    own_leg(lab, "ann", ANN)
    own_leg(lab, "bo", BO)
    lab.esl.api("uuid_bridge ann bo")
    lab.esl.wait_for("CHANNEL_BRIDGE")


def are_there(lab: RealLab, *legs: str) -> bool:
    """By the switch's own memory: its list lags behind."""
    return all(lab.esl.api(f"uuid_exists {leg}") == "true" for leg in legs)


def is_refused(lab: RealLab, since: int) -> None:
    replacing_leg = lab.esl.wait_for("CHANNEL_ANSWER", since=since)["Unique-ID"]
    lab.esl.wait_for("CHANNEL_DESTROY", replacing_leg)
    ran = [e for e in lab.esl.events[since:] if e["Event-Name"] == "CHANNEL_EXECUTE"]
    applications = [e["Application"] for e in ran if e["Unique-ID"] == replacing_leg]
    assert applications == ["answer", "execute_extension", "hangup"]
