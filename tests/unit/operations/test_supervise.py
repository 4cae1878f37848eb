"""eavesdrop, whisper, force_call: by which command, and what becomes of a failure."""

import pytest

from esl_bridge.domain import leg_changes
from esl_bridge.domain.leg import LegState
from esl_bridge.domain.states import Status, Trigger
from esl_bridge.errors import SwitchRefused, SwitchTimedOut
from esl_bridge.esl.events import (
    EavesdropStarted,
    LegAnswered,
    LegSilenced,
    PlaybackStarted,
    PlaybackStopped,
)
from esl_bridge.reactions import switch_state
from tests.builders import HOLD, NAMES, OUTSIDE, TenantHarness

ON_A = {"operated_agent_id": NAMES["A"], "operated_ext_id": NAMES["A"]}
HEARD_BY = {
    "eavesdrop": ("false", "false"),
    "whisper": ("true", "false"),
    "force_call": ("true",) * 2,
}


def supervises(harness: TenantHarness, degree: str = "eavesdrop") -> tuple[str, str]:
    """S is there; gives the leg of A and that of S."""
    near, _ = harness.talk("A", OUTSIDE)
    own_leg = harness.ask("S", degree, **ON_A).uuid
    harness.pick_up(own_leg)
    harness.event(EavesdropStarted(near))
    harness.forget()
    return near, own_leg


def variables(degree: str, between: str, equals: str = "=") -> str:
    phone, others = HEARD_BY[degree]
    return between.join(
        [
            f"eavesdrop_whisper_bleg{equals}{phone}",
            f"eavesdrop_whisper_aleg{equals}{others}",
            f"eavesdrop_enable_dtmf{equals}false",
        ]
    )


@pytest.mark.parametrize("degree", HEARD_BY)
def test_monitoring_begins_with_one_command_that_calls_the_supervisor(harness, degree):
    near, _ = harness.talk("A", OUTSIDE)
    own_leg = harness.ask("S", degree, **ON_A).uuid
    [line] = harness.switch.take()
    assert f"origination_uuid={own_leg};" in line
    assert f"origination_caller_id_number={NAMES['A']};" in line
    assert f"{variables(degree, ';')};absolute_codec_string=PCMU,PCMA}}" in line
    assert line.endswith(f"user/{NAMES['S']}@esl-bridge.local '&eavesdrop({near})'")


def test_a_supervisor_whose_leg_never_appeared_is_forgotten(harness):
    near, _ = harness.talk("A", OUTSIDE)
    for request in ("eavesdrop", "substitute"):
        harness.switch.will("originate", SwitchRefused("-ERR"))
        harness.ask("S", request, **ON_A)
    leg = harness.tenant.legs[near]
    assert (leg.intrusion.monitorings, leg.intrusion.takeovers) == ([], [])


@pytest.mark.parametrize("degree", ["whisper", "force_call"])
def test_a_change_of_mode_is_one_command(harness, degree):
    near, own_leg = supervises(harness)
    harness.ask("S", degree, **ON_A)
    apps = f"set:{variables(degree, '~set:')}~eavesdrop:{near}"
    assert harness.switch.take() == [f"api uuid_transfer {own_leg} 'm:~:{apps}' inline"]


def test_monitoring_begins_when_the_switch_reports_it(harness):
    near, _ = harness.talk("A", OUTSIDE)
    own_leg = harness.ask("S", "force_call", **ON_A).uuid
    harness.event(EavesdropStarted(near))  # somebody else's: S has not answered
    harness.pick_up(own_leg)
    assert harness.got("S") == [
        *("R", "FORCE_CALL.I", "FREE>RINGING", "RINGING>CALLING/FORCE_CALL"),
    ]
    assert harness.got("A") == []
    harness.event(EavesdropStarted(near))
    assert harness.got("S") == ["FORCE_CALL.S"]
    assert harness.got("A") == ["CALLING>CALLING/FORCE_CALL"]
    harness.consistent()


def test_each_report_of_monitoring_belongs_to_one_supervisor(two_supervisors):
    harness = two_supervisors
    near, _ = harness.talk("A", OUTSIDE)
    for name in "SE":
        harness.pick_up(harness.ask(name, "eavesdrop", **ON_A).uuid)
    harness.forget()
    harness.event(EavesdropStarted(near))
    assert (harness.got("S"), harness.got("E")) == (["EAVESDROP.S"], [])
    harness.event(EavesdropStarted(near))
    assert (harness.got("S"), harness.got("E")) == ([], ["EAVESDROP.S"])


