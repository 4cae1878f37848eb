"""What a new daemon makes of legs as it finds them."""

from __future__ import annotations

from typing import Any

import pytest

from esl_bridge.callflow import recovery
from esl_bridge.domain import leg_changes
from esl_bridge.domain.company import Route
from esl_bridge.domain.leg import Hold, Leg
from esl_bridge.domain.presence import in_call_numbers
from esl_bridge.domain.states import Status
from esl_bridge.esl.channels import Channel
from esl_bridge.reactions import orphan_channels, resync
from tests.builders import (
    CONTACT,
    NAMES,
    OUTSIDE,
    SWITCH_SETTINGS,
    TenantHarness,
)
from tests.unit.found import carries, channel

A, B = NAMES["A"], NAMES["B"]


def playing(sound: str) -> dict[str, str]:
    return {
        "variable_current_application": "playback",
        "variable_current_application_data": sound,
    }


def take_in(harness: TenantHarness, *found: Channel) -> None:
    for steps in orphan_channels.take_in(harness.tenant, found, harness.tenant.node):
        harness.run(steps)
    harness.publish_changes()


class TestOrphans:
    def test_two_orphans_that_talk_go_on_and_the_agent_finds_itself_in_the_call(
        self, harness: TenantHarness
    ):
        harness.put("A", Status.OFFLINE)
        customer = channel("c", "customer", bond="a")
        take_in(harness, customer, channel("a", "callin", agent=A, bond="c"))
        assert harness.switch.heard == []
        harness.ask("A", "checkin", agent_pwd="example")
        assert harness.status("A") is Status.CALLING
        harness.ends("c")
        harness.ends("a")
        assert harness.status("A") is Status.FREE

    def test_an_agent_at_work_is_in_an_orphan_call_at_once(self, harness: TenantHarness):
        take_in(harness, channel("a", "call", agent=A, bond="b"), channel("b", "callin", bond="a"))
        assert harness.status("A") is Status.CALLING

    def test_an_orphan_that_was_called_outside_still_has_its_number(self, harness: TenantHarness):
        """Its destination is the music that it was sent to meanwhile."""
        marks = {
            "variable_esl_bridge_dialled": OUTSIDE,
            "Caller-Destination-Number": f"playback:{SWITCH_SETTINGS.hold_sound}",
        }
        far = channel("b", "callin", bond="a", **marks)
        take_in(harness, channel("a", "call", agent=A, bond="b"), far)
        assert in_call_numbers(harness.agent("A")) == [OUTSIDE]

    @pytest.mark.parametrize("role", ["call", "callin", "consult", "eavesdrop", "phone"])
    def test_an_orphan_without_a_partner_is_ended(self, harness: TenantHarness, role: str):
        take_in(harness, channel("a", role, agent=A))
        assert harness.switch.heard == ["api uuid_kill a NORMAL_CLEARING"]

    def test_an_orphan_customer_who_hears_our_music_goes_to_the_fallback(self):
        harness = TenantHarness(fallback=Route(skill="1001"))
        take_in(harness, channel("c", "customer", **playing(SWITCH_SETTINGS.hold_sound)))
        [sent] = harness.switch.heard
        assert sent.startswith("api uuid_transfer c skill_")

    def test_an_orphan_customer_in_an_ivr_stays_there(self, harness: TenantHarness):
        take_in(harness, channel("c", "customer", **playing("welcome.wav")))
        assert harness.switch.heard == []

    def test_an_orphan_customer_in_a_queue_stays_there_and_is_known(self, harness: TenantHarness):
        waits = {
            "variable_current_application": "callcenter",
            "Caller-Channel-Created-Time": "5000",
        }
        take_in(harness, channel("c", "customer", **waits))
        assert harness.switch.heard == []
        customer = harness.tenant.legs["c"]
        assert customer.is_customer and customer.answered and customer.progress.began_ms == 5
        assert customer.call.contact_id == CONTACT

    def test_an_orphan_offer_of_a_queue_is_left_to_the_queue(self, harness: TenantHarness):
        queued = {"variable_cc_side": "agent", "variable_cc_member_session_uuid": "c"}
        take_in(harness, channel("a", "callin", agent=A, **queued))
        assert harness.switch.heard == []


