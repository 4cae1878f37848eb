"""Every message gets one reply, which repeats the fields that could be read."""

import gevent
import msgspec
import pytest
from argon2 import PasswordHasher
from msgspec import to_builtins
from msgspec.structs import replace

from esl_bridge.domain.company import AgentEntry, Extension
from esl_bridge.domain.switch_settings import IceServer
from esl_bridge.errors import SwitchTimedOut
from esl_bridge.protocol.codec import Form
from esl_bridge.runtime import requests
from esl_bridge.runtime.passwords import Passwords
from tests.builders import COMPANY, NAMES, OUTSIDE, PASSWORD, company
from tests.daemon import Daemon, idle

A, B = NAMES["A"], NAMES["B"]


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(20):
        yield


@pytest.fixture
def daemon():
    return Daemon()


@pytest.fixture
def client(daemon):
    return daemon.client()


# -- what can be read -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "req_id", "msg_type"),
    [
        (b"", "", ""),
        (b"hello", "", ""),
        (b"[]", "", ""),
        (b"3", "", ""),
        (b"null", "", ""),
        (b'{"req_id":"7","msg_type":"call",}', "7", "call"),
        (b'{"req_id":"7","msg_type": " call" "x":1}', "7", "call"),
        (b'{"msg_type":"call","req_id":"7"', "7", "call"),
        (b'{"req_id":"7","req_id":"8","msg_type":"call"}', "7", "call"),
        (b'{"req_id":"7","msg_type":"ping"', "7", "pong"),
        (b'{"req_id":"7","a":' + b"[" * 40 + b"]" * 40 + b"}", "7", ""),
        (b'{"req_id":"7","a":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "7", ""),
        (b"\xff\xfe", "", ""),
    ],
)
def test_a_malformed_message_is_refused_and_the_connection_stays(client, data, req_id, msg_type):
    client.say(data)
    [reply] = client.take()
    assert (reply["code"], reply["req_id"], reply["msg_type"]) == ("4100", req_id, msg_type)
    assert not client.closed
    assert client.ask("A", "ping")["code"] == "0"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("4014", {"req_id": "7"}),
        ("4014", {"req_id": "7", "msg_type": "__proto__"}),
        ("4014", {"req_id": "7", "msg_type": "CALL"}),
        ("4014", {"req_id": "7", "msg_type": 3}),
        ("4002", {"req_id": "7", "msg_type": "checkout"}),
        ("4002", {"req_id": "7", "msg_type": "checkout", "company_code": COMPANY}),
        ("4008", {"req_id": "7", "msg_type": "checkout", "company_code": "x", "agent_id": A}),
        ("4009", {"req_id": "7", "msg_type": "checkout", "company_code": COMPANY, "agent_id": A}),
        ("4009", {"req_id": "7", "msg_type": "checkout", "company_code": COMPANY, "agent_id": "z"}),
    ],
)
def test_each_refusal_repeats_the_fields_that_could_be_read(client, code, message):
    client.say(message)
    [reply] = client.take()
    assert (reply["code"], reply["req_id"]) == (code, "7")
    for name in ("company_code", "agent_id"):
        assert reply[name] == message.get(name, "")
    assert not client.closed


def test_a_refusal_names_the_bad_field(client):
    reply = client.ask("A", "checkin", agent_pwd=3.5)
    assert (reply["code"], "agent_pwd" in reply["msg"]) == ("4002", True)


def test_a_reply_has_the_message_type_of_its_request(daemon, client):
    client.checkin("A")
    leg = client.ok("A", "call", callee_number=OUTSIDE)["uuid"]
    daemon.pick_up(leg)
    reply = client.ok("A", "pickup", uuid=leg)
    assert reply["msg_type"] == "pickup"
    assert client.ok("A", "ping", req_id=...)["msg_type"] == "pong"


@pytest.mark.parametrize(
    ("language", "text"), [("zh-CN", "成功"), ("en-US", "success"), (None, "成功")]
)
def test_a_reply_is_in_the_language_of_the_connection(daemon, language, text):
    reply = daemon.client(language=language).ok("A", "ping")
    assert text in reply["msg"].lower()


def test_a_reply_has_the_form_of_the_latest_message(client):
    client.form = Form.MSGPACK
    message = {"req_id": "7", "msg_type": "ping", "company_code": COMPANY, "agent_id": A}
    client.say(msgspec.msgpack.encode(message))
    assert client.take()[0]["msg_type"] == "pong"