@pytest.fixture
def two_supervisors() -> TenantHarness:
    harness = TenantHarness()
    agent = harness.agent("E")
    agent.entry = harness.agent("S").entry.__class__(
        password_hash="hash", extension=NAMES["E"], supervisor=True
    )
    return harness


def test_a_refused_change_of_mode_changes_nothing(harness):
    near, own_leg = supervises(harness)
    harness.switch.will("uuid_transfer", SwitchRefused("-ERR"))
    harness.ask("S", "force_call", **ON_A)
    assert harness.got("S") == ["R", "FORCE_CALL.I", "FORCE_CALL.E- 9999"]
    harness.event(EavesdropStarted(near))
    assert harness.got("A") == []
    harness.ends(own_leg)
    assert harness.got("S") == ["EAVESDROP.E+", "CALLING/EAVESDROP>FREE"]


def test_a_change_of_mode_with_an_unknown_outcome_ends_the_monitoring(harness):
    _, own_leg = supervises(harness)
    harness.switch.will("uuid_transfer", SwitchTimedOut("late"))
    harness.ask("S", "force_call", **ON_A)
    assert harness.got("S") == ["R", "FORCE_CALL.I", "FORCE_CALL.E- 5301"]
    assert harness.switch.take()[-1] == f"api uuid_kill {own_leg} NORMAL_CLEARING"


def test_monitoring_ends_while_its_mode_changes(harness):
    _, own_leg = supervises(harness)
    harness.ask("S", "whisper", **ON_A)
    harness.ends(own_leg)
    assert harness.got("S") == [
        *("R", "WHISPER.I", "WHISPER.E- 5207", "EAVESDROP.E+", "CALLING/EAVESDROP>FREE"),
    ]


def test_a_change_of_mode_waits_for_the_start_of_monitoring(harness):
    near, _ = harness.talk("A", OUTSIDE)
    own_leg = harness.ask("S", "eavesdrop", **ON_A).uuid
    harness.pick_up(own_leg)
    harness.waits.append(lambda: harness.event(EavesdropStarted(near)))
    harness.ask("S", "whisper", **ON_A)
    harness.event(EavesdropStarted(near))
    assert harness.got("S")[4:] == [
        *("EAVESDROP.S", "R", "WHISPER.I", "EAVESDROP.E+", "WHISPER.S"),
        "CALLING/EAVESDROP>CALLING/WHISPER",
    ]


def test_a_change_of_mode_fails_where_monitoring_never_begins(harness):
    harness.talk("A", OUTSIDE)
    own_leg = harness.ask("S", "eavesdrop", **ON_A).uuid
    harness.pick_up(own_leg)
    harness.refused("4103", "S", "whisper", **ON_A)


def test_a_supervisor_does_not_wrap_up(harness):
    harness = TenantHarness(wrap_up_seconds=30)
    _, own_leg = supervises(harness)
    harness.ends(own_leg)
    assert harness.status("S") is Status.FREE


def test_a_supervisor_returns_to_its_state_before(harness):
    harness.put("S", Status.BUSY)
    _, own_leg = supervises(harness)
    harness.ends(own_leg)
    assert harness.got("S") == ["EAVESDROP.E+", "CALLING/EAVESDROP>BUSY"]


def test_a_supervisor_checks_out_while_it_listens(harness):
    near, own_leg = supervises(harness, "force_call")
    harness.ask("S", "checkout")
    assert harness.got("S") == ["R", "FORCE_CALL.E+", "CALLING/FORCE_CALL>OFFLINE"]
    assert harness.switch.take() == [f"api uuid_kill {own_leg} NORMAL_CLEARING"]
    assert harness.got("A") == []
    harness.ends(own_leg)
    assert harness.got("A") == ["CALLING/FORCE_CALL>CALLING"]
    assert near in harness.tenant.legs


def test_a_supervisor_loses_its_connection_and_returns_while_it_listens(harness):
    _, own_leg = supervises(harness, "force_call")
    leg_changes.let_go(harness.tenant, harness.agent("S"))
    harness.tenant.agent_states.change(harness.agent("S"), Trigger.GRACE_OVER)
    harness.publish_changes()
    assert harness.got("A") == []  # the supervisor is heard still
    harness.put("S", Status.FREE)
    leg_changes.take_back(harness.tenant, harness.agent("S"), harness.tenant.legs[own_leg])
    harness.publish_changes()
    assert harness.got("S")[-1].endswith(">CALLING/FORCE_CALL")


