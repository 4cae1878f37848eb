"""eavesdrop, whisper, force_call: by which command, and what becomes of a failure."""

import pytest

from esl_bridge.domain.leg import Life
from esl_bridge.domain.states import Status, Trigger
from esl_bridge.errors import SwitchRefused, SwitchTimedOut
from esl_bridge.esl.events import (
    EavesdropStarted,
    LegAnswered,
    LegSilenced,
    PlaybackStarted,
    PlaybackStopped,
)
from esl_bridge.reactions import switch
from tests.builders import HOLD, NAMES, OUTSIDE, Office

ON_A = {"operated_agent_id": NAMES["A"], "operated_ext_id": NAMES["A"]}
HEARD_BY = {
    "eavesdrop": ("false", "false"),
    "whisper": ("true", "false"),
    "force_call": ("true",) * 2,
}


def supervises(office: Office, degree: str = "eavesdrop") -> tuple[str, str]:
    """S is there; gives the leg of A and that of S."""
    near, _ = office.talk("A", OUTSIDE)
    own = office.ask("S", degree, **ON_A).uuid
    office.pick_up(own)
    office.event(EavesdropStarted(near))
    office.forget()
    return near, own


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
def test_one_command_that_calls_the_supervisor(office, degree):
    near, _ = office.talk("A", OUTSIDE)
    own = office.ask("S", degree, **ON_A).uuid
    [line] = office.switch.take()
    assert f"origination_uuid={own};" in line
    assert f"origination_caller_id_number={NAMES['A']};" in line
    assert f"{variables(degree, ';')};absolute_codec_string=PCMU,PCMA}}" in line
    assert line.endswith(f"user/{NAMES['S']}@esl-bridge.local '&eavesdrop({near})'")


def test_who_never_came_is_forgotten(office):
    near, _ = office.talk("A", OUTSIDE)
    for request in ("eavesdrop", "substitute"):
        office.switch.will("originate", SwitchRefused("-ERR"))
        office.ask("S", request, **ON_A)
    leg = office.desk.legs[near]
    assert (leg.supervised, leg.successors) == ([], [])


@pytest.mark.parametrize("degree", ["whisper", "force_call"])
def test_one_command_that_changes_it(office, degree):
    near, own = supervises(office)
    office.ask("S", degree, **ON_A)
    apps = f"set:{variables(degree, '~set:')}~eavesdrop:{near}"
    assert office.switch.take() == [f"api uuid_transfer {own} 'm:~:{apps}' inline"]


def test_it_has_begun_when_the_switch_says_so(office):
    near, _ = office.talk("A", OUTSIDE)
    own = office.ask("S", "force_call", **ON_A).uuid
    office.event(EavesdropStarted(near))  # somebody else's: S has not answered
    office.pick_up(own)
    assert office.got("S") == [
        *("R", "FORCE_CALL.I", "FREE>RINGING", "RINGING>CALLING/FORCE_CALL"),
    ]
    assert office.got("A") == []
    office.event(EavesdropStarted(near))
    assert office.got("S") == ["FORCE_CALL.S"]
    assert office.got("A") == ["CALLING>CALLING/FORCE_CALL"]
    office.consistent()


def test_each_beginning_is_that_of_one_supervisor(two_supervisors):
    office = two_supervisors
    near, _ = office.talk("A", OUTSIDE)
    for name in "SE":
        office.pick_up(office.ask(name, "eavesdrop", **ON_A).uuid)
    office.forget()
    office.event(EavesdropStarted(near))
    assert (office.got("S"), office.got("E")) == (["EAVESDROP.S"], [])
    office.event(EavesdropStarted(near))
    assert (office.got("S"), office.got("E")) == ([], ["EAVESDROP.S"])


@pytest.fixture
def two_supervisors() -> Office:
    office = Office()
    agent = office.agent("E")
    agent.entry = office.agent("S").entry.__class__(
        password_hash="hash", extension=NAMES["E"], supervisor=True
    )
    return office


def test_a_change_that_the_switch_refuses(office):
    near, own = supervises(office)
    office.switch.will("uuid_transfer", SwitchRefused("-ERR"))
    office.ask("S", "force_call", **ON_A)
    assert office.got("S") == ["R", "FORCE_CALL.I", "FORCE_CALL.E- 9999"]
    office.event(EavesdropStarted(near))
    assert office.got("A") == []
    office.ends(own)
    assert office.got("S") == ["EAVESDROP.E+", "CALLING/EAVESDROP>FREE"]


def test_a_change_of_which_nobody_knows_ends_it(office):
    _, own = supervises(office)
    office.switch.will("uuid_transfer", SwitchTimedOut("late"))
    office.ask("S", "force_call", **ON_A)
    assert office.got("S") == ["R", "FORCE_CALL.I", "FORCE_CALL.E- 5301"]
    assert office.switch.take()[-1] == f"api uuid_kill {own} NORMAL_CLEARING"


