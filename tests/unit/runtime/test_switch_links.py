"""The three links as one: their jobs, their order, and the loss of one."""

import json
from functools import partial
from types import SimpleNamespace

import gevent
import pytest
from gevent.queue import Queue

from esl_bridge.config import Limits
from esl_bridge.errors import SwitchTimedOut, SwitchUnavailable
from esl_bridge.esl.commands import Command
from esl_bridge.runtime.switch_link import SwitchLink
from esl_bridge.runtime.switch_links import SwitchLinks, pause_after
from tests.unit.runtime.fake_switch import SILENCE, FakeSwitch, api

DEADLINE = 10  # seconds; far above what any step needs
CORE = "api global_getvar core_uuid"
QUICK = Command(("uuid_exists", "a"))
SLOW = Command(("originate", "b"), background=True)
RECORD = Command(("uuid_record", "a", "start", "/var/recordings/a.mp3"))


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(DEADLINE):
        yield


@pytest.fixture
def fake():
    with FakeSwitch() as fake:
        yield fake


@pytest.fixture
def story():
    """What was reported to the service, in order."""
    return Queue()


@pytest.fixture
def build(fake, story):
    built = []

    def build(**options):
        told = {
            "on_event": lambda event: story.put(json.loads(event)["n"]),
            "on_up": lambda core: story.put(core),
            "on_down": lambda: story.put("down"),
        }
        new_link = partial(SwitchLink, fake.host, fake.port, "ClueCon", timeout=1)
        listener = SimpleNamespace(
            **{name: options.pop(name, usual) for name, usual in told.items()}
        )
        options = {"reply_seconds": Limits().reply_seconds} | options
        built.append(SwitchLinks(new_link, "CHANNEL_CREATE", **options))
        built[-1].start(listener)
        return built[-1]

    yield build
    for switch in built:
        switch.stop()


def up(switch, story):
    assert story.get() == "core-1"
    while not switch.up:
        gevent.sleep(0)


def test_the_links_subscribe_then_report_up_then_pass_on_events(fake, story, build):
    def on_up(core):
        for number in range(3):
            fake.peers[0].event({"n": number})
        for _ in range(10):  # the events have come meanwhile
            switch.run(QUICK)
        story.put(core)

    switch = build(on_up=on_up)
    assert [story.get() for _ in range(4)] == ["core-1", 0, 1, 2]
    fake.peers[0].event({"n": 3})
    assert story.get() == 3
    assert fake.lines[:5] == ["auth ClueCon"] * 3 + ["event json CHANNEL_CREATE", CORE]


def test_events_quick_and_slow_commands_have_a_link_each(fake, story, build):
    switch = build()
    up(switch, story)
    switch.run(QUICK)
    switch.run(SLOW)
    switch.run(RECORD)
    events, quick, slow = (peer.lines[1:] for peer in fake.peers)
    assert events == ["event json CHANNEL_CREATE"]
    assert quick == [CORE, QUICK.line()]
    assert slow == [SLOW.line(), RECORD.line()]


def test_a_slow_command_does_not_delay_a_quick_one(fake, story, build):
    fake.answers[SLOW.line()] = SILENCE
    switch = build()
    up(switch, story)
    waiter = gevent.spawn(switch.run, SLOW)
    fake.heard(SLOW.line())
    assert switch.run(QUICK) == "+OK api uuid_exists a"
    assert not waiter.ready()


@pytest.mark.parametrize("lost", [0, 1, 2], ids=["events", "quick", "slow"])
def test_one_lost_link_closes_all_and_all_are_opened_again(fake, story, build, lost, caplog):
    fake.answers[QUICK.line()] = fake.answers[SLOW.line()] = SILENCE
    switch = build()
    up(switch, story)
    waiters = [gevent.spawn(switch.run, each) for each in (QUICK, SLOW)]
    fake.heard(QUICK.line())
    fake.heard(SLOW.line())
    fake.peers[lost].close()
    for waiter in waiters:
        with pytest.raises(SwitchUnavailable, match="closed the connection"):
            waiter.get()
    assert not switch.up
    assert story.get() == "down"
    while "closed the connection" not in caplog.text:
        gevent.sleep(0)
    up(switch, story)
    assert [peer.lines[1:2] for peer in fake.peers[3:4]] == [["event json CHANNEL_CREATE"]]
    assert fake.lines.count("event json CHANNEL_CREATE") == 2
    assert story.empty()


def test_a_link_lost_during_a_resync_ends_the_resync(fake, story, build):
    fake.answers[QUICK.line()] = SILENCE
    switch = build(on_up=lambda core: switch.run(QUICK), reply_seconds=10 * DEADLINE)
    fake.heard(QUICK.line())
    fake.peers[0].close()
    assert story.get() == "down"


def test_the_links_are_opened_again_once_the_switch_is_back(fake, story, build):
    switch = build()
    up(switch, story)
    fake.shut()
    for peer in fake.peers:
        peer.close()
    assert story.get() == "down"
    with pytest.raises(SwitchUnavailable):
        switch.run(QUICK)
    fake.reopen()
    up(switch, story)


def test_a_hanging_switch_is_noticed(fake, story, build):
    switch = build(reply_seconds=0.1, probe_seconds=0.01)
    up(switch, story)
    fake.deaf = True
    assert story.get() == "down"
    assert not switch.up


def test_a_command_without_a_reply_times_out_without_a_reconnect(fake, story, build):
    fake.answers[SLOW.line()] = SILENCE
    switch = build(reply_seconds=0.1)
    up(switch, story)
    with pytest.raises(SwitchTimedOut):
        switch.run(SLOW)
    assert switch.up


