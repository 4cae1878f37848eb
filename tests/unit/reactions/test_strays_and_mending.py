"""What a new daemon makes of legs as it finds them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from esl_bridge.callflow import mending
from esl_bridge.domain.company import Route
from esl_bridge.domain.leg import Hold, Leg
from esl_bridge.domain.shown import in_call_numbers
from esl_bridge.domain.states import Status
from esl_bridge.esl import channels
from esl_bridge.esl.channels import Channel
from esl_bridge.reactions import resync, strays
from tests.builders import (
    COMPANY,
    CONTACT,
    NAMES,
    OUTSIDE,
    PREMISES,
    Office,
)

A, B = NAMES["A"], NAMES["B"]


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


def carries(office: Office, found: Channel) -> Channel:
    """As the leg of this uuid was called by the service, or told."""
    leg = office.desk.legs.get(found.uuid)
    contact_id = leg.call.contact_id if leg is not None else CONTACT
    return replace(found, parked_as=replace(found.parked_as, contact_id=contact_id))


def playing(sound: str) -> dict[str, str]:
    return {
        "variable_current_application": "playback",
        "variable_current_application_data": sound,
    }


def take_in(office: Office, *found: Channel) -> None:
    for steps in strays.take_in(office.desk, found):
        office.run(steps)
    office.settle()


class TestStrays:
    def test_two_that_talk_go_on_and_the_agent_finds_itself_in_the_call(self, office: Office):
        office.put("A", Status.OFFLINE)
        customer = channel("c", "customer", bond="a")
        take_in(office, customer, channel("a", "callin", agent=A, bond="c"))
        assert office.switch.heard == []
        office.ask("A", "checkin", agent_pwd="example")
        assert office.status("A") is Status.CALLING
        office.ends("c")
        office.ends("a")
        assert office.status("A") is Status.FREE

    def test_who_is_at_work_is_in_the_call_at_once(self, office: Office):
        take_in(office, channel("a", "call", agent=A, bond="b"), channel("b", "callin", bond="a"))
        assert office.status("A") is Status.CALLING

    def test_who_was_called_outside_has_its_number_yet(self, office: Office):
        """Its destination is the music that it was sent to meanwhile."""
        marks = {
            "variable_esl_bridge_dialled": OUTSIDE,
            "Caller-Destination-Number": f"playback:{PREMISES.hold_sound}",
        }
        far = channel("b", "callin", bond="a", **marks)
        take_in(office, channel("a", "call", agent=A, bond="b"), far)
        assert in_call_numbers(office.agent("A")) == [OUTSIDE]

    @pytest.mark.parametrize("role", ["call", "callin", "consult", "eavesdrop", "phone"])
    def test_whoever_has_nobody_to_join_is_ended(self, office: Office, role: str):
        take_in(office, channel("a", role, agent=A))
        assert office.switch.heard == ["api uuid_kill a NORMAL_CLEARING"]

    def test_a_customer_who_hears_our_music_goes_to_the_fallback(self):
        office = Office(fallback=Route(skill="1001"))
        take_in(office, channel("c", "customer", **playing(PREMISES.hold_sound)))
        [sent] = office.switch.heard
        assert sent.startswith("api uuid_transfer c skill_")

    def test_a_customer_in_an_ivr_stays_there(self, office: Office):
        take_in(office, channel("c", "customer", **playing("welcome.wav")))
        assert office.switch.heard == []

    def test_so_does_one_in_a_queue_and_is_known(self, office: Office):
        waits = {
            "variable_current_application": "callcenter",
            "Caller-Channel-Created-Time": "5000",
        }
        take_in(office, channel("c", "customer", **waits))
        assert office.switch.heard == []
        customer = office.desk.legs["c"]
        assert customer.is_customer and customer.answered and customer.began_ms == 5
        assert customer.call.contact_id == CONTACT

    def test_an_offer_of_a_queue_is_its_own(self, office: Office):
        queued = {"variable_cc_side": "agent", "variable_cc_member_session_uuid": "c"}
        take_in(office, channel("a", "callin", agent=A, **queued))
        assert office.switch.heard == []


class TestOffersOfAQueue:
    def offer(self, **headers: Any) -> Channel:
        queued = {"variable_cc_side": "agent", "variable_cc_member_session_uuid": self.customer}
        return channel("a", "callin", agent=A, **queued, **headers)

    @pytest.fixture(autouse=True)
    def in_the_queue(self, office: Office):
        self.customer = office.caller(answered=True)
        office.forget()
        leg = office.desk.legs[self.customer]
        for other in leg.call.others(leg):
            office.ends(other.uuid)
        office.forget()

    def test_a_talk_of_which_nobody_heard_is_its_agents(self, office: Office):
        take_in(office, self.offer(bond=self.customer))
        assert office.got("A") == ["callin", "FREE>CALLING"]
        assert office.desk.legs["a"].peer is office.desk.legs[self.customer]

    def test_a_phone_that_rings_unheard_of_is_told(self, office: Office):
        take_in(office, self.offer(**{"Answer-State": "ringing"}))
        assert office.got("A") == ["callin", "FREE>RINGING"]

    def test_so_is_one_whose_customer_nobody_has_heard_of_either(self, office: Office):
        self.customer = "c"
        ringing = self.offer(**{"Answer-State": "ringing"})
        take_in(
            office, channel("c", "customer", variable_current_application="callcenter"), ringing
        )
        assert office.got("A") == ["callin", "FREE>RINGING"]
        assert office.desk.legs["a"].call.customer is office.desk.legs["c"]

    def test_whose_agent_has_left_is_no_state(self, office: Office):
        office.put("A", Status.OFFLINE)
        take_in(office, self.offer(bond=self.customer))
        assert office.got("A") == []
        assert office.agent("A").left is office.desk.legs["a"]

    def test_its_customer_is_not_alone(self, office: Office):
        leg = office.desk.legs[self.customer]
        leg.talked = True
        seen = {leg: channel(leg.uuid, "customer", bond="a", **playing(PREMISES.hold_sound))}
        assert mend(office, seen) == []


def mend(office: Office, seen: dict[Leg, Channel]) -> list[str]:
    office.switch.take()
    seen = {leg: carries(office, found) for leg, found in seen.items()}
    for steps in resync.catch_up(office.desk, seen):
        office.run(steps)
    for call in {leg.call for leg in seen}:
        office.run(mending.mend(office.desk, call, seen))
    return office.switch.take()


class TestMending:
    def talk(self, office: Office, **headers: Any) -> dict[Leg, Channel]:
        near, far = (office.desk.legs[uuid] for uuid in office.talk("A", "B"))
        return {
            near: channel(near.uuid, "call", agent=A, bond=far.uuid, **headers),
            far: channel(far.uuid, "callin", agent=B, bond=near.uuid, **headers),
        }

    def test_a_talk_is_left_alone(self, office: Office):
        assert mend(office, self.talk(office)) == []

    def test_whom_nobody_released_is_released(self, office: Office):
        sent = mend(office, self.talk(office, variable_park_after_bridge="true"))
        assert [line.split()[1] for line in sent] == ["uuid_setvar_multi"] * 2
        assert all("hangup_after_bridge=true" in line for line in sent)

    def test_two_that_nobody_joined_again_are_joined(self, office: Office):
        seen = self.talk(office)
        apart = {
            leg: channel(leg.uuid, found.role, agent=found.agent) for leg, found in seen.items()
        }
        office.waits.append(lambda: office.bridge(*(leg.uuid for leg in seen)))
        sent = mend(office, apart)
        assert sum(line.startswith("api uuid_bridge") for line in sent) == 1

    @pytest.mark.parametrize("hold", [Hold.ASKED, Hold.UNSURE, Hold.ENDING])
    def test_music_of_which_nobody_was_told_ends(self, office: Office, hold: Hold):
        seen = self.talk(office)
        near, far = seen
        near.hold = hold
        assert mend(office, seen) == [f"api uuid_break {far.uuid} all"]
        assert near.hold is Hold.NO

    def test_a_hold_button_that_nobody_heard_of_is_seen(self, office: Office):
        seen = self.talk(office)
        held = {"Channel-Call-State": "HELD"}
        near, far = seen
        mend(office, seen | {near: channel(near.uuid, "call", agent=A, bond=far.uuid, **held)})
        office.settle()
        assert office.got("A") == ["CALLING>CALLING/HOLD"]
        mend(office, seen)
        office.settle()
        assert office.got("A") == ["CALLING/HOLD>CALLING"]

    def test_a_hold_stays(self, office: Office):
        seen = self.talk(office)
        near, _ = seen
        office.desk.holds(near, Hold.MUSIC)
        assert mend(office, seen) == []
        assert near.holds
