"""Tasks run uninterrupted between steps, reply before they publish, and end their waits."""

import gc
import weakref

import gevent
import pytest
from gevent.event import Event

from esl_bridge.callflow.steps import Attempt, Effect, Until, Verify
from esl_bridge.domain import leg_changes
from esl_bridge.domain.states import Status, Trigger
from esl_bridge.engine.driver import Task
from esl_bridge.errors import Internal, SwitchRefused, SwitchTimedOut, SwitchUnavailable, WrongState
from esl_bridge.esl import commands
from esl_bridge.protocol.envelope import Reply
from esl_bridge.runtime.runner import Runner
from tests.builders import NAMES, TenantHarness

A = NAMES["A"]
LOOK = commands.uuid_dump("call-1")


class RunnerHarness:
    """A tenant, and a diary of all that leaves it."""

    def __init__(self) -> None:
        self.harness = TenantHarness()
        self.tenant = self.harness.tenant
        self.diary: list[object] = []
        self.answers: list[object] = []
        self.gate = Event()
        self.runner = Runner(self._send, self._verify, self._deliver)

    def start(self, steps, current_request=(A, "r1")):
        self.runner.start(Task(self.tenant, steps, self._answer, current_request))

    def change(self, trigger):
        self.tenant.agent_states.change(self.tenant.agents[A], trigger)

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

    def _deliver(self, _tenant, domain_events):
        self.diary += [
            f"{item.last_status}>{item.status} {item.req_id}".strip() for item in domain_events
        ]

    def _answer(self, outcome):
        self.diary.append(outcome.code if hasattr(outcome, "code") else "R")


@pytest.fixture
def harness():
    with gevent.Timeout(5):
        yield RunnerHarness()


def pass_gate(harness):
    harness.gate.set()
    gevent.idle()


def test_steps_that_wait_for_nothing_finish_before_start_returns(harness):
    def steps():
        harness.change(Trigger.MAKE_BUSY)
        yield Reply()
        harness.change(Trigger.MAKE_REST)

    harness.start(steps())
    assert harness.diary == ["R", "FREE>BUSY r1", "BUSY>REST r1"]


def test_changes_before_a_command_are_published_before_it_is_sent(harness):
    def steps():
        harness.change(Trigger.MAKE_BUSY)
        yield LOOK
        harness.change(Trigger.MAKE_FREE)
        yield Reply()

    harness.start(steps())
    assert harness.diary == ["FREE>BUSY r1"]
    pass_gate(harness)
    assert harness.diary == ["FREE>BUSY r1", LOOK.line(), "R", "BUSY>FREE r1"]


def test_only_a_command_lets_other_tasks_run(harness):
    def steps(trigger):
        yield LOOK
        harness.change(trigger)
        harness.change(Trigger.MAKE_BUSY)
        yield Reply()

    harness.start(steps(Trigger.MAKE_REST), (A, "r1"))
    harness.start(steps(Trigger.MAKE_ARRANGE), (A, "r2"))
    assert harness.diary == []
    pass_gate(harness)
    told = [entry for entry in harness.diary if ">" in str(entry)]
    assert told == ["FREE>BUSY r1"]
    assert harness.diary.count("R") == 2


def test_a_change_carries_the_id_of_its_own_request_only(harness):
    def quiet():
        yield LOOK
        yield Reply()

    harness.start(quiet(), (A, "r1"))
    harness.change(Trigger.MAKE_BUSY)
    harness.runner.publish_changes(harness.tenant)
    assert harness.diary == ["FREE>BUSY"]
    pass_gate(harness)
    harness.change(Trigger.MAKE_FREE)
    harness.runner.publish_changes(harness.tenant)
    assert harness.diary == ["FREE>BUSY", LOOK.line(), "R", "BUSY>FREE"]


def test_a_reply_and_a_refusal_arrive_at_the_yield_of_the_command(harness):
    got = []

    def steps():
        got.append((yield LOOK))
        try:
            yield LOOK
        except SwitchRefused as refusal:
            got.append(refusal.reply)
        yield Reply()

    harness.answers = ["true", SwitchRefused("-ERR no")]
    harness.start(steps())
    pass_gate(harness)
    assert got == ["true", "-ERR no"]
    assert harness.diary[-1] == "R"


