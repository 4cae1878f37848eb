"""With a phone's password a thief can be called, and nothing more."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.freeswitch.conftest import STOCK, STOLEN, rogue_phone
from tests.freeswitch.talks import (
    ADDRESSES,
    ANN,
    BARGES,
    BO,
    DOMAIN,
    are_there,
    begin_talk,
    hears,
    is_refused,
    own_leg,
)
from tests.lab.process import free_ports
from tests.lab.real_lab import RealLab
from tests.lab.stranger import Stranger


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_a_registered_contact_is_called_as_an_address_and_not_as_a_dial_string(
    lab, rogue, tmp_path, address
):
    _is_called_and_no_more(lab, rogue, f"{STOLEN}@{DOMAIN}", address, tmp_path)


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_a_contact_registered_in_the_stock_domain_is_not_called_as_a_dial_string(
    lab, stock, tmp_path, address
):
    """With the dial-string that docs/freeswitch.md has for it."""
    _is_called_and_no_more(lab, stock, f"{STOCK}@127.0.0.1", address, tmp_path)


def _is_called_and_no_more(lab, phone, user, address, folder):
    phone.registers_at(address.replace("FILE", str(folder / "stolen")))
    lab.esl.api(f"bgapi originate {{origination_uuid=x}}user/{user} &park()")
    phone.wait_ringing()
    phone.answer()
    lab.esl.wait_for("CHANNEL_PARK", "x")
    begun = [e["Unique-ID"] for e in lab.esl.events if e["Event-Name"] == "CHANNEL_CREATE"]
    assert begun == ["x"]
    assert list(folder.iterdir()) == []
    phone.hangup()
    lab.esl.wait_for("CHANNEL_DESTROY", "x")


@pytest.mark.parametrize("spelt", [STOLEN.lower(), STOLEN.upper()])
def test_a_phone_is_found_however_it_spells_its_name(lab, rogue, spelt):
    since = len(lab.esl.events)
    rogue.registers_as(spelt)
    told = lab.esl.wait(lambda event: event.get("Event-Subclass") == "sofia::register", since)
    assert told["from-user"] == STOLEN
    lab.esl.api(f"bgapi originate {{origination_uuid=x}}user/{STOLEN}@{DOMAIN} &park()")
    rogue.wait_ringing()
    rogue.reject()
    lab.esl.wait_for("CHANNEL_DESTROY", "x")


def test_an_unregistered_phone_is_not_called(lab):
    answer = lab.esl.api(f"originate user/{STOLEN}@{DOMAIN} &park()")
    assert answer == "-ERR USER_NOT_REGISTERED"


@pytest.mark.parametrize("more", [(), (BARGES,)], ids=["takes over", "barges in"])
@pytest.mark.parametrize("leg", ["ann", "bo"])
def test_a_phone_cannot_take_over_a_talk(lab, rogue, leg, more):
    begin_talk(lab)
    since = len(lab.esl.events)
    assert rogue.steals(leg, *more) == 200
    is_refused(lab, since)
    assert are_there(lab, "ann", "bo")
    hears(lab.phones[BO], ANN)


@pytest.mark.parametrize("more", [(), (BARGES,)], ids=["takes over", "barges in"])
def test_a_phone_cannot_take_over_a_talk_by_its_call_id(lab, rogue, more):
    begin_talk(lab)
    since = len(lab.esl.events)
    assert rogue.steals(lab.esl.api("uuid_getvar ann sip_call_id"), *more) == 200
    is_refused(lab, since)
    assert are_there(lab, "ann", "bo")


def test_a_phone_that_names_an_extension_goes_through_the_dialplan(lab, rogue):
    begin_talk(lab)
    since = len(lab.esl.events)
    assert rogue.shares_the_line(f"{ANN}@{DOMAIN}") == 503  # nobody leads it on
    parked = lab.esl.wait_for("CHANNEL_PARK", since=since)
    assert parked["variable_esl_bridge_role"] == "phone"
    assert are_there(lab, "ann", "bo")


def test_a_phone_that_bypasses_the_dialplan_is_refused(settings, companies, tmp_path):
    """On a switch whose profile somebody has changed."""
    esl, sip, ws = free_ports(3)
    ports = {"port": esl, "sip_port": sip, "ws_port": ws}
    other = replace(settings, switch=replace(settings.switch, **ports))
    lab = RealLab(tmp_path, other, companies)
    file = lab.switch.conf / "sip_profiles/esl_bridge.xml"
    off = 'name="manage-presence" value="false"'
    assert off in file.read_text()
    file.write_text(file.read_text().replace(off, off.replace("false", "true")))
    with lab:
        lab.esl.subscribe("ALL")
        for name in (ANN, BO):
            lab.phones[name].start()
        begin_talk(lab)
        since = len(lab.esl.events)
        with rogue_phone(lab, other) as rogue:
            assert rogue.shares_the_line(f"{ANN}@{DOMAIN}") == 200
            is_refused(lab, since)
        assert are_there(lab, "ann", "bo")


class FromElsewhere(Stranger):
    _host = _bound = "127.0.0.2"  # no carrier's


@pytest.mark.parametrize("more", [(), (BARGES,)], ids=["takes over", "barges in"])
def test_a_stranger_from_another_address_cannot_reach_a_talk(lab, more):
    """With the list of addresses that docs/freeswitch.md has for the profile of the carriers."""
    begin_talk(lab)
    since = len(lab.esl.events)
    stranger = FromElsewhere(lab.trunk)
    stranger.start()
    try:
        stranger.steal("ann", *more)
        assert stranger.refused() == 403
    finally:
        stranger.stop()
    assert "CHANNEL_CREATE" not in [event["Event-Name"] for event in lab.esl.events[since:]]
    assert are_there(lab, "ann", "bo")


def test_a_phone_cannot_take_a_members_place_in_a_room(lab, rogue):
    own_leg(lab, "ann", ANN)
    own_leg(lab, "bo", BO)
    for leg in ("ann", "bo"):
        lab.esl.api(f"uuid_transfer {leg} 'm:~:conference:room@esl_bridge' inline")
        lab.esl.wait(lambda event: event.get("Action") == "add-member")
    since = len(lab.esl.events)
    assert rogue.steals("ann") == 200
    is_refused(lab, since)
    assert are_there(lab, "bo")  # the other the switch ends before it asks anybody


def test_a_call_without_replaces_is_answered(lab, rogue):
    since = len(lab.esl.events)
    lab.phones[BO].dial("90001_20000")
    leg = lab.esl.wait_for("CHANNEL_PARK", since=since)["Unique-ID"]
    lab.esl.api(f"uuid_answer {leg}")
    lab.phones[BO].wait_talking()
    lab.esl.wait(lambda e: e.get("Application") == "execute_extension", since)
    assert are_there(lab, leg)


def test_a_phone_cannot_fill_the_table_of_registrations(lab, rogue):
    for number in range(29):
        rogue.registers_at(f"place-{number}")
    with pytest.raises(AssertionError, match="403"):
        rogue.registers_at("one-place-too-many")
    # At the limit an end by the header Expires is refused, too.
    lab.esl.api(f"sofia profile esl_bridge flush_inbound_reg {STOLEN}@{DOMAIN}")


def test_a_wrong_password_of_a_phone_is_reported(lab, rogue):
    since = len(lab.esl.events)
    with pytest.raises(AssertionError, match="403"):
        rogue.guesses("wrong")
    told = lab.esl.wait(
        lambda event: event.get("Event-Subclass") == "sofia::register_failure", since
    )
    assert (told["to-user"], told["network-ip"]) == (STOLEN, "127.0.0.1")