class TestOffersOfAQueue:
    def offer(self, **headers: Any) -> Channel:
        queued = {"variable_cc_side": "agent", "variable_cc_member_session_uuid": self.customer}
        return channel("a", "callin", agent=A, **queued, **headers)

    @pytest.fixture(autouse=True)
    def in_the_queue(self, harness: TenantHarness):
        self.customer = harness.caller(answered=True)
        harness.forget()
        leg = harness.tenant.legs[self.customer]
        for other in leg.call.others(leg):
            harness.ends(other.uuid)
        harness.forget()

    def test_an_unreported_talk_of_a_queue_belongs_to_its_agent(self, harness: TenantHarness):
        take_in(harness, self.offer(bond=self.customer))
        assert harness.got("A") == ["callin", "FREE>CALLING"]
        assert harness.tenant.legs["a"].peer is harness.tenant.legs[self.customer]

    def test_a_customer_kept_for_a_withdrawn_offer_ends_with_its_agent_again(
        self, harness: TenantHarness
    ):
        harness.tenant.legs[self.customer].position.parks_on_unbridge = True
        take_in(harness, self.offer(bond=self.customer))
        released = [line for line in harness.switch.take() if "park_after_bridge=;" in line]
        assert [line.split()[2] for line in released] == [self.customer]

    def test_an_unreported_ringing_offer_is_reported(self, harness: TenantHarness):
        take_in(harness, self.offer(**{"Answer-State": "ringing"}))
        assert harness.got("A") == ["callin", "FREE>RINGING"]

    def test_an_unreported_offer_for_an_unreported_customer_is_reported(
        self, harness: TenantHarness
    ):
        self.customer = "c"
        ringing = self.offer(**{"Answer-State": "ringing"})
        take_in(
            harness, channel("c", "customer", variable_current_application="callcenter"), ringing
        )
        assert harness.got("A") == ["callin", "FREE>RINGING"]
        assert harness.tenant.legs["a"].call.customer is harness.tenant.legs["c"]

    def test_an_offer_to_an_agent_that_checked_out_does_not_set_its_state(
        self, harness: TenantHarness
    ):
        harness.put("A", Status.OFFLINE)
        take_in(harness, self.offer(bond=self.customer))
        assert harness.got("A") == []
        assert harness.agent("A").detached_leg is harness.tenant.legs["a"]

    def test_the_customer_of_an_unreported_offer_is_not_rerouted(self, harness: TenantHarness):
        leg = harness.tenant.legs[self.customer]
        leg.progress.talked = True
        seen = {leg: channel(leg.uuid, "customer", bond="a", **playing(SWITCH_SETTINGS.hold_sound))}
        assert recover(harness, seen) == []


def recover(harness: TenantHarness, seen: dict[Leg, Channel]) -> list[str]:
    harness.switch.take()
    dumps = {leg.uuid: carries(harness, found) for leg, found in seen.items()}
    seen, _ = resync.sort_out(seen, dumps)
    for steps in resync.catch_up(harness.tenant, seen):
        harness.run(steps)
    for call in {leg.call for leg in seen}:
        harness.run(recovery.recover(harness.tenant, call, seen))
    return harness.switch.take()


class TestRecovery:
    def talk(self, harness: TenantHarness, **headers: Any) -> dict[Leg, Channel]:
        near, far = (harness.tenant.legs[uuid] for uuid in harness.talk("A", "B"))
        return {
            near: channel(near.uuid, "call", agent=A, bond=far.uuid, **headers),
            far: channel(far.uuid, "callin", agent=B, bond=near.uuid, **headers),
        }

    def test_recovery_leaves_a_talk_alone(self, harness: TenantHarness):
        assert recover(harness, self.talk(harness)) == []

    def test_recovery_sets_a_pair_to_end_together(self, harness: TenantHarness):
        sent = recover(harness, self.talk(harness, variable_park_after_bridge="true"))
        assert [line.split()[1] for line in sent] == ["uuid_setvar_multi"] * 2
        assert all("hangup_after_bridge=true" in line for line in sent)

    def test_recovery_bridges_two_separated_legs(self, harness: TenantHarness):
        seen = self.talk(harness)
        apart = {
            leg: channel(leg.uuid, found.role, agent=found.agent) for leg, found in seen.items()
        }
        harness.waits.append(lambda: harness.bridge(*(leg.uuid for leg in seen)))
        sent = recover(harness, apart)
        assert sum(line.startswith("api uuid_bridge") for line in sent) == 1

    @pytest.mark.parametrize("hold", [Hold.ASKED, Hold.UNSURE, Hold.ENDING])
    def test_recovery_ends_music_that_was_not_reported(self, harness: TenantHarness, hold: Hold):
        seen = self.talk(harness)
        near, far = seen
        near.media.hold = hold
        assert recover(harness, seen) == [f"api uuid_break {far.uuid} all"]
        assert near.media.hold is Hold.NO

    @pytest.mark.parametrize("hold", [Hold.MUSIC, Hold.OUT_OF_ROOM])
    def test_recovery_ends_the_hold_of_who_is_in_a_room(self, harness: TenantHarness, hold: Hold):
        near, _, _ = harness.confer()
        leg = harness.tenant.legs[near]
        leg.media.hold = hold
        harness.run(recovery.recover(harness.tenant, leg.call, {}))
        assert leg.media.hold is Hold.NO

    def test_recovery_notices_an_unreported_hold_by_the_phone(self, harness: TenantHarness):
        seen = self.talk(harness)
        held = {"Channel-Call-State": "HELD"}
        near, far = seen
        recover(harness, seen | {near: channel(near.uuid, "call", agent=A, bond=far.uuid, **held)})
        harness.publish_changes()
        assert harness.got("A") == ["CALLING>CALLING/HOLD"]
        recover(harness, seen)
        harness.publish_changes()
        assert harness.got("A") == ["CALLING/HOLD>CALLING"]

    def test_recovery_leaves_a_hold(self, harness: TenantHarness):
        seen = self.talk(harness)
        near, _ = seen
        leg_changes.set_hold(harness.tenant, near, Hold.MUSIC)
        assert recover(harness, seen) == []
        assert near.holds