def test_an_end_while_it_changes(office):
    _, own = supervises(office)
    office.ask("S", "whisper", **ON_A)
    office.ends(own)
    assert office.got("S") == [
        *("R", "WHISPER.I", "WHISPER.E- 5207", "EAVESDROP.E+", "CALLING/EAVESDROP>FREE"),
    ]


def test_a_change_waits_for_the_beginning(office):
    near, _ = office.talk("A", OUTSIDE)
    own = office.ask("S", "eavesdrop", **ON_A).uuid
    office.pick_up(own)
    office.waits.append(lambda: office.event(EavesdropStarted(near)))
    office.ask("S", "whisper", **ON_A)
    office.event(EavesdropStarted(near))
    assert office.got("S")[4:] == [
        *("EAVESDROP.S", "R", "WHISPER.I", "EAVESDROP.E+", "WHISPER.S"),
        "CALLING/EAVESDROP>CALLING/WHISPER",
    ]


def test_a_change_that_the_beginning_never_allows(office):
    office.talk("A", OUTSIDE)
    own = office.ask("S", "eavesdrop", **ON_A).uuid
    office.pick_up(own)
    office.refused("4103", "S", "whisper", **ON_A)


def test_no_wrap_up_after_it(office):
    office = Office(wrap_up_seconds=30)
    _, own = supervises(office)
    office.ends(own)
    assert office.status("S") is Status.FREE


def test_what_the_supervisor_was_is_what_it_is_again(office):
    office.put("S", Status.BUSY)
    _, own = supervises(office)
    office.ends(own)
    assert office.got("S") == ["EAVESDROP.E+", "CALLING/EAVESDROP>BUSY"]


def test_the_supervisor_checks_out(office):
    near, own = supervises(office, "force_call")
    office.ask("S", "checkout")
    assert office.got("S") == ["R", "FORCE_CALL.E+", "CALLING/FORCE_CALL>OFFLINE"]
    assert office.switch.take() == [f"api uuid_kill {own} NORMAL_CLEARING"]
    assert office.got("A") == []
    office.ends(own)
    assert office.got("A") == ["CALLING/FORCE_CALL>CALLING"]
    assert near in office.desk.legs


def test_the_supervisor_is_lost_and_back(office):
    _, own = supervises(office, "force_call")
    office.desk.let_go(office.agent("S"))
    office.desk.change(office.agent("S"), Trigger.GRACE_OVER)
    office.settle()
    assert office.got("A") == []  # the supervisor is heard still
    office.put("S", Status.FREE)
    office.desk.take_back(office.agent("S"), office.desk.legs[own])
    office.settle()
    assert office.got("S")[-1].endswith(">CALLING/FORCE_CALL")


@pytest.mark.parametrize("degree", HEARD_BY)
def test_the_operated_agent_checks_out(office, degree):
    near, own = supervises(office, degree)
    office.ask("A", "checkout")
    office.ends(near)
    assert f"api uuid_kill {own} NORMAL_CLEARING" in office.switch.take()
    office.ends(own)
    assert office.got("S") == [f"{degree.upper()}.E+", f"CALLING/{degree.upper()}>FREE"]


def test_nobody_rings_for_a_call_that_is_over(office):
    near, far = office.talk("A", OUTSIDE)
    own = office.ask("S", "eavesdrop", **ON_A).uuid
    office.rings(own)
    office.ends(far)
    office.ends(near)
    assert f"api uuid_kill {own} ORIGINATOR_CANCEL" in office.switch.take()
    office.ends(own, "ORIGINATOR_CANCEL")
    assert office.got("S") == [
        "R",
        "EAVESDROP.I",
        "FREE>RINGING",
        "EAVESDROP.E- 5206",
        "RINGING>FREE",
    ]
    office.nothing_left()


def test_an_answer_that_comes_too_late_hears_nobody(office):
    near, far = office.talk("A", OUTSIDE)
    own = office.ask("S", "whisper", **ON_A).uuid
    office.rings(own)
    office.ends(far)
    office.ends(near)
    office.event(LegAnswered(own))
    office.ends(own)
    assert office.got("S")[-2:] == ["WHISPER.E- 5206", "RINGING>FREE"]


def test_what_silences_the_agent_does_not_silence_who_has_barged_in(office):
    near, own = supervises(office, "force_call")
    office.event(LegSilenced(near))
    [line] = office.switch.take()
    assert line.startswith(f"api uuid_transfer {own} ")
    assert line.endswith(f"~eavesdrop:{near}' inline")
    office.event(EavesdropStarted(near))
    assert office.got("S") == office.got("A") == []


SILENCE = "silence_stream://-1"


def holds(office, near, far):
    office.ask("A", "hold", uuid=near, hold="1")
    office.event(PlaybackStarted(far, HOLD))


def played_to(office, leg):
    return [line for line in office.switch.take() if line.startswith("api uuid_b") and leg in line]


