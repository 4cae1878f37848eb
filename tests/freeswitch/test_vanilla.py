"""Calls of customers and agents on FreeSWITCH's stock configuration plus the rendered files."""

from __future__ import annotations

import json

import msgspec
import pytest

from esl_bridge.domain.company import External
from esl_bridge.errors import SwitchRefused
from esl_bridge.esl.commands import ALLOWED_API, Command
from esl_bridge.esl.decoding import SUBSCRIPTION
from esl_bridge.render.check import check_switch
from tests.freeswitch.conftest import STOLEN, UNUSED
from tests.freeswitch.talks import ANN, BO, CUSTOMER, DOMAIN, hears, own_leg
from tests.lab.esl import Esl, Event, Refused
from tests.lab.phone import Line, Phone
from tests.lab.process import free_ports


@pytest.fixture
def account(lab, settings):
    """The event socket as the daemon may use it."""
    esl = Esl(settings.switch.port, f"userauth {settings.switch.user}:{settings.switch.password}")
    yield esl
    esl.close()


def arrived(lab, number):
    """The customer calls a number; returns the event of its leg that waits for the daemon."""
    lab.phones[CUSTOMER].dial(number)
    return lab.esl.wait_for("CHANNEL_PARK")


def test_two_agents_hear_each_other(lab):
    ann, bo = lab.phones[ANN], lab.phones[BO]
    lab.esl.api(
        f"bgapi originate {{origination_uuid=ann}}user/{ANN}@{DOMAIN} "
        f"&bridge([origination_uuid=bo]user/{BO}@{DOMAIN})"
    )
    ann.wait_ringing()
    ann.answer()
    bo.wait_ringing()
    bo.answer()
    lab.esl.wait_for("CHANNEL_BRIDGE", "ann")
    hears(ann, BO)
    hears(bo, ANN)
    ann.dtmf("159#")
    bo.wait_digits("159#")
    ann.hold()
    lab.esl.wait_for("PLAYBACK_START", "bo")
    hears(bo, "MOH")
    ann.resume()
    lab.esl.wait_for("PLAYBACK_STOP", "bo")
    hears(bo, ANN)
    bo.hangup()
    ann.wait_idle()
    lab.esl.wait_for("CHANNEL_DESTROY", "bo")
    lab.esl.wait_for("CHANNEL_DESTROY", "ann")


def test_a_customer_waits_unanswered_and_is_reported_with_the_number_it_dialled(lab):
    event = arrived(lab, "40010002")
    assert event["Answer-State"] == "ringing"
    assert event["variable_esl_bridge_company"] == "90001"
    assert event["variable_esl_bridge_role"] == "customer"
    assert event["variable_esl_bridge_number"] == "40010002"
    lab.esl.api(f"uuid_kill {event['Unique-ID']} USER_BUSY")
    assert lab.phones[CUSTOMER].wait_idle() == "486 Busy Here"


def test_a_customer_hears_ringback_and_then_the_agent(lab):
    customer = lab.phones[CUSTOMER]
    leg = arrived(lab, "40010002")["Unique-ID"]
    lab.esl.api(f"uuid_transfer {leg} ringback XML esl_bridge")
    lab.esl.wait_for("PLAYBACK_START", leg)
    hears(customer, "RINGBACK")
    own_leg(lab, "ann", ANN)
    lab.esl.api(f"uuid_answer {leg}")
    lab.esl.api(f"uuid_bridge ann {leg}")
    customer.wait_talking()
    hears(customer, ANN)
    hears(lab.phones[ANN], CUSTOMER)
    lab.phones[ANN].hangup()
    customer.wait_idle()


def test_a_customer_whom_no_daemon_takes_is_released(lab):
    arrived(lab, "40010002")
    assert lab.phones[CUSTOMER].wait_idle(8) == "503 Service Unavailable"


@pytest.mark.parametrize(("number", "sound"), [("40010001", "MOH"), ("+8640010003", "IVR")])
def test_a_queue_and_an_ivr_answer(lab, number, sound):
    lab.phones[CUSTOMER].dial(number)
    lab.phones[CUSTOMER].wait_talking()
    hears(lab.phones[CUSTOMER], sound)


@pytest.mark.parametrize(
    ("place", "told"),
    [("ivr_gone", "nowhere ivr_gone"), ("${domain}", "nowhere "), ("arrive", None)],
)
def test_a_transfer_to_a_missing_extension_is_reported_to_the_daemon(lab, place, told):
    leg = arrived(lab, "40010002")["Unique-ID"]
    lab.esl.events.clear()
    lab.esl.api(f"uuid_transfer {leg} {place} XML esl_bridge")
    event = lab.esl.wait_for("CHANNEL_PARK", leg)
    assert event.get("variable_current_application_data") == told


