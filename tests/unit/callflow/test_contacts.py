"""The id of a contact: all who are in contact with a customer have it, here and at the switch."""

from __future__ import annotations

import json
import re

import msgspec
import pytest

from esl_bridge.domain import snapshot
from esl_bridge.domain.company import Route
from esl_bridge.domain.domain_events import ActionAdvanced, AgentStateChanged, LegOffered
from esl_bridge.domain.leg import Leg
from esl_bridge.esl.events import EavesdropStarted, QueueEntered, QueueOffered
from esl_bridge.reactions import orphan_channels, resync
from tests.builders import COMPANY, CONTACT, NAMES, NO_SUCH_CHANNEL, OUTSIDE, TenantHarness
from tests.unit.found import channel

ID = re.compile(r"contact-[0-9a-f]{32}")
ON_A = {"operated_agent_id": NAMES["A"], "operated_ext_id": NAMES["A"]}
FOREIGN = ["", "contact-1", f"contact-{0xA:032X}", f"contact-{0:032x};x=y", "contact-\n" + "0" * 31]


def contacts(harness: TenantHarness) -> set[str]:
    return {leg.call.contact_id for leg in harness.tenant.legs.values()}


def told(harness: TenantHarness, name: str) -> set[str]:
    return {item.contact_id for item in harness.pushed[NAMES[name]]}


def marked(leg: str, contact_id: str) -> str:
    return f"api uuid_setvar_multi {leg} esl_bridge_contact_id={contact_id}"


# -- who has it -----------------------------------------------------------------------------------


def test_both_legs_and_both_agents_of_a_call_have_its_contact(harness):
    near, far = harness.begin_call("A", "B")
    contact_id = harness.tenant.legs[near].call.contact_id
    assert ID.fullmatch(contact_id)
    [line] = harness.switch.take()
    assert line.count(f"esl_bridge_contact_id={contact_id};") == 2
    harness.pick_up(near)
    harness.pick_up(far)
    harness.bridge(near, far)
    assert harness.ask("A", "get_status").contact_id == contact_id
    assert harness.ask("B", "checkin", agent_pwd="example").contact_id == contact_id
    harness.ends(far)
    harness.ends(near)
    kinds = {type(item) for name in "AB" for item in harness.pushed[NAMES[name]]}
    assert kinds >= {AgentStateChanged, ActionAdvanced, LegOffered}
    assert told(harness, "A") == {contact_id}, "also of the change that the call's end is"
    assert harness.ask("A", "get_status").contact_id is None


def test_a_change_of_state_without_a_call_has_no_contact(harness):
    harness.talk("A", OUTSIDE)
    harness.ask("B", "change_status", action="MAKE_BUSY")
    assert told(harness, "B") == {""}


def test_another_call_is_another_contact(harness):
    first = harness.ask("A", "call", callee_number=OUTSIDE).contact_id
    second = harness.ask("B", "call", callee_number="13107618846").contact_id
    assert first != second


ASKED = {
    "consult": {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]},
    "trans": {"type": "1", "trans_type": "1", "trans_number": NAMES["D"]},
    "three_way": {"three_way_type": "0", "three_way_number": NAMES["D"]},
}


@pytest.mark.parametrize("msg_type", ASKED)
def test_a_third_party_shares_the_contact_of_the_call(harness, msg_type):
    near, _ = harness.talk("A", OUTSIDE)
    contact_id = harness.tenant.legs[near].call.contact_id
    assert harness.ask("A", msg_type, uuid=near, **ASKED[msg_type]).contact_id == contact_id
    assert f"esl_bridge_contact_id={contact_id};" in harness.switch.take()[-1]
    harness.rings(harness.offered("D"))
    assert told(harness, "D") == {contact_id}


def test_after_a_transfer_both_the_customer_and_the_agent_who_leaves_have_the_contact(harness):
    near, far = harness.talk("A", OUTSIDE)
    contact_id = harness.tenant.legs[near].call.contact_id
    harness.ask("A", "trans", uuid=near, **ASKED["trans"])
    target = harness.offered("D")
    harness.takes(target)
    harness.bridge(target, far)
    assert contacts(harness) == {contact_id}
    harness.ends(near)
    assert told(harness, "A") == {contact_id}
    harness.ask("D", "trans", uuid=target, type="1", trans_type="3", trans_number="2001")
    harness.ends(target)
    assert contacts(harness) == {contact_id}, "in the IVR, too"