def test_who_holds_is_sent_silence_for_a_whisper_to_be_heard_in(office):
    near, _ = supervises(office, "whisper")
    far = office.desk.legs[near].peer.uuid
    holds(office, near, far)
    assert played_to(office, near) == [f"api uuid_broadcast {near} {SILENCE} aleg"]
    office.event(PlaybackStarted(near, SILENCE))
    office.ask("A", "hold", uuid=near, hold="0")
    office.event(PlaybackStopped(far, HOLD))
    assert played_to(office, near) == [f"api uuid_break {near} all"]
    office.event(PlaybackStopped(near, SILENCE))
    assert played_to(office, near) == []


def test_a_whisper_that_begins_and_ends_while_it_is_held(office):
    near, own = supervises(office)
    holds(office, near, office.desk.legs[near].peer.uuid)
    assert played_to(office, near) == []
    office.ask("S", "whisper", **ON_A)
    office.event(EavesdropStarted(near))
    assert played_to(office, near) == [f"api uuid_broadcast {near} {SILENCE} aleg"]
    office.event(PlaybackStarted(near, SILENCE))
    office.ends(own)
    assert played_to(office, near) == [f"api uuid_break {near} all"]


def test_silence_that_begins_when_it_is_not_wanted_any_more(office):
    near, _ = supervises(office, "whisper")
    far = office.desk.legs[near].peer.uuid
    holds(office, near, far)
    office.ask("A", "hold", uuid=near, hold="0")
    office.event(PlaybackStopped(far, HOLD))
    office.forget()
    office.event(PlaybackStarted(near, SILENCE))
    assert played_to(office, near) == [f"api uuid_break {near} all"]


def test_who_is_played_silence_does_not_notice_that_its_partner_is_gone(office):
    near, _ = supervises(office, "whisper")
    far = office.desk.legs[near].peer.uuid
    holds(office, near, far)
    office.event(PlaybackStarted(near, SILENCE))
    office.forget()
    office.ends(far)
    assert f"api uuid_kill {near} NORMAL_CLEARING" in office.switch.take()


@pytest.mark.parametrize("degree", ["eavesdrop", "whisper"])
def test_of_others_nothing_went_through_the_agents_leg(office, degree):
    near, _ = supervises(office, degree)
    office.event(LegSilenced(near))
    assert office.switch.take() == []


def test_a_phone_that_dials_by_itself_has_no_sound_yet():
    office = Office(dial_from_phone=True)
    office.dials("A", OUTSIDE)
    assert office.status("A") is Status.CALLING
    office.refused("4016", "S", "eavesdrop", **ON_A)


def test_a_lost_link_takes_nobody_out_who_is_there(office):
    near, own = supervises(office, "force_call")
    office.resync(*office.desk.legs)
    assert office.got("S") == office.got("A") == []
    office.resync(near, *[leg for leg in office.desk.legs if leg != own])
    assert office.got("S") == ["FORCE_CALL.E+", "CALLING/FORCE_CALL>FREE RESYNC"]
    assert office.got("A") == ["CALLING/FORCE_CALL>CALLING"]


def test_a_lost_link_ends_who_has_nobody_to_listen_to(office):
    near, own = supervises(office)
    office.resync(own)
    assert f"api uuid_kill {own} NORMAL_CLEARING" in office.switch.take()
    assert office.desk.legs[own].life is Life.ANSWERED
    assert near not in office.desk.legs


def test_the_supervisor_records_nothing(office):
    _, own = supervises(office)
    office.refused("4103", "S", "record_control", uuid=own, action="start")
    office.refused("4000", "S", "hangup", uuid=office.agent("A").own.uuid)


def test_7_7_a_far_agent_is_told_of_the_end_alone(office):
    near, far = office.talk("A", "B")
    own = office.ask("S", "force_call", **ON_A).uuid
    office.pick_up(own)
    office.event(EavesdropStarted(near))
    assert office.got("B") == ["CALLING>CALLING/FORCE_CALL"]
    for leg in (near, own, far):
        office.ends(leg)
    assert office.got("B") == ["CALLING/FORCE_CALL>FREE"]


def listened() -> tuple[Office, str, str]:
    office = Office(tell_listened=True)
    near, own = supervises(office)
    return office, near, own


def test_who_is_told_of_listeners_is_told_of_their_end_before_it_leaves():
    office, near, own = listened()
    office.ask("A", "checkout")
    office.ends(near)
    office.ends(own)
    assert office.got("A") == ["R", "EAVESDROP.E+", "CALL.E+", "CALLING>OFFLINE"]


def test_also_where_the_switch_is_lost():
    office, _, _ = listened()
    switch.all_lost(office.desk)
    office.settle()
    assert office.got("A") == ["EAVESDROP.E+", "CALL.E+ 5300", "CALLING>FREE SWITCH_LOST"]


def test_a_reason_that_changed_nothing_does_not_come_later():
    office = Office()
    near, far = office.talk("A", OUTSIDE)
    ask = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
    other = office.ask("A", "consult", uuid=near, **ask).consult_uuid
    office.takes(other)
    office.bridge(near, other)
    own = office.ask("S", "force_call", **ON_A).uuid
    office.pick_up(own)
    office.event(EavesdropStarted(near))
    office.ends(far)
    office.forget()
    office.ends(own)
    assert office.got("A") == ["CALLING/FORCE_CALL>CALLING"]