def test_a_refused_probe_counts_as_a_sign_of_life(fake, story, build):
    switch = build(probe_seconds=0.001)
    up(switch, story)
    fake.answers[CORE] = api("-ERR permission denied\n")
    asked = len(fake.lines)
    while len(fake.lines) < asked + 5:
        gevent.sleep(0)
    assert switch.up


def test_a_failed_resync_is_followed_by_down_and_another_try(fake, story, build, caplog):
    failures = iter([RuntimeError("resync"), SwitchTimedOut("resync")])

    def on_up(core):
        if failure := next(failures, None):
            raise failure
        story.put(core)

    switch = build(on_up=on_up)
    assert [story.get() for _ in range(3)] == ["down", "down", "core-1"]
    assert "unhandled error while resynchronizing" in caplog.text
    assert switch.run(QUICK)


def nudged(fake, times=3):
    seen = fake.nudges
    while fake.nudges < seen + times:
        gevent.sleep(0)


def asked_all_day(switch, fake, questions=50):
    """Questions, over a time that has room for fifty nudges; gives how many there were."""
    seen = fake.nudges
    for _ in range(questions):
        switch.run(QUICK)
        gevent.sleep(0.001)
    return fake.nudges - seen


def test_an_idle_event_link_is_nudged_after_a_command(fake, story, build):
    switch = build()
    up(switch, story)
    switch.send(QUICK, lambda _: None)
    nudged(fake)
    assert fake.peers[0].lines == ["auth ClueCon", "event json CHANNEL_CREATE"]


def test_the_event_link_is_nudged_while_a_call_is_up(fake, story, build):
    legs_up = 0

    def on_event(event):
        nonlocal legs_up
        legs_up = json.loads(event)["n"]
        story.put(legs_up)

    switch = build(on_event=on_event, expects_events=lambda: legs_up > 0)
    up(switch, story)
    assert asked_all_day(switch, fake) == 0
    fake.peers[0].event({"n": 1})
    assert story.get() == 1
    nudged(fake)
    fake.peers[0].event({"n": 0})
    assert story.get() == 0
    asked_all_day(switch, fake, 1)  # what was sent before has arrived
    assert asked_all_day(switch, fake) == 0


def test_one_link_does_all_jobs_while_no_call_is_up(fake, story, build):
    goes_on = False
    switch = build(expects_events=lambda: goes_on, probe_seconds=0.01)
    up(switch, story)
    events, *more = fake.peers
    fake.until(lambda: all(peer.gone for peer in more))
    asked = len(events.lines)
    assert [switch.run(each) for each in (QUICK, SLOW)]
    assert {QUICK.line(), SLOW.line()} <= set(events.lines[asked:])
    goes_on = True
    switch.send(QUICK, story.put)
    assert story.get() == "+OK api uuid_exists a"  # at once, by the link that is there
    fake.until(lambda: fake.lines.count("auth ClueCon") == 5)
    for command, peer in zip((QUICK, SLOW), fake.peers[3:], strict=True):
        while command.line() not in peer.lines:
            switch.run(command)
    assert switch.up
    assert story.empty()


def test_links_stay_open_while_a_reply_is_awaited(fake, story, build):
    fake.answers[SLOW.line()] = SILENCE
    switch = build(expects_events=lambda: False, probe_seconds=0.01)
    up(switch, story)
    switch.send(SLOW, lambda _: None)
    probes = fake.lines.count(CORE)
    fake.until(lambda: fake.lines.count(CORE) > probes + 3)
    assert not any(peer.gone for peer in fake.peers)


def test_one_link_does_all_jobs_where_no_others_can_be_opened(fake, story, build, caplog):
    goes_on = False
    switch = build(expects_events=lambda: goes_on, probe_seconds=0.01)
    up(switch, story)
    fake.until(lambda: sum(peer.gone for peer in fake.peers) == 2)
    fake.shut()
    goes_on = True
    switch.send(QUICK, story.put)
    assert story.get() == "+OK api uuid_exists a"
    while "using a single link" not in caplog.text:
        gevent.sleep(0.001)
    assert switch.run(SLOW)
    fake.reopen()
    fake.until(lambda: fake.lines.count("auth ClueCon") == 5)
    assert switch.up
    assert story.empty()


def test_the_event_link_is_not_nudged_where_no_event_is_expected(fake, story, build):
    switch = build(expects_events=lambda: False)
    up(switch, story)
    for _ in range(3):
        switch.send(QUICK, lambda _: None)
        assert asked_all_day(switch, fake) == 0


def test_queries_during_a_quiet_call_do_not_nudge_the_event_link(fake, story, build):
    switch = build(awake_seconds=0.01)
    up(switch, story)
    switch.send(QUICK, lambda _: None)
    nudged(fake, 1)
    asked_all_day(switch, fake)
    assert asked_all_day(switch, fake) == 0


def test_stopping_fails_all_waiting_commands(fake, story, build):
    fake.answers[SLOW.line()] = SILENCE
    switch = build()
    up(switch, story)
    waiter = gevent.spawn(switch.run, SLOW)
    fake.heard(SLOW.line())
    switch.stop()
    with pytest.raises(SwitchUnavailable):
        waiter.get()
    assert story.get() == "down"
    assert not switch.up


@pytest.mark.parametrize(("failures", "longest"), [(0, 0.2), (1, 0.4), (5, 6.4), (6, 10), (99, 10)])
def test_pauses_between_attempts_grow_to_ten_seconds(failures, longest):
    pauses = {pause_after(failures) for _ in range(200)}
    assert longest / 2 <= min(pauses) < max(pauses) <= longest
