"""Each fault of the stock connection: one test shows it there, another that ours lacks it."""

import json

import gevent
import greenswitch
import pytest
from gevent.event import Event
from gevent.queue import Queue

from esl_bridge.errors import SwitchRefused, SwitchTimedOut, SwitchUnavailable
from esl_bridge.esl.commands import Command
from esl_bridge.runtime.switch_link import SwitchLink
from tests.unit.runtime.fake_switch import SILENCE, FakeSwitch, api, body, reply

DEADLINE = 10  # seconds; far above what any step needs
HANGS = 0.3  # seconds; a wait this long on the stock connection is taken for an endless one


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(DEADLINE):
        yield


@pytest.fixture
def switch():
    with FakeSwitch() as switch:
        yield switch


@pytest.fixture
def events():
    return Queue()


@pytest.fixture
def stock(switch, events):
    link = greenswitch.InboundESL(switch.host, switch.port, "ClueCon")
    link.register_handle("*", events.put)
    link.connect()
    yield link
    discard(link)


def discard(stock):
    """Its own stop may wait for ever."""
    gevent.killall([stock._receive_events_greenlet, stock._process_events_greenlet])
    stock.sock_file.close()
    stock.sock.close()


@pytest.fixture
def link(switch, events):
    with SwitchLink(switch.host, switch.port, "ClueCon", on_event=events.put) as link:
        yield link


def hangs(function, *arguments):
    with gevent.Timeout(HANGS, False):
        function(*arguments)
        return False
    return True


# Header forgery

FORGED = {
    "Event-Name": "CHANNEL_CREATE",
    "Unique-ID": "true-id",
    "Caller-Caller-ID-Name": "Bob\nUnique-ID: forged",
}


def test_stock_lets_a_display_name_forge_the_unique_id(switch, stock, events):
    stock.send("event plain ALL")
    switch.peers[0].event(FORGED)
    assert events.get().headers["Unique-ID"] == "forged"


def test_a_display_name_stays_a_display_name(switch, link, events):
    link.subscribe("ALL")
    switch.peers[0].event(FORGED)
    assert json.loads(events.get()) == FORGED


def test_each_header_of_a_command_is_a_line(switch, link):
    command = Command(("sendevent", "CUSTOM"), headers=("Event-Subclass: a::b", "One: 1"))
    link.run(command, DEADLINE)
    switch.heard("sendevent CUSTOM\nEvent-Subclass: a::b\nOne: 1")


@pytest.mark.parametrize("header", ["One: 1\nTwo: 2", "One: 1\n\napi status", ""])
def test_a_header_with_a_line_break_is_refused(link, header):
    with pytest.raises(ValueError, match="control character"):
        link.run(Command(("sendevent", "CUSTOM"), headers=(header,)), DEADLINE)


# A second command in an argument

SMUGGLED = "abc\n\napi originate user/1000 &park"


def test_stock_sends_the_rest_of_a_line_break_as_a_second_command(switch, stock):
    stock.send(f"api uuid_kill {SMUGGLED}")
    switch.heard("api originate user/1000 &park")


@pytest.mark.parametrize(
    "hidden", [SMUGGLED, "a\nb", "a\rb", "a\0b", "a\x7f", "a\u2028b", "\ud800"]
)
def test_control_characters_are_never_sent_to_the_switch(switch, link, hidden):
    with pytest.raises(ValueError, match="control character"):
        link.run(Command(("uuid_kill", hidden)), DEADLINE)
    assert link.run(Command(("uuid_exists", "b")), DEADLINE) == "+OK api uuid_exists b"
    assert switch.lines == ["auth ClueCon", "api uuid_exists b"]


# A reply that nobody asked for

TWO_REPLIES = api("+OK\n") + api("+OK\n")


def test_stock_stops_reading_at_an_unexpected_reply_and_stays_connected(switch, stock):
    switch.answers["api one"] = TWO_REPLIES
    stock.send("api one")
    stock._receive_events_greenlet.join()
    assert isinstance(stock._receive_events_greenlet.exception, IndexError)
    assert stock.connected
    assert hangs(stock.send, "api two")


def test_an_unexpected_reply_ends_the_link(switch):
    switch.answers["api one"] = TWO_REPLIES
    lost = Event()
    with SwitchLink(switch.host, switch.port, "ClueCon", on_lost=lost.set) as link:
        link.run(Command(("one",)), DEADLINE)
        lost.wait()
        assert not link.connected
        with pytest.raises(SwitchUnavailable, match="nobody asked"):
            link.run(Command(("two",)), DEADLINE)


# The body of a background job

JOB = {"Event-Name": "BACKGROUND_JOB", "Job-UUID": "job"}


def test_stock_hides_a_jobs_body_in_a_header(switch, stock, events):
    stock.send("event plain ALL")
    switch.peers[0].event(JOB, "+OK call-1\n")
    headers = events.get().headers
    assert headers["Content-Length"] == "11\n\n+OK call-1"


