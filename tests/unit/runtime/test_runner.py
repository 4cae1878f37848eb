"""Stretches that happen at once, replies before news, waits that end when something is so."""

import gevent
import pytest
from gevent.event import Event

from esl_bridge.callflow.steps import Until, Verify
from esl_bridge.domain.states import Status, Trigger
from esl_bridge.errors import Internal, NotNow, SwitchRefused, SwitchTimedOut
from esl_bridge.esl import commands
from esl_bridge.protocol.envelope import Reply
from esl_bridge.runtime.runner import Errand, Runner
from tests.builders import NAMES, Office

A = NAMES["A"]
LOOK = commands.uuid_dump("call-1")


class Stage:
    """A desk, and a diary of all that leaves it."""

    def __init__(self) -> None:
        self.office = Office()
        self.desk = self.office.desk
        self.diary: list[object] = []
        self.answers: list[object] = []
        self.gate = Event()
        self.runner = Runner(self._send, self._verify, self._deliver)

    def start(self, steps, asking=(A, "r1")):
        self.runner.start(Errand(self.desk, steps, self._answer, asking))

    def change(self, trigger):
        self.desk.change(self.desk.agents[A], trigger)

    def _send(self, command, then):
        gevent.spawn(lambda: then(self._outcome(command)))

    def _outcome(self, command):
        try:
            return self._run(command)
        except Exception as error:  # noqa: BLE001
            return error

    def _run(self, command):
        self.gate.wait()
        self.diary.append(command.line())
        outcome = self.answers.pop(0) if self.answers else "+OK"
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _verify(self, attempt):
        self.gate.wait()
        return (attempt.password_hash, attempt.password) == ("hash", "secret")

    def _deliver(self, _desk, news):
        self.diary += [f"{item.last_status}>{item.status} {item.req_id}".strip() for item in news]

    def _answer(self, outcome):
        self.diary.append(outcome.code if hasattr(outcome, "code") else "R")


@pytest.fixture
def stage():
    with gevent.Timeout(5):
        yield Stage()


def pass_gate(stage):
    stage.gate.set()
    gevent.idle()


def test_what_waits_for_nothing_is_done_before_start_returns(stage):
    def steps():
        stage.change(Trigger.MAKE_BUSY)
        yield Reply()
        stage.change(Trigger.MAKE_REST)

    stage.start(steps())
    assert stage.diary == ["R", "FREE>BUSY r1", "BUSY>REST r1"]


def test_what_changed_before_a_command_is_told_before_it_leaves(stage):
    def steps():
        stage.change(Trigger.MAKE_BUSY)
        yield LOOK
        stage.change(Trigger.MAKE_FREE)
        yield Reply()

    stage.start(steps())
    assert stage.diary == ["FREE>BUSY r1"]
    pass_gate(stage)
    assert stage.diary == ["FREE>BUSY r1", LOOK.line(), "R", "BUSY>FREE r1"]


def test_a_stretch_cannot_be_interrupted_and_a_command_lets_others_run(stage):
    def steps(trigger):
        yield LOOK
        stage.change(trigger)
        stage.change(Trigger.MAKE_BUSY)
        yield Reply()

    stage.start(steps(Trigger.MAKE_REST), (A, "r1"))
    stage.start(steps(Trigger.MAKE_ARRANGE), (A, "r2"))
    assert stage.diary == []
    pass_gate(stage)
    told = [entry for entry in stage.diary if ">" in str(entry)]
    assert told == ["FREE>BUSY r1"]
    assert stage.diary.count("R") == 2


def test_a_request_names_its_own_changes_and_no_others(stage):
    def quiet():
        yield LOOK
        yield Reply()

    stage.start(quiet(), (A, "r1"))
    stage.change(Trigger.MAKE_BUSY)
    stage.runner.settle(stage.desk)
    assert stage.diary == ["FREE>BUSY"]
    assert stage.desk.asking == ("", "")


def test_an_answer_and_a_refusal_arrive_where_the_command_was_yielded(stage):
    got = []

    def steps():
        got.append((yield LOOK))
        try:
            yield LOOK
        except SwitchRefused as refusal:
            got.append(refusal.reply)
        yield Reply()

    stage.answers = ["true", SwitchRefused("-ERR no")]
    stage.start(steps())
    pass_gate(stage)
    assert got == ["true", "-ERR no"]
    assert stage.diary[-1] == "R"