@pytest.mark.parametrize("act", ["eavesdrop", "whisper", "force_call", "substitute"])
def test_a_supervisor_who_joins_shares_the_contact(harness, act):
    near, far = harness.talk("A", OUTSIDE)
    contact_id = harness.tenant.legs[near].call.contact_id
    reply = harness.ask("S", act, **ON_A)
    assert reply.contact_id == contact_id
    assert f"esl_bridge_contact_id={contact_id};" in harness.switch.take()[-1]
    harness.pick_up(reply.uuid)
    if act == "substitute":
        harness.parks(reply.uuid)
        harness.bridge(reply.uuid, far)
    else:
        harness.event(EavesdropStarted(near))
    assert contacts(harness) == told(harness, "S") == {contact_id}


def test_a_supervisor_who_interrupts_a_call_gets_its_contact(harness):
    near, _ = harness.talk("A", OUTSIDE)
    contact_id = harness.tenant.legs[near].call.contact_id
    harness.ask("S", "interrupt_call", **ON_A)
    assert told(harness, "S") == {contact_id}


def test_a_recordings_callback_has_the_contact_and_its_file_the_usual_name(harness):
    near, far = harness.talk("A", OUTSIDE)
    harness.ask("A", "record_control", uuid=near, action="start")
    [recording] = harness.tenant.recordings.values()
    assert far in recording.file
    harness.ends(far)
    [end] = [item for item in harness.pushed[NAMES["A"]] if getattr(item, "kind", "") == "RECORD"]
    assert ID.fullmatch(end.contact_id)


# -- who calls in ---------------------------------------------------------------------------------


def test_a_caller_who_brings_a_contact_along_keeps_it(harness):
    harness.caller(contact_id=CONTACT)
    assert contacts(harness) == {CONTACT}
    assert not any("uuid_setvar" in line for line in harness.switch.take())


@pytest.mark.parametrize("brought", FOREIGN)
def test_a_caller_without_a_contact_gets_one_before_it_is_routed(harness, brought):
    leg = harness.caller(contact_id=brought)
    [contact_id] = contacts(harness)
    assert ID.fullmatch(contact_id)
    assert harness.switch.take()[0] == marked(leg, contact_id)


def test_a_caller_that_leaves_while_it_gets_a_contact_rings_nobody():
    harness = TenantHarness(fallback=Route(agent=NAMES["B"]))

    def gives_up():
        [leg] = harness.tenant.legs
        harness.ends(leg, "ORIGINATOR_CANCEL")
        raise NO_SUCH_CHANNEL

    harness.switch.will("uuid_setvar_multi", gives_up)
    harness.caller(contact_id="")
    harness.nothing_left()
    assert len(harness.switch.take()) == 1


def test_a_phone_that_dials_gets_a_contact_without_an_extra_command():
    harness = TenantHarness(dial_from_phone=True)
    harness.dials("A", OUTSIDE)
    [contact_id] = contacts(harness)
    [line] = harness.switch.take()
    assert line.count(f"esl_bridge_contact_id={contact_id}") == 2


def waits_in_the_queue(harness: TenantHarness, carried: str = "") -> None:
    about = (COMPANY, "40010005", OUTSIDE, "", "", f"1001@{COMPANY}", "wait-1")
    harness.event(QueueEntered("customer", *about, contact_id=carried))


def is_offered(harness: TenantHarness) -> None:
    harness.event(QueueOffered("offer", COMPANY, NAMES["A"], "customer", OUTSIDE))


@pytest.mark.parametrize("carried", ["", CONTACT])
def test_a_caller_in_a_queue_and_the_phone_that_is_offered_it_share_a_contact(harness, carried):
    waits_in_the_queue(harness, carried)
    is_offered(harness)
    [contact_id] = contacts(harness)
    waits = [marked("customer", contact_id)] if not carried else []
    assert harness.switch.take() == [*waits, marked("offer", contact_id)]
    is_offered(harness)
    assert harness.switch.take() == [], "once"
    [callin] = [item for item in harness.pushed[NAMES["A"]] if isinstance(item, LegOffered)]
    assert callin.contact_id == contact_id
    assert carried in ("", contact_id)


