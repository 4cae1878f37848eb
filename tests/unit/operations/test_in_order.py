"""Requests upon one thing, sent without waiting for replies: each finds what those before it left.

The switch answers each command when others have had their turn, and tells what it does after that.
"""

import pytest

from esl_bridge.domain.leg import Hold
from tests.builders import HOLD, ScriptedSwitch
from tests.daemon import Client, Daemon, idle


class Talk:
    """A and B talk, on a switch that does and tells all that it is asked."""

    def __init__(self) -> None:
        self.daemon = Daemon()
        self.a, self.b = self.daemon.at_work("A", "B")
        self.near, self.far = self.daemon.talk(self.a, "A", "B")
        self.own_leg, self.other = (self.daemon.tenant.legs[leg] for leg in (self.near, self.far))
        self.daemon.switch.take()

    def sends(self, *requests: tuple[str, dict[str, object]], by: str = "A") -> list[str]:
        """All in one burst; gives the codes of the replies, in the order of the requests."""
        client: Client = self.a if by == "A" else self.b
        sent = [client.begin(by, kind, **{"uuid": self.near} | rest) for kind, rest in requests]
        return [str(client.reply(one)["code"]) for one in sent]

    def lines(self, word: str) -> list[str]:
        return [line for line in self.daemon.switch.heard if word in line]


@pytest.fixture
def talk() -> Talk:
    return Talk()


def mute(on):
    return ("mute", {"mute": str(on)})


def hold(on):
    return ("hold", {"hold": str(on)})


def record(action):
    return ("record_control", {"action": action})


def media(audio):
    return ("change_media", {"audio": audio, "reneg_other": False})


def is_silent(talk):
    """Whether the switch stops what the agent says."""
    return talk.lines("read mute")[-1].endswith("-4")


@pytest.mark.parametrize("first", [0, 1])
def test_the_last_mute_request_takes_effect(talk, first):
    talk.sends(mute(first))
    assert talk.sends(mute(1 - first), mute(first)) == ["0", "0"]
    assert talk.own_leg.media.muted is bool(first)
    assert is_silent(talk) is bool(first)


@pytest.mark.parametrize("order", [(mute(1), media(3)), (media(3), mute(1))])
def test_a_simultaneous_change_of_media_does_not_undo_a_mute(talk, order):
    talk.sends(media(2))
    idle()
    assert talk.sends(*order) == ["0", "0"]
    idle()
    assert talk.own_leg.media.muted
    assert is_silent(talk)


def test_changes_of_media_run_one_after_the_other_for_all_agents(talk):
    first = talk.a.begin("A", "change_media", uuid=talk.near, audio=1)
    second = talk.b.begin("B", "change_media", uuid=talk.far, audio=3)
    assert (talk.a.reply(first)["code"], talk.b.reply(second)["code"]) == ("0", "0")
    idle()
    assert (talk.own_leg.media.directions.audio, talk.other.media.directions.audio) == (3, 3)
    assert [line.split()[-1] for line in talk.lines("uuid_audio")] == ["-4", "-4", "0", "0"]


class TestHold:
    def music(self, talk, *, plays):
        name = "PLAYBACK_START" if plays else "PLAYBACK_STOP"
        talk.daemon.event(name, **{"Unique-ID": talk.far, "Playback-File-Path": HOLD})

    def test_the_last_of_three_hold_requests_takes_effect(self, talk):
        sent = [talk.a.begin("A", "hold", uuid=talk.near, hold=on) for on in "101"]
        for plays in (True, False, True):
            idle()
            self.music(talk, plays=plays)
        assert [talk.a.reply(one)["hold"] for one in sent] == ["1", "0", "1"]
        assert talk.own_leg.media.hold is Hold.MUSIC
        assert talk.lines("uuid_b") == [
            f"api uuid_broadcast {talk.far} {HOLD} aleg",
            f"api uuid_break {talk.far} all",
            f"api uuid_broadcast {talk.far} {HOLD} aleg",
        ]

    def test_only_a_hold_waits_for_a_hold(self, talk):
        talk.daemon.tenant.request_order.take([(talk.own_leg, "COURSE")])  # a hold that is not over
        assert talk.sends(mute(1)) == ["0"]
        assert talk.sends(("hangup", {})) == ["0"]
        assert talk.a.ask("A", "checkout")["code"] == "0"