@pytest.mark.parametrize("error", [NotNow(), SwitchTimedOut("late")])
@pytest.mark.parametrize("at", ["start", "command"])
def test_a_refusal_is_the_answer(stage, error, at):
    def steps():
        if at == "start":
            raise error
        yield LOOK

    stage.answers = [error]
    stage.start(steps())
    pass_gate(stage)
    assert stage.diary[-1] == error.code


@pytest.mark.parametrize("at", ["start", "after a command", "beneath a command", "unknown step"])
def test_what_nobody_foresaw_is_internal_logged_and_ends_nothing_else(stage, at, caplog):
    def steps():
        if at == "start":
            raise ValueError("a mistake")
        if at == "unknown step":
            yield "what is this?"
        yield LOOK
        raise ValueError("a mistake")

    stage.answers = [OSError("a mistake")] if at == "beneath a command" else []
    stage.start(steps())
    pass_gate(stage)
    assert stage.diary[-1] == Internal.code
    assert f"request 'r1' of {A}" in caplog.text

    def next_one():
        yield Reply()

    stage.start(next_one())
    assert stage.diary[-1] == "R"


def test_what_fails_after_the_reply_is_no_second_reply(stage, caplog):
    def steps():
        yield Reply()
        yield LOOK

    stage.answers = [SwitchTimedOut("late")]
    stage.start(steps())
    pass_gate(stage)
    assert stage.diary == ["R", LOOK.line()]
    assert "late" in caplog.text


def test_changes_that_came_before_a_refusal_are_told(stage):
    def steps():
        stage.change(Trigger.MAKE_BUSY)
        yield LOOK

    stage.answers = [SwitchTimedOut("late")]
    stage.start(steps())
    pass_gate(stage)
    assert stage.diary[-1] == "5301"
    assert stage.office.status("A") is Status.BUSY


@pytest.mark.parametrize(
    ("step", "fits"),
    [(Verify("secret", "hash", A, "::1"), True), (Verify("x", "hash", A, "::1"), False)],
)
def test_a_password_is_looked_at_aside(stage, step, fits):
    got = []

    def steps():
        got.append((yield step))
        yield Reply()

    stage.start(steps())
    assert got == []
    pass_gate(stage)
    assert got == [fits]


def until(stage, seconds):
    near, _ = stage.office.begin_call("A", "B")
    leg = stage.desk.legs[near]
    got = []

    def steps():
        got.append((yield Until(leg, lambda: leg.answered, seconds)))
        yield Reply()

    return leg, got, steps()


def test_a_wait_ends_when_it_is_so(stage):
    leg, got, steps = until(stage, 4)
    stage.start(steps)
    gevent.idle()
    assert got == []
    stage.runner.settle(stage.desk)
    gevent.idle()
    assert got == []
    stage.desk.answered(leg)
    stage.runner.settle(stage.desk)
    gevent.idle()
    assert got == [True]
    assert stage.diary[-1] == "R"


def test_a_wait_ends_when_its_time_is_up(stage):
    _, got, steps = until(stage, 0.01)
    stage.start(steps)
    stage.runner.finish(2)
    assert got == [False]


def test_what_is_so_already_is_not_waited_for(stage):
    leg, got, steps = until(stage, 4)
    stage.desk.answered(leg)
    stage.start(steps)
    gevent.idle()
    assert got == [True]


def test_a_mistake_in_telling_is_nobody_elses(stage, caplog):
    def undeliverable(_desk, _news):
        raise ValueError("a mistake")

    def steps():
        stage.change(Trigger.MAKE_BUSY)
        yield Reply()

    stage.runner = Runner(stage._send, stage._verify, undeliverable)
    stage.start(steps())
    assert stage.diary == ["R"]
    assert "a mistake" in caplog.text
    assert stage.desk.asking == ("", "")


def test_a_refusal_behind_the_reply_ends_the_errand(stage, caplog):
    def steps():
        yield Reply()
        raise NotNow

    stage.start(steps())
    pass_gate(stage)
    assert stage.diary == ["R"]
    assert caplog.text.count("after its reply") == 1


def test_what_a_client_calls_its_request_is_no_line_of_the_log(stage, caplog):
    def steps():
        yield Reply()
        raise NotNow

    forged = "r1\n2031-05-07 WARNING phone refused: address=203.0.113.9 extension=\u2028"
    stage.runner.start(Errand(stage.desk, steps(), lambda _: None, (A, forged)))
    [line] = caplog.messages
    assert line.isprintable() and line.startswith(f"request {forged!a} of {A}")