# -- who may ----------------------------------------------------------------------------------


def test_a_ping_is_answered_before_check_in_and_while_draining(daemon, client):
    for _ in range(2):
        assert client.ask("90009_nobody", "ping", company_code="nowhere")["code"] == "0"
        daemon.requests.draining = True
    assert client.ask("A", "checkin", agent_pwd=PASSWORD)["code"] == "5303"


def test_new_requests_are_refused_while_draining(daemon, client):
    client.checkin("A")
    daemon.requests.draining = True
    for msg_type in ("call", "get_status", "checkout"):
        fields = {"callee_number": OUTSIDE} if msg_type == "call" else {}
        assert client.ask("A", msg_type, **fields)["code"] == "5303"
    assert daemon.switch.heard == []


def test_an_agent_belongs_to_the_connection_that_checked_it_in(daemon, client):
    client.checkin("A")
    other = daemon.client()
    other.checkin("B")
    assert other.ask("A", "get_status")["code"] == "4009"
    assert other.ask("A", "call", callee_number=OUTSIDE)["code"] == "4009"
    client.ok("A", "checkout")
    assert client.ask("A", "get_status")["code"] == "4009"


def test_several_agents_may_work_on_one_connection(client):
    for name in "AB":
        client.checkin(name)
    for name in "AB":
        assert client.ok(name, "get_status")["status"] == "FREE"
    client.ok("A", "checkout")
    assert client.ok("B", "get_status")["status"] == "FREE"


def test_a_request_with_another_token_than_the_agents_is_refused(daemon, client):
    token = client.checkin("A")["token"]
    client.ok("A", "get_status", token=token)
    client.ok("A", "get_status", token="")
    for wrong in ("x", token + "0", client.checkin("B")["token"]):
        assert client.ask("A", "get_status", token=wrong)["code"] == "4009"
        assert client.ask("A", "change_status", action="MAKE_BUSY", token=wrong)["code"] == "4009"
    assert daemon.tenant.agents[A].status == "FREE"


def test_another_connection_with_the_token_may_only_read_the_status(daemon, client):
    token = client.checkin("A")["token"]
    other = daemon.client()
    assert other.ok("A", "get_status", token=token)["status"] == "FREE"
    assert other.ask("A", "change_status", action="MAKE_BUSY", token=token)["code"] == "4009"
    client.ok("A", "checkout")
    assert other.ask("A", "get_status", token=token)["code"] == "4009"


@pytest.mark.parametrize(
    ("address", "tls", "told"),
    [
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("192.0.2.7", True, True),
        ("192.0.2.7", False, False),
        ("2001:db8::1", False, False),
    ],
)
def test_a_phones_password_is_sent_over_tls_or_loopback_only(daemon, address, tls, told):
    reply = daemon.client(address, tls=tls).checkin("A")
    assert ("ext_pwd" in reply) is told


@pytest.mark.parametrize(("address", "servers"), [("127.0.0.1", 2), ("192.0.2.7", 1)])
def test_a_browser_is_sent_its_address_and_those_ice_servers_that_nobody_can_overhear(
    daemon, address, servers
):
    tenant = daemon.tenant
    stun = IceServer(urls=("stun:stun.example:3478",))
    turn = IceServer(urls=("turn:turn.example",), username="bridge", credential="secret")
    tenant.switch_settings = replace(tenant.switch_settings, ice_servers=(stun, turn))
    reply = daemon.client(address).checkin("A")
    assert reply["sip_address"] == f"sip:{NAMES['A']}@esl-bridge.local"
    told = [one | {"urls": list(one["urls"])} for one in to_builtins([stun, turn][:servers])]
    assert reply["ice_servers"] == told


# -- companies --------------------------------------------------------------------------------

OTHER = "90002"
THEIRS = "90002_20000"


@pytest.fixture
def two_companies():
    other = company(
        code=OTHER,
        agents={
            THEIRS: AgentEntry(password_hash="hash", extension=THEIRS, supervisor=True),
        },
        extensions={THEIRS: Extension(password="p")},
        numbers={},
    )
    return Daemon(other)