@pytest.mark.parametrize("carried", ["", CONTACT, "nonsense"])
def test_the_contact_of_an_unknown_customer_is_queried_for_its_offer(harness, carried):
    headers = {"Unique-ID": "customer", "variable_esl_bridge_contact_id": carried}
    harness.switch.will("uuid_dump", json.dumps(headers))
    is_offered(harness)
    [contact_id] = contacts(harness)
    waits = [marked("customer", contact_id)] if carried != CONTACT else []
    assert harness.switch.take()[1:] == [*waits, marked("offer", contact_id)]
    assert (contact_id == CONTACT) is (carried == CONTACT)


# -- over a restart -------------------------------------------------------------------------------


def read_back(harness: TenantHarness, legs: dict[Leg, str]) -> list[str]:
    """What is done about legs that carry this at the switch."""
    harness.switch.take()
    named = {
        leg: channel(leg.uuid, "call", variable_esl_bridge_contact_id=carried)
        for leg, carried in legs.items()
    }
    for steps in resync.catch_up(harness.tenant, named):
        harness.run(steps)
    return [line for line in harness.switch.take() if "contact_id" in line]


def test_the_state_keeps_the_contact_and_a_state_without_one_is_read(harness):
    near, _ = harness.talk("A", OUTSIDE)
    call = harness.tenant.legs[near].call
    body = snapshot.dump_call(call)
    assert (
        snapshot.load_call(body, harness.tenant.roster.agent_or_stand_in).contact_id
        == call.contact_id
    )
    rows = msgspec.json.decode(body)
    assert rows[0].pop("contact_id")
    assert (
        snapshot.load_call(
            msgspec.json.encode(rows), harness.tenant.roster.agent_or_stand_in
        ).contact_id
        == ""
    )


def test_a_resync_sets_the_contact_of_legs_that_lack_it(harness):
    near, far = (harness.tenant.legs[leg] for leg in harness.talk("A", OUTSIDE))
    contact_id = near.call.contact_id
    sent = read_back(harness, {near: contact_id, far: ""})
    assert sent == [marked(far.uuid, contact_id)]
    assert read_back(harness, {near: contact_id, far: contact_id}) == []


def test_a_restored_call_without_a_contact_takes_the_one_of_a_leg(harness):
    near, far = (harness.tenant.legs[leg] for leg in harness.talk("A", OUTSIDE))
    near.call.contact_id = ""
    assert read_back(harness, {near: "", far: CONTACT}) == [marked(near.uuid, CONTACT)]
    assert near.call.contact_id == CONTACT


def test_a_restored_call_without_a_contact_gets_a_new_one(harness):
    near, far = (harness.tenant.legs[leg] for leg in harness.talk("A", OUTSIDE))
    near.call.contact_id = ""
    sent = read_back(harness, {near: "", far: ""})
    assert ID.fullmatch(near.call.contact_id)
    assert sent == [marked(leg.uuid, near.call.contact_id) for leg in (near, far)]


@pytest.mark.parametrize(("near", "far"), [(CONTACT, CONTACT), (CONTACT, ""), ("", CONTACT)])
def test_an_unknown_talk_keeps_its_contact(harness, near, far):
    pair = [
        channel("a", "call", agent=NAMES["A"], bond="b", variable_esl_bridge_contact_id=near),
        channel("b", "callin", bond="a", variable_esl_bridge_contact_id=far),
    ]
    for steps in orphan_channels.take_in(harness.tenant, pair, harness.tenant.node):
        harness.run(steps)
    assert contacts(harness) == {CONTACT}
    lacking = [leg for leg, carried in [("a", near), ("b", far)] if not carried]
    assert harness.switch.take() == [marked(leg, CONTACT) for leg in lacking]


def test_a_customer_who_arrived_during_a_lost_link_has_a_contact(harness):
    waits = {"Channel-State": "CS_PARK", "variable_esl_bridge_number": "40010002"}
    came = channel("c", "customer", variable_esl_bridge_contact_id="", **waits)
    for steps in orphan_channels.take_in(harness.tenant, [came], harness.tenant.node):
        harness.run(steps)
    [contact_id] = contacts(harness)
    assert [line for line in harness.switch.take() if line.startswith("api uuid_setvar")] == [
        marked("c", contact_id)
    ]
