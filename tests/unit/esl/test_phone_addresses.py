"""Whether a call to what a phone has registered goes back to where it has registered from."""

import pytest

from esl_bridge.esl.phone_addresses import leads_elsewhere

PHONE, OPERATOR = "192.0.2.7", "203.0.113.9"
NUMBER = "19005551234"
NAT = "fs_nat=yes;fs_path=sip%3Ax%40192.0.2.7%3A5060"

HOME = {
    "as told": f'"Ann" <sip:x@{PHONE}:5060>',
    "as listed": f"sofia/esl_bridge/sip:x@{PHONE}:5060",
    "for a time": f'"Ann" <sip:x@{PHONE}:5060>;expires=60',
    "with parameters": f'"" <sip:x@{PHONE}:5060;transport=tcp;ob>',
    "without a port": f"<sip:x@{PHONE}>",
    "without a user": f"<sip:{PHONE}:5060>",
    "secure": f"<sips:x@{PHONE}:5061>",
    "behind NAT": f'"" <sip:x@10.0.0.5:5060;{NAT}>',
    "a browser": f'"" <sip:x@a1b2c3.invalid;transport=ws;{NAT}%3Btransport%3Dws>',
    "behind a proxy": f"<sip:x@198.51.100.1;fs_path=%3Csip%3A{PHONE}%3A5060%3Blr%3E>",
    "behind two": f"<sip:x@h;fs_path=%3Csip%3A{PHONE}%3Blr%3E%2C%3Csip%3Ah%3Blr%3E>",
    "behind NAT, as listed": f"sofia/esl_bridge/sip:x@10.0.0.5:5060;{NAT}",
}
ELSEWHERE = {
    "an operator": f'"" <sip:{NUMBER}@{OPERATOR}>',
    "as listed": f"sofia/esl_bridge/sip:{NUMBER}@{OPERATOR}:5060",
    "by a path": f"<sip:{NUMBER}@{PHONE};fs_path=%3Csip%3A{OPERATOR}%3Blr%3E>",
    "by a path of its own": f"<sip:{NUMBER}@{PHONE};fs_path=sip:{OPERATOR}:5060>",
    "by the first of two paths": f"<sip:{NUMBER}@10.0.0.5;fs_path=sip:{OPERATOR};{NAT}>",
    "by maddr": f"<sip:{NUMBER}@{PHONE};maddr={OPERATOR}>",
    "by maddr in a path": f"<sip:{NUMBER}@{PHONE};fs_path=sip%3A{PHONE}%3BMaddr%3D{OPERATOR}>",
    "by a name": f"<sip:{NUMBER}@operator.example>",
    "with two users": f"<sip:{NUMBER}@{OPERATOR};x=@{PHONE}>",
    "with a name that looks like one": f'"<sip:x@{PHONE}>" <sip:{NUMBER}@{OPERATOR}>',
    "in no brackets at all": f"sip:x@{PHONE}>;y<sip:{NUMBER}@{OPERATOR}>",
    "a user like a list's word": f"sofia/x/sofia/y/sip:{NUMBER}@{PHONE}",
    "nothing": "",
}


@pytest.mark.parametrize("contact", HOME.values(), ids=HOME)
def test_a_contact_at_the_address_of_its_registration_does_not_lead_elsewhere(contact):
    assert not leads_elsewhere(contact, PHONE)


@pytest.mark.parametrize("contact", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_contact_at_another_address_leads_elsewhere(contact):
    assert leads_elsewhere(contact, PHONE)


@pytest.mark.parametrize("address", ["2001:db8::7", "2001:0DB8:0:0::7"])
def test_an_address_may_be_spelt_in_several_ways(address):
    assert not leads_elsewhere("<sip:x@[2001:db8::7]:5060>", address)
    assert leads_elsewhere("<sip:x@[2001:db8::8]:5060>", address)


def test_a_contact_whose_source_is_unknown_does_not_lead_elsewhere():
    assert not leads_elsewhere(f"<sip:x@{OPERATOR}>", "")