def test_an_agent_of_one_company_cannot_reach_another_company(two_companies):
    daemon = two_companies
    [a, _] = daemon.at_work("A", "B")
    near, far = daemon.talk(a, "A", "B")
    daemon.switch.take()
    client = daemon.client()
    theirs = {"company_code": OTHER, "agent_id": THEIRS}

    def ask(msg_type, **fields):
        return client.ask("", msg_type, **theirs | fields)["code"]

    assert ask("checkin", agent_pwd=PASSWORD) == "0"
    for leg in (near, far):
        for msg_type, fields in [("hangup", {}), ("hold", {"hold": "1"}), ("mute", {"mute": "1"})]:
            assert ask(msg_type, uuid=leg, **fields) == "4000"
            assert ask(msg_type, uuid="call-nobody", **fields) == "4000"
    assert ask("call", callee_number=A, out_line=0) == "4101"
    forced = {"operated_agent_id": A, "operated_ext_id": A}
    assert ask("change_status", action="FORCE_CHECKOUT", **forced) == "4101"
    assert ask("get_status", company_code=COMPANY) == "4009"
    assert ask("checkin", company_code=COMPANY, agent_pwd=PASSWORD) == "4004"
    assert daemon.switch.heard == []


# -- answers ----------------------------------------------------------------------------------


def test_a_refused_hold_or_mute_gives_the_present_state(daemon, client):
    client.checkin("A")
    assert client.ask("A", "hold", uuid="call-1", hold="1")["hold"] == "0"
    assert client.ask("A", "mute", uuid="call-1", mute="1")["mute"] == "0"
    daemon.client().checkin("B")
    near, _ = daemon.talk(client, "A", "B")
    client.ok("A", "mute", uuid=near, mute="1")
    assert client.ask("A", "mute", uuid="call-1", mute="0")["mute"] == "1"
    refused = client.ask("A", "change_status", action="MAKE_FREE")
    assert (refused["code"], refused["action"]) == ("4103", "MAKE_FREE")


def test_a_refused_bad_value_gives_the_present_state(daemon, client):
    client.checkin("A")
    assert client.ask("A", "hold", uuid="call-1", hold="7")["hold"] == "0"
    assert client.ask("A", "mute", mute="1")["mute"] == "0"
    refused = client.ask("A", "change_status", action=" MAKE_ TEA")
    assert (refused["code"], refused["action"]) == ("4002", "MAKE_TEA")
    assert client.ask("A", "change_status", action=[1])["action"] == ""


def test_the_present_state_is_not_given_to_another_connection(daemon, client):
    client.checkin("A")
    assert "hold" not in daemon.client().ask("A", "hold", uuid="call-1", hold="7")


def test_a_token_without_a_check_in_expires_and_takes_nobody_over(daemon, client):
    def token():
        return daemon.client().ok("A", "get_token", agent_pwd=PASSWORD)["token"]

    late = token()
    daemon.now += daemon.tenant.switch_settings.grace_seconds + 1
    assert client.ask("A", "checkin", token=late)["code"] == "4004"
    first, second = token(), token()
    assert client.ask("A", "get_status", token=first)["code"] == "4009"
    daemon.client().checkin("A")
    assert client.ask("A", "checkin", token=second)["code"] == "4010"


def test_the_token_of_an_agent_at_work_is_its_present_one(daemon, client):
    present = client.checkin("A")["token"]
    other = daemon.client()
    assert other.ok("A", "get_token", agent_pwd=PASSWORD)["token"] == present
    assert client.ok("A", "get_status")["status"] == "FREE"


def test_a_token_without_a_check_in_ends_with_the_password(daemon, client):
    token = client.ok("A", "get_token", agent_pwd=PASSWORD)["token"]
    agent = daemon.tenant.agents[A]
    agent.entry = replace(agent.entry, password_hash=PasswordHasher(1, 8, 1).hash("another"))
    assert client.ask("A", "checkin", token=token)["code"] == "4004"


def test_a_command_without_a_reply_gives_exactly_one_reply(daemon, client):
    client.checkin("A")
    daemon.client().checkin("B")
    near, _ = daemon.talk(client, "A", "B")
    daemon.switch.will("uuid_kill", SwitchTimedOut("late"))
    assert client.ask("A", "hangup", uuid=near)["code"] == "5301"
    daemon.switch.will("uuid_kill", SwitchTimedOut("late"))
    req_id = client.begin("A", "checkout")
    idle()
    assert len(client._replies(req_id)) == 1