def test_the_body_of_a_job_is_read_as_its_body(switch, link, events):
    link.subscribe("BACKGROUND_JOB")
    switch.peers[0].event(JOB, "+OK call-1\n")
    assert json.loads(events.get())["_body"] == "+OK call-1\n"


# The line drops while a reply is awaited

SLOW = Command(("msleep", "1000"))


def test_stock_waits_for_ever_after_the_connection_dropped(switch, stock):
    switch.answers[SLOW.line()] = SILENCE
    waiter = gevent.spawn(stock.send, SLOW.line())
    switch.heard(SLOW.line())
    switch.peers[0].close()
    stock._receive_events_greenlet.join()
    assert hangs(waiter.get)
    waiter.kill()


def test_all_waiting_commands_fail_when_the_connection_drops(switch):
    switch.answers[SLOW.line()] = SILENCE
    lost = Event()
    link = SwitchLink(switch.host, switch.port, "ClueCon", on_lost=lost.set)
    link.connect()
    waiters = [gevent.spawn(link.run, SLOW, DEADLINE) for _ in range(3)]
    switch.heard(SLOW.line())
    switch.peers[0].close()
    for waiter in waiters:
        with pytest.raises(SwitchUnavailable, match="closed the connection"):
            waiter.get()
    assert lost.wait(DEADLINE)
    link.stop()


# No deadline


def test_stock_has_no_deadline(switch, stock):
    switch.answers[SLOW.line()] = SILENCE
    assert hangs(stock.send, SLOW.line())


def test_a_late_reply_is_dropped(switch, link):
    switch.answers[SLOW.line()] = SILENCE
    with pytest.raises(SwitchTimedOut):
        link.run(SLOW, 0.05)
    waiter = gevent.spawn(link.run, Command(("uuid_exists", "b")), DEADLINE)
    switch.answers["api uuid_exists b"] = api("+OK late\n") + api("true")
    assert waiter.get() == "true"


# Partial sends, several senders


def big(number):
    return Command(("eval", str(number) * 300_000))


def test_stock_sends_a_long_command_in_part(switch, stock):
    stock.sock.setsockopt(1, 7, 4096)  # SO_SNDBUF
    assert hangs(stock.send, big(1).line() * 10)
    assert not [line for line in switch.lines if line.startswith("api eval")]


def test_commands_are_sent_whole_and_replies_reach_their_senders(switch, link):
    link.sock.setsockopt(1, 7, 4096)
    waiters = [gevent.spawn(link.run, big(number), DEADLINE) for number in range(3)]
    for number, waiter in enumerate(waiters):
        assert waiter.get() == f"+OK {big(number).line()}"


def test_many_commands_are_in_flight_at_once(switch, link):
    """The switch answers only once it has heard all: a client that waits for each would hang."""
    heard = []

    def answer(_peer, line):
        heard.append(line)
        return b"".join(api(f"+OK {each}\n") for each in heard) if len(heard) == 32 else SILENCE

    commands = [Command(("eval", str(number))) for number in range(32)]
    for command in commands:
        switch.answers[command.line()] = answer
    waiters = [gevent.spawn(link.run, command, DEADLINE) for command in commands]
    assert [waiter.get() for waiter in waiters] == [f"+OK {each.line()}" for each in commands]


# Odd input

ODD = {
    "disconnect notice": (body("text/disconnect-notice", "Disconnected, goodbye.\n"), "goodbye"),
    "huge length": (b"Content-Type: api/response\nContent-Length: 99999999999\n\n", "body of"),
    "negative length": (b"Content-Type: api/response\nContent-Length: -5\n\n", "Content-Length"),
    "bad UTF-8": (b"Content-Type: \xff\xfe\n\n", "UTF-8"),
    "no header": (b"hello\n\n", "not a header"),
    "endless header": (b"x" * 70_000, "bytes of headers"),
}


@pytest.mark.parametrize(("data", "why"), ODD.values(), ids=ODD)
def test_odd_input_ends_the_link_with_a_reason(switch, link, data, why):
    switch.answers[SLOW.line()] = data
    with pytest.raises(SwitchUnavailable, match=why):
        link.run(SLOW, DEADLINE)
    assert why in link.lost_because
    assert not link.connected


@pytest.mark.parametrize("name", ["negative length", "bad UTF-8", "no header", "endless header"])
def test_stock_hangs_on_the_same_input(switch, stock, name):
    switch.answers[SLOW.line()] = ODD[name][0]
    assert hangs(stock.send, SLOW.line())


def test_bad_utf8_in_a_reply_does_not_drop_the_link(switch, link):
    switch.answers["api uuid_dump a"] = api(b"Caller: \xff\n")
    assert link.run(Command(("uuid_dump", "a")), DEADLINE) == "Caller: \ufffd"
    assert link.connected