@pytest.mark.parametrize("dialled", ["13900000002", BO, "skill_1001", "ringback", "nowhere"])
def test_every_call_that_a_phone_dials_waits_for_the_daemon(lab, dialled):
    lab.phones[ANN].dial(dialled)
    event = lab.esl.wait_for("CHANNEL_PARK")
    assert event["variable_esl_bridge_role"] == "phone"
    assert event["variable_esl_bridge_extension"] == ANN
    assert event["variable_esl_bridge_company"] == "90001"
    assert event["variable_esl_bridge_dialled"] == dialled
    lab.esl.api(f"uuid_kill {event['Unique-ID']} CALL_REJECTED")
    assert lab.phones[ANN].wait_idle() == "603 Decline"


def test_a_phone_cannot_dial_into_a_queue(lab):
    lab.phones[ANN].dial("skill_1001%4090001")  # the switch decodes it
    ended = lab.esl.wait(lambda event: _over(event) == "skill_1001@90001")
    assert ended["variable_sip_hangup_disposition"] == "send_refuse"


def _over(event: Event) -> str | None:
    """What a leg had dialled that is over."""
    is_over = event["Event-Name"] == "CHANNEL_HANGUP_COMPLETE"
    return event["Caller-Destination-Number"] if is_over else None


def test_a_caller_sent_to_a_missing_extension_is_not_lost(lab):
    leg = arrived(lab, "40010002")["Unique-ID"]
    before = len(lab.esl.events)
    lab.esl.api(f"uuid_transfer {leg} no_such_ivr XML esl_bridge")
    lab.esl.wait_for("CHANNEL_PARK", leg, since=before)


def test_an_outside_phone_is_reached_through_the_gateway(lab):
    own_leg(lab, "ann", ANN)
    customer = lab.phones[CUSTOMER]
    lab.esl.api(
        "bgapi originate {origination_uuid=far}sofia/gateway/carrier/" + CUSTOMER + " &park()"
    )
    customer.wait_ringing()
    customer.answer()
    lab.esl.wait_for("CHANNEL_PARK", "far")
    lab.esl.api("uuid_bridge ann far")
    lab.esl.wait_for("CHANNEL_BRIDGE")
    hears(customer, ANN)
    lab.esl.api("uuid_send_dtmf far 12#@150")
    customer.wait_digits("12#")
    customer.hangup()
    lab.esl.wait_for("CHANNEL_HANGUP_COMPLETE", "far")


def test_a_carriers_early_media_is_heard(lab):
    ann = lab.phones[ANN]
    lab.esl.api(
        f"bgapi originate {{origination_uuid=ann}}user/{ANN}@{DOMAIN} "
        "&bridge([origination_uuid=far]sofia/gateway/carrier/1183)"
    )
    ann.wait_ringing()
    ann.answer()
    lab.esl.wait_for("CHANNEL_PROGRESS_MEDIA", "far")
    hears(ann, "EARLY")
    lab.carrier.refuse("1183", 486)
    assert lab.esl.wait_for("CHANNEL_HANGUP", "ann")["Hangup-Cause"] == "USER_BUSY"


@pytest.mark.parametrize(
    ("number", "cause"), [("0404", "UNALLOCATED_NUMBER"), ("0486", "USER_BUSY")]
)
def test_the_test_carrier_refuses_by_the_number_dialled(lab, number, cause):
    lab.esl.api(f"bgapi originate {{origination_uuid=far}}sofia/gateway/fail/{number} &park()")
    assert lab.esl.wait_for("CHANNEL_HANGUP", "far")["Hangup-Cause"] == cause


def test_the_daemons_account_may_run_every_command_of_the_daemon(account):
    account.subscribe(SUBSCRIPTION)
    for name in ALLOWED_API:
        account.api(name)


def test_the_daemons_account_may_run_no_other_command(lab, account):
    """Of all that this switch has; neither at once nor behind a command that is allowed."""
    every = {row["name"] for row in json.loads(lab.esl.api("show api as json"))["rows"]}
    assert {"system", "reloadxml", "fsctl", "load", "lua", "hupall"} & every
    assert set(ALLOWED_API) < every | {"bgapi"}
    for name in every - set(ALLOWED_API):
        for way in ("api", "bgapi", "api bgapi"):
            with pytest.raises(Refused, match="permission denied"):
                account.command(f"{way} {name}")
    with pytest.raises(Refused, match="permission denied"):
        account.command("log 7")


