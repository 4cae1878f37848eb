"""The simulated switch does what a real one did, command by command and event by event."""

from __future__ import annotations

from functools import cache

import pytest

from tests.traces.replay import Replay
from tests.traces.trace import FOLDER, Told

NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))

HEADERS = (
    *("Call-Direction", "Answer-State", "Channel-Call-State", "Original-Channel-Call-State"),
    *("Hangup-Cause", "Bridge-A-Unique-ID", "Bridge-B-Unique-ID", "Channel-Presence-ID"),
    *("Application", "Application-Data", "Application-Response", "Playback-File-Path"),
    *("Playback-Status", "Media-Bug-Function", "DTMF-Digit", "DTMF-Source", "Event-Subclass"),
    *("Record-File-Path", "Action", "Conference-Name", "CC-Action", "CC-Agent", "CC-Agent-State"),
    *("CC-Agent-Status", "CC-Queue", "CC-Cause", "CC-Count", "CC-Hangup-Cause", "CC-Agent-UUID"),
    *("CC-Member-Session-UUID", "CC-Member-CID-Number", "Job-Command", "Job-UUID"),
    *("from-user", "username", "user", "profile-name", "Channel-State"),
    *("variable_dialed_user", "variable_originator", "variable_sip_hangup_disposition"),
    *("variable_sip_term_status", "variable_origination_uuid", "variable_hangup_cause"),
    *("variable_hangup_cause_q850", "variable_current_application"),
)
AT_CREATE = ("Caller-Caller-ID-Number", "Caller-Caller-ID-Name", "Other-Leg-Unique-ID")
INBOUND = ("Caller-Destination-Number",)
# Where the place of an event among the others of its leg was luck: trace -> event,
LUCK = {"eavesdrop_ringing": "MEDIA_BUG_STOP"}
# and where it was luck how far a leg had come when an event told of it: trace -> header.
LUCKY_HEADER = {"consult_to_trans_intercept": "Channel-State"}
# Replies that tell of times, ports and versions: only their first character is compared.
TABLES = ("api show", "api version", "api sofia", "api uuid_dump", "json_list", " list", "CC-")


@cache
def replayed(name: str) -> Replay:
    replay = Replay(name)
    replay.play()
    return replay


@pytest.mark.parametrize("name", NAMES)
def test_the_simulator_sends_the_recorded_events_in_order(name: str) -> None:
    replay = replayed(name)
    luck = LUCK.get(name, "")
    theirs = {replay.name(key): _names(told, luck) for key, told in replay.theirs.items()}
    ours = {key: _names(told, luck) for key, told in replay.ours.items() if key in theirs}
    assert ours == theirs


@pytest.mark.parametrize("name", NAMES)
def test_the_simulators_events_have_the_recorded_headers(name: str) -> None:
    replay = replayed(name)
    for stream, theirs in replay.theirs.items():
        ours = replay.ours[replay.name(stream)]
        pairs = zip(theirs, ours, strict=False) if name not in LUCK else ()
        for one, other in pairs:
            wanted = {header: replay.in_our_names(one.headers[header]) for header in _of(one, name)}
            got = {header: other.headers.get(header, "(none)") for header in wanted}
            assert (one.name, got, other.body) == (
                one.name,
                wanted,
                replay.in_our_names(one.body),
            )


@pytest.mark.parametrize("name", NAMES)
def test_the_simulator_sends_the_recorded_replies(name: str) -> None:
    for command, theirs, ours in replayed(name).replies:
        if any(table in command for table in TABLES):
            theirs, ours = theirs[:1], ours[:1]
        assert (command, ours) == (command, theirs)


def _names(told: list[Told], luck: str) -> list[str]:
    return [one.name for one in told if one.name != luck]


def _of(told: Told, trace: str) -> list[str]:
    compared = tuple(header for header in HEADERS if header != LUCKY_HEADER.get(trace))
    if told.name == "CHANNEL_CREATE":
        inbound = told.headers["Call-Direction"] == "inbound"
        compared += AT_CREATE + (INBOUND if inbound else ())
    return [header for header in compared if header in told.headers]