# Login


def test_a_user_logs_in_with_its_domain(switch):
    switch.answers["userauth bridge@esl.local:se:cret"] = reply("+OK accepted")
    with SwitchLink(switch.host, switch.port, "se:cret", user="bridge@esl.local"):
        assert switch.lines == ["userauth bridge@esl.local:se:cret"]


def test_a_wrong_password_is_refused(switch):
    switch.answers["auth wrong"] = reply("-ERR invalid")
    with pytest.raises(SwitchRefused, match="-ERR invalid"):
        SwitchLink(switch.host, switch.port, "wrong").connect()


@pytest.mark.parametrize("password", ["", "a b", "a\nb", "a\n\napi shutdown", "a\0", "a\tb"])
def test_a_password_with_a_line_break_is_refused(password):
    with pytest.raises(ValueError, match="blanks or control"):
        SwitchLink("127.0.0.1", 8021, password)


def test_stock_sends_the_rest_of_a_password_as_a_command(switch):
    link = greenswitch.InboundESL(switch.host, switch.port, "ClueCon\n\napi shutdown")
    assert hangs(link.connect) or "api shutdown" in switch.lines
    switch.heard("api shutdown")
    discard(link)


# Connecting


def test_connecting_to_an_absent_switch_fails(switch):
    switch.shut()
    with pytest.raises(SwitchUnavailable):
        SwitchLink(switch.host, switch.port, "ClueCon").connect()


def test_connecting_to_a_switch_that_refuses_the_daemon_fails():
    with FakeSwitch(greeting=body("text/rude-rejection", "Access Denied, go away.\n")) as switch:
        link = SwitchLink(switch.host, switch.port, "ClueCon")
        with pytest.raises(SwitchUnavailable, match="go away"):
            link.connect()


@pytest.mark.parametrize("greeting", [b"", b"Content-Type: auth/request\n\n"])
def test_the_deadline_covers_the_login(greeting):
    with FakeSwitch(greeting=greeting) as switch:
        switch.deaf = True
        link = SwitchLink(switch.host, switch.port, "ClueCon", timeout=0.1)
        with pytest.raises(SwitchUnavailable, match="no answer"):
            link.connect()
        assert not link.connected


def test_stock_waits_for_ever_for_a_greeting():
    with FakeSwitch(greeting=b"") as switch:
        link = greenswitch.InboundESL(switch.host, switch.port, "ClueCon", timeout=0.1)
        assert hangs(link.connect)
        discard(link)


# The rest


@pytest.mark.parametrize(
    ("text", "code"), [("-ERR No such channel!\n", "5206"), ("-USAGE: <uuid>\n", "9999")]
)
def test_a_refusal_is_raised_with_the_switchs_words(switch, link, text, code):
    switch.answers["api uuid_kill a"] = api(text)
    with pytest.raises(SwitchRefused) as refusal:
        link.run(Command(("uuid_kill", "a")), DEADLINE)
    assert (refusal.value.reply, refusal.value.code) == (text.strip(), code)


def test_a_missing_permission_is_a_refusal(switch, link):
    switch.answers["api system a"] = reply("-ERR permission denied")
    with pytest.raises(SwitchRefused, match="permission denied"):
        link.run(Command(("system", "a")), DEADLINE)


def test_an_empty_reply_is_empty_text(switch, link):
    switch.answers["api uuid_getvar a b"] = api("")
    assert link.run(Command(("uuid_getvar", "a", "b")), DEADLINE) == ""


def test_a_nudge_is_not_taken_for_a_command(switch, link):
    link.nudge()
    assert link.run(Command(("uuid_exists", "b")), DEADLINE) == "+OK api uuid_exists b"
    assert switch.nudges == 1


def test_small_writes_are_sent_without_delay(link):
    assert link.sock.getsockopt(6, 1)  # TCP_NODELAY


def test_stopping_fails_all_waiting_commands_and_reports_the_end_once(switch):
    switch.answers[SLOW.line()] = SILENCE
    lost = []
    link = SwitchLink(switch.host, switch.port, "ClueCon", on_lost=lambda: lost.append(1))
    link.connect()
    waiter = gevent.spawn(link.run, SLOW, DEADLINE)
    switch.heard(SLOW.line())
    link.stop()
    link.stop()
    with pytest.raises(SwitchUnavailable, match="stopped"):
        waiter.get()
    assert lost == [1]


def test_an_error_in_the_event_handler_ends_the_link(switch):
    lost = Event()

    def fails(event):
        raise RuntimeError

    with SwitchLink(switch.host, switch.port, "ClueCon", on_event=fails, on_lost=lost.set) as link:
        link.subscribe("ALL")
        switch.peers[0].event({"Event-Name": "HEARTBEAT"})
        lost.wait()
        with pytest.raises(SwitchUnavailable, match="could not be taken"):
            link.run(Command(("one",)), DEADLINE)
