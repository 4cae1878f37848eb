"""The switch's causes in the protocol's words."""

import pytest

from esl_bridge.esl import causes

UNANSWERED = {
    "USER_BUSY": ("5200", "5202"),
    "NO_ANSWER": ("5201", "5201"),
    "ALLOTTED_TIMEOUT": ("5201", "5201"),
    "RECOVERY_ON_TIMER_EXPIRE": ("5201", "5201"),
    "CALL_REJECTED": ("5202", "5202"),
    "NO_USER_RESPONSE": ("5203", "5203"),
    "NORMAL_TEMPORARY_FAILURE": ("5203", "5203"),
    "SERVICE_UNAVAILABLE": ("5203", "5203"),
    "USER_NOT_REGISTERED": ("5203", "5203"),
    "SUBSCRIBER_ABSENT": ("5203", "5203"),
    "UNALLOCATED_NUMBER": ("5204", "5204"),
    "NUMBER_CHANGED": ("5204", "5204"),
    "INVALID_NUMBER_FORMAT": ("5204", "5204"),
    "NO_ROUTE_DESTINATION": ("5204", "5204"),
    "ORIGINATOR_CANCEL": ("5207", "5207"),
    "LOSE_RACE": ("5207", "5207"),
    "SYSTEM_SHUTDOWN": ("5300", "5300"),
    "": ("5203", "5203"),
    "A_CAUSE_OF_TOMORROW": ("5203", "5203"),
    "no answer\n": ("5203", "5203"),
}


@pytest.mark.parametrize("cause", UNANSWERED)
def test_each_cause_of_an_unanswered_leg_has_its_code(cause):
    outside, inside = UNANSWERED[cause]
    assert causes.unanswered(cause, inside=False).code == outside
    assert causes.unanswered(cause, inside=True).code == inside


@pytest.mark.parametrize(
    ("cause", "sip_status", "outside", "inside"),
    [
        ("RECOVERY_ON_TIMER_EXPIRE", 408, "5201", "5201"),
        ("RECOVERY_ON_TIMER_EXPIRE", 504, "5203", "5203"),
        ("CALL_REJECTED", 603, "5202", "5202"),
        ("CALL_REJECTED", 403, "5205", "5202"),
        ("NORMAL_TEMPORARY_FAILURE", 500, "5203", "5203"),
        ("USER_BUSY", 486, "5200", "5202"),
        ("ALLOTTED_TIMEOUT", 487, "5201", "5201"),
        # With a Reason header that says something else, or what only the switch has to say.
        ("NORMAL_CLEARING", 486, "5200", "5202"),
        ("NORMAL_CLEARING", 404, "5204", "5204"),
        ("USER_BUSY", 480, "5203", "5203"),
        ("USER_BUSY", 503, "5203", "5203"),
        ("SYSTEM_SHUTDOWN", 603, "5202", "5202"),
        ("SYSTEM_SHUTDOWN", 488, "5203", "5203"),
        ("ORIGINATOR_CANCEL", 487, "5203", "5203"),
        ("INCOMPATIBLE_DESTINATION", 488, "5203", "5203"),
        ("REDIRECTION_TO_NEW_DESTINATION", 302, "5203", "5203"),
    ],
)
def test_the_sip_status_distinguishes_refusals_with_the_same_cause(
    cause, sip_status, outside, inside
):
    assert causes.unanswered(cause, inside=False, sip_status=sip_status).code == outside
    assert causes.unanswered(cause, inside=True, sip_status=sip_status).code == inside


@pytest.mark.parametrize("cause", [*sorted(causes.NORMAL), "USER_BUSY", "MEDIA_TIMEOUT", ""])
def test_most_causes_end_a_talk_without_an_error(cause):
    assert causes.after_talk(cause) is None


def test_some_causes_end_a_talk_with_a_code():
    assert causes.after_talk("ALLOTTED_TIMEOUT").code == "5208"
    assert causes.after_talk("SYSTEM_SHUTDOWN").code == "5300"


@pytest.mark.parametrize("cause", ["ALLOTTED_TIMEOUT", "SYSTEM_SHUTDOWN"])
def test_a_hangup_by_the_phone_is_no_error_whatever_cause_it_names(cause):
    assert causes.after_talk(cause, sip_status=200) is None


@pytest.mark.parametrize(
    ("cause", "sip_status", "answered", "was"),
    [
        ("NORMAL_CLEARING", 0, True, True),
        ("NORMAL_CLEARING", 200, True, True),
        ("NORMAL_UNSPECIFIED", 200, True, True),
        ("NORMAL_CLEARING", 200, False, True),
        ("NORMAL_CLEARING", 0, False, False),
        ("NORMAL_CLEARING", 486, False, False),
        ("USER_BUSY", 0, True, False),  # of a leg that has called somebody in vain
    ],
)
def test_a_hangup_is_told_apart_from_a_failed_call(cause, sip_status, answered, was):
    assert causes.hung_up(cause, sip_status, answered=answered) is was


@pytest.mark.parametrize(
    ("argument", "uuid"),
    [
        ("{^^;origination_uuid=call-1;a=b}user/1@d '&park()'", "call-1"),
        ("{^^;origination_uuid=call-1}x '&bridge([^^;origination_uuid=call-2]y)'", "call-1"),
        ("{a=b}user/1@d &park()", ""),
        ("", ""),
        ("{origination_uuid=}x", ""),
    ],
)
def test_the_leg_of_an_originate_is_read_from_its_argument(argument, uuid):
    assert causes.originated(argument) == uuid