def test_no_phone_can_register_as_the_daemons_account(lab, settings, tmp_path):
    line = Line(
        "daemon",
        f"127.0.0.1:{settings.switch.sip_port}",
        *free_ports(2),
        range(2),
        password="",
    )
    intruder = Phone(line, tmp_path / "intruder", lab.wire, {"daemon": 999})
    try:
        with pytest.raises(AssertionError, match="may not register"):
            intruder.start()
    finally:
        intruder.kill()


def test_a_phone_cannot_redirect_its_call(lab, rogue):
    """By 302: a carrier that trusts the switch would set up, and bill, what no policy has seen."""
    lab.esl.api(f"bgapi originate {{origination_uuid=x}}user/{STOLEN}@{DOMAIN} &park()")
    rogue.wait_ringing()
    rogue.moves(f"sip:{CUSTOMER}@127.0.0.1:{lab.phones[CUSTOMER].line.sip_port}")
    assert lab.esl.wait_for("CHANNEL_HANGUP", "x")["Hangup-Cause"] == "REQUESTED_CHAN_UNAVAIL"


def test_a_phone_cannot_refer_its_partner_elsewhere(lab, rogue):
    """By REFER: the stock dialplan, through which a carrier is reached, would run for it."""
    own_leg(lab, "bo", BO)
    lab.esl.api(f"bgapi originate {{origination_uuid=x}}user/{STOLEN}@{DOMAIN} &park()")
    rogue.wait_ringing()
    rogue.answer()
    lab.esl.wait_for("CHANNEL_PARK", "x")
    lab.esl.api("uuid_bridge x bo")
    lab.esl.wait_for("CHANNEL_BRIDGE")
    assert rogue.refers("9664") == 405
    rogue.hangup()
    lab.esl.wait_for("CHANNEL_HANGUP_COMPLETE", "bo")


def test_a_phone_cannot_run_commands(lab, rogue):
    """By MESSAGE: its text is thrown away, unread, so that nobody is asked who it is from."""
    assert rogue.says("api+global_setvar%20stolen%3Dyes%20") == [202]
    assert lab.esl.api("global_getvar stolen").startswith("-ERR")


def test_check_names_what_a_switch_lacks_and_nothing_else(lab, account, settings, companies):
    def run(command: Command) -> str:
        try:
            answer = account.command(command.line())
        except Refused as refused:
            raise SwitchRefused(str(refused)) from None
        if answer.startswith(("-ERR", "-USAGE")):
            raise SwitchRefused(answer)
        return answer

    assert check_switch(run, settings.switch, companies) == []
    lab.esl.api(f"callcenter_config queue unload {UNUSED}@90001")
    assert check_switch(run, settings.switch, _dialling("carrier", companies)) == [
        f"mod_callcenter, queues: {UNUSED}@90001 not loaded; "
        "for each: callcenter_config queue load NAME"
    ]
    lab.esl.api(f"callcenter_config queue load {UNUSED}@90001")
    (line,) = check_switch(run, settings.switch, _dialling("nowhere", companies))
    assert line.startswith("gateway nowhere, named by external.dial, does not exist; ")
    grown = {"90001": companies["90001"], "90002": _other(companies["90001"])}
    assert [line.partition(":")[0] for line in check_switch(run, settings.switch, grown)] == [
        "directory esl-bridge.local, extensions",
        "dialplan esl_bridge",
        "dialplan public",
        "mod_callcenter, queues",
    ]


def _dialling(gateway, companies):
    dial = f"sofia/gateway/{gateway}/{{number}}"
    external = External(dial=dial, caller_id="40010001", allowed=())
    return {"90001": msgspec.structs.replace(companies["90001"], external=external)}


def _other(company):
    return msgspec.structs.replace(
        company,
        code="90002",
        extensions={"90002_1": company.extensions[ANN]},
        numbers={"40020001": company.numbers["40010002"]},
    )


def test_a_phone_is_still_registered_after_a_crash_of_the_switch(lab):
    own_leg(lab, "ann", ANN)
    lab.crash_switch()
    lab.phones[ANN].hangup()
    lab.start_switch()
    lab.esl.subscribe("ALL")
    assert lab.legs() == []
    own_leg(lab, "bo", BO)
    assert lab.legs() == ["bo"]