@pytest.mark.parametrize("degree", HEARD_BY)
def test_monitoring_ends_when_the_operated_agent_checks_out(harness, degree):
    near, own_leg = supervises(harness, degree)
    harness.ask("A", "checkout")
    harness.ends(near)
    assert f"api uuid_kill {own_leg} NORMAL_CLEARING" in harness.switch.take()
    harness.ends(own_leg)
    assert harness.got("S") == [f"{degree.upper()}.E+", f"CALLING/{degree.upper()}>FREE"]


def test_a_supervisors_phone_stops_ringing_when_the_call_ends(harness):
    near, far = harness.talk("A", OUTSIDE)
    own_leg = harness.ask("S", "eavesdrop", **ON_A).uuid
    harness.rings(own_leg)
    harness.ends(far)
    harness.ends(near)
    assert f"api uuid_kill {own_leg} ORIGINATOR_CANCEL" in harness.switch.take()
    harness.ends(own_leg, "ORIGINATOR_CANCEL")
    assert harness.got("S") == [
        "R",
        "EAVESDROP.I",
        "FREE>RINGING",
        "EAVESDROP.E- 5206",
        "RINGING>FREE",
    ]
    harness.nothing_left()


def test_a_supervisor_who_answers_too_late_hears_nobody(harness):
    near, far = harness.talk("A", OUTSIDE)
    own_leg = harness.ask("S", "whisper", **ON_A).uuid
    harness.rings(own_leg)
    harness.ends(far)
    harness.ends(near)
    harness.event(LegAnswered(own_leg))
    harness.ends(own_leg)
    assert harness.got("S")[-2:] == ["WHISPER.E- 5206", "RINGING>FREE"]


def test_muting_the_agent_does_not_mute_a_supervisor_who_barged_in(harness):
    near, own_leg = supervises(harness, "force_call")
    harness.event(LegSilenced(near))
    [line] = harness.switch.take()
    assert line.startswith(f"api uuid_transfer {own_leg} ")
    assert line.endswith(f"~eavesdrop:{near}' inline")
    harness.event(EavesdropStarted(near))
    assert harness.got("S") == harness.got("A") == []


SILENCE = "silence_stream://-1"


def holds(harness, near, far):
    harness.ask("A", "hold", uuid=near, hold="1")
    harness.event(PlaybackStarted(far, HOLD))


def played_to(harness, leg):
    return [line for line in harness.switch.take() if line.startswith("api uuid_b") and leg in line]


def test_a_holding_agent_is_sent_silence_that_carries_the_whisper(harness):
    near, _ = supervises(harness, "whisper")
    far = harness.tenant.legs[near].peer.uuid
    holds(harness, near, far)
    assert played_to(harness, near) == [f"api uuid_broadcast {near} {SILENCE} aleg"]
    harness.event(PlaybackStarted(near, SILENCE))
    harness.ask("A", "hold", uuid=near, hold="0")
    harness.event(PlaybackStopped(far, HOLD))
    assert played_to(harness, near) == [f"api uuid_break {near} all"]
    harness.event(PlaybackStopped(near, SILENCE))
    assert played_to(harness, near) == []


def test_a_whisper_begins_and_ends_during_a_hold(harness):
    near, own_leg = supervises(harness)
    holds(harness, near, harness.tenant.legs[near].peer.uuid)
    assert played_to(harness, near) == []
    harness.ask("S", "whisper", **ON_A)
    harness.event(EavesdropStarted(near))
    assert played_to(harness, near) == [f"api uuid_broadcast {near} {SILENCE} aleg"]
    harness.event(PlaybackStarted(near, SILENCE))
    harness.ends(own_leg)
    assert played_to(harness, near) == [f"api uuid_break {near} all"]


def test_silence_that_begins_too_late_is_ended(harness):
    near, _ = supervises(harness, "whisper")
    far = harness.tenant.legs[near].peer.uuid
    holds(harness, near, far)
    harness.ask("A", "hold", uuid=near, hold="0")
    harness.event(PlaybackStopped(far, HOLD))
    harness.forget()
    harness.event(PlaybackStarted(near, SILENCE))
    assert played_to(harness, near) == [f"api uuid_break {near} all"]