def fails_once(monkeypatch, thing, name):
    """What nobody has foreseen."""
    true = getattr(thing, name)

    def fails(*arguments):
        monkeypatch.setattr(thing, name, true)
        raise RuntimeError(name)

    monkeypatch.setattr(thing, name, fails)


@pytest.mark.parametrize("msg_type", ["ping", "get_status", "hold"])
def test_an_error_after_the_reply_sends_no_second_reply(daemon, client, monkeypatch, msg_type):
    client.checkin("A")
    fails_once(monkeypatch, daemon.metrics, "answered")
    req_id = client.begin("A", msg_type, uuid="call-1", hold="1")
    assert len(client._replies(req_id)) == 1


@pytest.mark.parametrize("msg_type", ["ping", "get_status", "hold"])
def test_a_reply_that_cannot_be_encoded_is_an_internal_error(daemon, client, monkeypatch, msg_type):
    client.checkin("A")
    fails_once(monkeypatch, requests.texts, "say")
    req_id = client.begin("A", msg_type, uuid="call-1", hold="1")
    assert [reply["code"] for reply in client._replies(req_id)] == ["9999"]


def test_the_reply_is_sent_before_the_callbacks_of_its_action(daemon, client):
    client.checkin("A")
    client.take()
    daemon.switch.will("originate", SwitchTimedOut("late"))
    client.ok("A", "call", callee_number=OUTSIDE)
    idle()
    kinds = [each.get("phase", each["msg_type"]) for each in client.sent]
    assert kinds == ["call", "INITIATE", "END_CALL"]
    assert client.sent[-1]["code"] == "5301"


def test_requests_are_counted_by_type_and_code(daemon, client):
    client.checkin("A")
    client.ask("A", "checkin", agent_pwd="wrong")
    client.say(b"nothing")
    count = daemon.metrics.registry.get_sample_value
    name = "esl_bridge_requests_total"
    assert count(name, {"msg_type": "checkin", "code": "0"}) == 1
    assert count(name, {"msg_type": "checkin", "code": "4004"}) == 1
    assert count(name, {"msg_type": "unknown", "code": "4100"}) == 1
    assert count("esl_bridge_auth_failures_total") == 1


# -- passwords --------------------------------------------------------------------------------


def test_a_ping_sent_after_twenty_check_ins_is_answered_before_the_last_of_them():
    hasher = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    known = hasher.hash(PASSWORD)
    agents = {
        f"90001_{n}": AgentEntry(password_hash=known, extension=f"90001_{n}") for n in range(20)
    }
    extensions = {agent: Extension(password="p") for agent in agents}
    daemon = Daemon(agents=agents, extensions=extensions)
    passwords = Passwords(hasher)
    daemon.verify = passwords.verify
    client = daemon.client()
    asked = [client.begin(agent, "checkin", agent_pwd=PASSWORD) for agent in agents]
    pong = client.begin("A", "ping")
    for req_id in asked:
        assert client.reply(req_id)["code"] == "0"
    order = [each["req_id"] for each in client.sent if "seq" not in each]
    passwords.close()
    assert sorted(order) == sorted([*asked, pong])
    assert order.index(pong) < 19


def test_the_password_of_an_unknown_agent_is_checked_too():
    seen = []
    daemon = Daemon()
    daemon.verify = lambda known, password: seen.append((known, password)) or False
    client = daemon.client()
    for name in ("A", "90001_nobody"):
        assert client.ask(name, "checkin", agent_pwd="x")["code"] == "4004"
    assert seen == [("hash", "x"), (None, "x")]


@pytest.mark.parametrize(
    ("msg_type", "fields", "code", "said"),
    [
        ("change_status", {"action": "BUSY"}, "4002", "MAKE_FREE | MAKE_BUSY"),
        ("call", {"callee_number": "90001_20001"}, "4002", "out_line 0: agent_id"),
        ("call", {"callee_number": "1", "out_line": 7}, "4002", "0 | 1 | 2"),
        ("call", {"callee_number": "1", "record_start": "NOW"}, "4002", "NONE | RING | ANSWER"),
    ],
)
def test_a_refusal_says_what_is_allowed(daemon, client, msg_type, fields, code, said):
    client.checkin("A")
    refused = client.ask("A", msg_type, **fields)
    assert (refused["code"], said in refused["msg"]) == (code, True), refused["msg"]