def test_a_refused_attempt_is_answered_with_nothing_and_a_lost_one_raises(harness):
    got = []

    def steps():
        got.append((yield Attempt(LOOK)))
        got.append((yield Attempt(LOOK)))
        yield Attempt(LOOK)

    harness.answers = ["true", SwitchRefused("-ERR no"), SwitchTimedOut("late")]
    harness.start(steps())
    pass_gate(harness)
    assert got == ["true", ""]
    assert harness.diary[-1] == SwitchTimedOut.code


@pytest.mark.parametrize("error", [WrongState(), SwitchTimedOut("late")])
@pytest.mark.parametrize("at", ["start", "command"])
def test_a_raised_error_is_the_reply(harness, error, at):
    def steps():
        if at == "start":
            raise error
        yield LOOK

    harness.answers = [error]
    harness.start(steps())
    pass_gate(harness)
    assert harness.diary[-1] == error.code


@pytest.mark.parametrize("at", ["start", "after a command", "beneath a command", "unknown step"])
def test_an_unhandled_error_is_internal_and_logged_and_ends_one_task(harness, at, caplog):
    def steps():
        if at == "start":
            raise ValueError("a mistake")
        if at == "unknown step":
            yield "what is this?"
        yield LOOK
        raise ValueError("a mistake")

    harness.answers = [OSError("a mistake")] if at == "beneath a command" else []
    harness.start(steps())
    pass_gate(harness)
    assert harness.diary[-1] == Internal.code
    assert f"request 'r1' of agent {A} (company " in caplog.text

    def next_one():
        yield Reply()

    harness.start(next_one())
    assert harness.diary[-1] == "R"


def test_an_error_after_the_reply_is_logged_and_not_sent(harness, caplog):
    def steps():
        yield Reply()
        yield LOOK

    harness.answers = [SwitchTimedOut("late")]
    harness.start(steps())
    pass_gate(harness)
    assert harness.diary == ["R", LOOK.line()]
    assert "late" in caplog.text


def test_changes_before_an_error_are_published(harness):
    def steps():
        harness.change(Trigger.MAKE_BUSY)
        yield LOOK

    harness.answers = [SwitchTimedOut("late")]
    harness.start(steps())
    pass_gate(harness)
    assert harness.diary[-1] == "5301"
    assert harness.harness.status("A") is Status.BUSY


@pytest.mark.parametrize(
    ("step", "fits"),
    [(Verify("secret", "hash", A, "::1"), True), (Verify("x", "hash", A, "::1"), False)],
)
def test_a_password_check_lets_other_tasks_run(harness, step, fits):
    got = []

    def steps():
        got.append((yield step))
        yield Reply()

    harness.start(steps())
    assert got == []
    pass_gate(harness)
    assert got == [fits]


def until(harness, seconds):
    near, _ = harness.harness.begin_call("A", "B")
    leg = harness.tenant.legs[near]
    got = []

    def steps():
        got.append((yield Until(lambda: leg.answered, seconds)))
        yield Reply()

    return leg, got, steps()


def test_a_wait_ends_when_its_condition_holds(harness):
    leg, got, steps = until(harness, 4)
    harness.start(steps)
    gevent.idle()
    assert got == []
    harness.runner.publish_changes(harness.tenant)
    gevent.idle()
    assert got == []
    leg_changes.answered(harness.tenant, leg)
    harness.runner.publish_changes(harness.tenant)
    gevent.idle()
    assert got == [True]
    assert harness.diary[-1] == "R"


def test_a_wait_ends_at_its_deadline(harness):
    _, got, steps = until(harness, 0.01)
    harness.start(steps)
    harness.runner.finish(2)
    assert got == [False]


def test_a_condition_that_holds_already_is_not_awaited(harness):
    leg, got, steps = until(harness, 4)
    leg_changes.answered(harness.tenant, leg)
    harness.start(steps)
    gevent.idle()
    assert got == [True]