class TestRecording:
    @pytest.fixture(autouse=True)
    def _tells(self, monkeypatch):
        """The switch tells of a recording's beginning and end a moment after it has answered."""
        self.told = []
        answer = ScriptedSwitch.__call__

        def run(switch, command):
            if command.words[0] == "uuid_record" and command.words[2] in ("start", "stop"):
                self.told.append(command.words[1:])
            return answer(switch, command)

        monkeypatch.setattr(ScriptedSwitch, "__call__", run)

    def tell(self, talk):
        while self.told:
            leg, what, path, *_ = self.told.pop(0)
            fields = {"Unique-ID": leg, "Record-File-Path": path}
            talk.daemon.event(f"RECORD_{what.upper()}", **fields)

    def sends(self, talk, *actions):
        sent = [talk.a.begin("A", "record_control", uuid=talk.near, action=one) for one in actions]
        for _ in actions:
            idle()
            self.tell(talk)
        return [talk.a.reply(one) for one in sent]

    @pytest.mark.parametrize(
        ("action", "now"), [("pause", "paused"), ("resume", "on"), ("stop", "off")]
    )
    def test_a_request_right_after_the_start_of_a_recording_follows_it(self, talk, action, now):
        replies = self.sends(talk, "start", action)
        assert [each["code"] for each in replies] == ["0", "0"]
        assert [each["recording"] for each in replies] == ["on", now]
        last = {"pause": "mask", "resume": "unmask", "stop": "stop"}[action]
        assert talk.lines("uuid_record")[-1].split()[3] == last

    def test_a_recording_started_right_after_its_stop_is_started(self, talk):
        self.sends(talk, "start")
        replies = self.sends(talk, "stop", "start")
        assert [each["recording"] for each in replies] == ["off", "on"]
        assert [line.split()[3] for line in talk.lines("uuid_record")] == ["start", "stop", "start"]


def test_tones_are_sent_in_the_requested_type_and_order(talk):
    ways = [("1", 0), ("2", 3), ("3", 1)]
    sent = [
        talk.a.begin("A", "dtmf", uuid=talk.near, content=digit, dtmf_type=way)
        for digit, way in ways
    ]
    idle()
    tones = {"Unique-ID": talk.far, "Playback-File-Path": "tone_stream://d=150"}
    talk.daemon.event("PLAYBACK_START", **tones)
    assert [talk.a.reply(one)["code"] for one in sent] == ["0"] * 3
    told = [line.split()[1] for line in talk.daemon.switch.heard]
    assert told == ["uuid_setvar_multi", "uuid_send_dtmf"] * 2 + ["uuid_broadcast"]


def test_the_cancel_of_a_consult_is_judged_after_its_start(talk):
    target = {"consult_type": "1", "consult_number": "13107618845"}
    assert talk.sends(("consult", {"type": "1"} | target), ("consult", {"type": "2"})) == ["0", "0"]


def test_a_request_that_waits_too_long_changes_nothing(talk, monkeypatch):
    monkeypatch.setattr("esl_bridge.operations.in_order._PATIENCE_SECONDS", 0.05)
    talk.daemon.tenant.request_order.take([(talk.own_leg, "SOUND")])
    assert talk.sends(mute(1)) == ["5301"]
    assert not talk.own_leg.media.muted
    assert talk.daemon.switch.heard == []


def test_a_request_whose_call_ends_while_it_waits_is_refused(talk):
    talk.daemon.tenant.request_order.take([(talk.own_leg, "SOUND")])
    waits = talk.a.begin("A", "mute", uuid=talk.near, mute="1")
    talk.daemon.ends(talk.near)
    assert talk.a.reply(waits)["code"] == "4016"


def test_no_request_waits_after_all_are_answered(talk):
    talk.sends(mute(1), mute(0), media(2), media(3), ("mute", {"uuid": "call-x", "mute": "1"}))
    idle()
    assert talk.daemon.tenant.request_order.is_idle