def test_a_leg_that_is_played_silence_is_hung_up_when_its_partner_leaves(harness):
    near, _ = supervises(harness, "whisper")
    far = harness.tenant.legs[near].peer.uuid
    holds(harness, near, far)
    harness.event(PlaybackStarted(near, SILENCE))
    harness.forget()
    harness.ends(far)
    assert f"api uuid_kill {near} NORMAL_CLEARING" in harness.switch.take()


@pytest.mark.parametrize("degree", ["eavesdrop", "whisper"])
def test_muting_the_agent_does_not_affect_listening_or_whispering(harness, degree):
    near, _ = supervises(harness, degree)
    harness.event(LegSilenced(near))
    assert harness.switch.take() == []


def test_a_phone_that_dials_is_not_sent_silence():
    harness = TenantHarness(dial_from_phone=True)
    harness.dials("A", OUTSIDE)
    assert harness.status("A") is Status.CALLING
    harness.refused("4016", "S", "eavesdrop", **ON_A)


def test_a_lost_link_ends_no_monitoring_that_still_runs(harness):
    near, own_leg = supervises(harness, "force_call")
    harness.resync(*harness.tenant.legs)
    assert harness.got("S") == harness.got("A") == []
    harness.resync(near, *[leg for leg in harness.tenant.legs if leg != own_leg])
    assert harness.got("S") == ["FORCE_CALL.E+", "CALLING/FORCE_CALL>FREE RESYNC"]
    assert harness.got("A") == ["CALLING/FORCE_CALL>CALLING"]


def test_a_lost_link_ends_monitoring_of_a_call_that_has_ended(harness):
    near, own_leg = supervises(harness)
    harness.resync(own_leg)
    assert f"api uuid_kill {own_leg} NORMAL_CLEARING" in harness.switch.take()
    assert harness.tenant.legs[own_leg].state is LegState.ANSWERED
    assert near not in harness.tenant.legs


def test_a_supervisors_own_leg_is_not_recorded(harness):
    _, own_leg = supervises(harness)
    harness.refused("4103", "S", "record_control", uuid=own_leg, action="start")
    harness.refused("4000", "S", "hangup", uuid=harness.agent("A").own_leg.uuid)


def test_7_7_a_far_agent_gets_only_the_end(harness):
    near, far = harness.talk("A", "B")
    own_leg = harness.ask("S", "force_call", **ON_A).uuid
    harness.pick_up(own_leg)
    harness.event(EavesdropStarted(near))
    assert harness.got("B") == ["CALLING>CALLING/FORCE_CALL"]
    for leg in (near, own_leg, far):
        harness.ends(leg)
    assert harness.got("B") == ["CALLING/FORCE_CALL>FREE"]


def listened() -> tuple[TenantHarness, str, str]:
    harness = TenantHarness(tell_listened=True)
    near, own_leg = supervises(harness)
    return harness, near, own_leg


def test_an_agent_gets_the_end_of_monitoring_before_it_checks_out():
    harness, near, own_leg = listened()
    harness.ask("A", "checkout")
    harness.ends(near)
    harness.ends(own_leg)
    assert harness.got("A") == ["R", "EAVESDROP.E+", "CALL.E+", "CALLING>OFFLINE"]


def test_the_end_of_monitoring_is_reported_when_the_switch_is_lost_too():
    harness, _, _ = listened()
    switch_state.all_lost(harness.tenant)
    harness.publish_changes()
    assert harness.got("A") == ["EAVESDROP.E+", "CALL.E+ 5300", "CALLING>FREE SWITCH_LOST"]


def test_a_reason_without_a_change_is_not_reported_later():
    harness = TenantHarness()
    near, far = harness.talk("A", OUTSIDE)
    ask = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
    other = harness.ask("A", "consult", uuid=near, **ask).consult_uuid
    harness.takes(other)
    harness.bridge(near, other)
    own_leg = harness.ask("S", "force_call", **ON_A).uuid
    harness.pick_up(own_leg)
    harness.event(EavesdropStarted(near))
    harness.ends(far)
    harness.forget()
    harness.ends(own_leg)
    assert harness.got("A") == ["CALLING/FORCE_CALL>CALLING"]