def test_an_error_in_publishing_does_not_fail_the_task(harness, caplog):
    def undeliverable(_tenant, _news):
        raise ValueError("a mistake")

    def steps():
        harness.change(Trigger.MAKE_BUSY)
        yield Reply()

    harness.runner = Runner(harness._send, harness._verify, undeliverable)
    harness.start(steps())
    assert harness.diary == ["R"]
    assert "a mistake" in caplog.text
    harness.runner = Runner(harness._send, harness._verify, harness._deliver)
    harness.change(Trigger.MAKE_FREE)
    harness.runner.publish_changes(harness.tenant)
    assert harness.diary == ["R", "BUSY>FREE"]


def test_an_error_after_the_reply_is_logged_once(harness, caplog):
    def steps():
        yield Reply()
        raise WrongState

    harness.start(steps())
    pass_gate(harness)
    assert harness.diary == ["R"]
    assert caplog.text.count("after its reply") == 1


def test_a_hostile_request_id_adds_no_line_to_the_log(harness, caplog):
    def steps():
        yield Reply()
        raise WrongState

    forged = "r1\n2031-05-07 WARNING phone refused: address=203.0.113.9 extension=\u2028"
    harness.runner.start(Task(harness.tenant, steps(), lambda _: None, (A, forged)))
    [line] = caplog.messages
    assert line.isprintable() and line.startswith(f"request {forged!a} of agent {A} (company ")


class TestEffect:
    """A command that is done when its effect is seen."""

    def start(self, harness, seconds=0.0):
        self.seen, self.got, self.taken_back = False, [], []

        def steps():
            effect = Effect(LOOK, lambda: self.seen, seconds, self.taken_back.append)
            try:
                self.got.append((yield effect))
            except Exception as error:  # noqa: BLE001
                self.got.append(type(error))
            yield Reply()

        harness.start(steps())

    def shows(self, harness):
        self.seen = True
        harness.runner.publish_changes(harness.tenant)
        gevent.idle()

    def test_an_effect_without_a_limit_ends_with_the_reply(self, harness):
        self.start(harness)
        pass_gate(harness)
        assert self.got == [False]

    def test_an_effect_is_awaited_after_the_reply(self, harness):
        self.start(harness, seconds=4)
        pass_gate(harness)
        assert self.got == []
        self.shows(harness)
        assert self.got == [True]

    def test_an_effect_seen_before_the_reply_needs_no_wait(self, harness):
        self.start(harness, seconds=4)
        self.shows(harness)
        assert self.got == []
        pass_gate(harness)
        assert self.got == [True]

    def test_an_effect_that_is_not_seen_ends_at_its_deadline(self, harness):
        self.start(harness, seconds=0.01)
        harness.gate.set()
        harness.runner.finish(2)
        assert self.got == [False]

    @pytest.mark.parametrize("error", [SwitchTimedOut("late"), SwitchUnavailable("lost")])
    @pytest.mark.parametrize("seen", [True, False])
    def test_an_effect_that_is_seen_replaces_a_missing_reply(self, harness, error, seen):
        harness.answers = [error]
        self.start(harness, seconds=4)
        self.seen = seen
        pass_gate(harness)
        assert self.got == [True if seen else type(error)]
        assert self.taken_back == ([] if seen else [error])

    def test_a_refused_command_raises_whatever_is_seen(self, harness):
        harness.answers = [SwitchRefused("-ERR no")]
        self.start(harness, seconds=4)
        self.shows(harness)
        pass_gate(harness)
        assert self.got == [SwitchRefused]
        assert [type(error) for error in self.taken_back] == [SwitchRefused]


def test_a_removed_company_is_forgotten_once_none_of_its_tasks_waits():
    runner = Runner(lambda *_: None, lambda _: True, lambda *_: None)
    tenant, is_so = TenantHarness().tenant, []

    def steps():
        yield Until(lambda: bool(is_so), 1)

    runner.start(Task(tenant, steps()))
    is_so.append(True)
    runner.publish_changes(tenant)
    gevent.idle()
    known = weakref.ref(tenant)
    del tenant
    gc.collect()
    assert known() is None
