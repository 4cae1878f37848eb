"""Each hostile value in each field of each request is refused by name, or harmless.

An accepted request must send the switch the same commands as its harmless twin.
"""

import json
import re

import msgpack
import pytest

from esl_bridge.protocol.codec import Form
from esl_bridge.runtime.requests import REQUESTS
from tests.builders import COMPANY, NAMES, OUTSIDE
from tests.daemon import Client, Daemon, idle
from tests.hostile import values
from tests.hostile.examples import ENVELOPE, EXAMPLES, TALKS

FIELDS = [
    (tag, name)
    for tag in sorted(REQUESTS)
    for name in (*REQUESTS[tag].__struct_fields__, "msg_type")
]

# What a refusal may be beside 4002, by the field that is wrong.
ELSE = {
    "msg_type": {"4014"},
    "company_code": {"4008"},
    "agent_id": {"4009", "4004"},
    "ext_id": {"4006", "4012"},
    "token": {"4009", "4004"},
    "agent_pwd": {"4004"},
    "aagent_pwd": set(),
    "uuid": {"4000"},
    "callee_number": {"5205"},
    "action": set(),
}
NO_MESSAGE, NOT_BUILT = "4100", "4105"
NO_JSON = ["1e300", "1e400", "NaN", str(10**40), '"\\ud800"']
# A command has no other characters than these, whatever was asked for.
LINE = re.compile(r"[ -~]+")


class Scene:
    """One agent at its desk, in a talk where the request needs one."""

    def __init__(self, daemon: Daemon, tag: str) -> None:
        self.daemon = daemon
        self._tag = tag
        self.begin()

    def begin(self) -> None:
        self.daemon.open()
        tag = self._tag
        self.client, _ = self.daemon.at_work("A", "B")
        good = EXAMPLES[tag]
        if good.get("uuid") == TALKS:
            near, _ = self.daemon.talk(self.client, "A", "B")
            good = good | {"uuid": near}
        self.good = ENVELOPE | {"msg_type": tag} | good
        self.client.take()
        self.daemon.switch.take()
        self.before = self.state()

    def send(self, **texts: str) -> tuple[dict[str, object], list[str]]:
        """The reply and the switch's commands; fields as JSON texts, "" to leave one out."""
        fields = {name: json.dumps(value) for name, value in self.good.items()} | texts
        body = ",".join(f'"{name}":{text}' for name, text in fields.items() if text)
        self.client.say(f"{{{body}}}".encode("utf-8", "surrogatepass"))
        idle()
        replies = [each for each in self.client.take() if "seq" not in each]
        assert len(replies) == 1, (texts, replies)
        return replies[0], self.daemon.switch.take()

    def state(self) -> object:
        tenant = self.daemon.tenant
        agents = [(one.id, one.state, one.token, one.connection) for one in tenant.agents.values()]
        legs = [
            (leg.uuid, leg.state, leg.media.hold, leg.media.muted) for leg in tenant.legs.values()
        ]
        return agents, legs


@pytest.mark.parametrize("tag", REQUESTS)
def test_the_example_of_each_request_is_accepted(daemon, tag):
    reply, _ = Scene(daemon, tag).send()
    assert reply["code"] not in ("4002", NO_MESSAGE), reply


@pytest.mark.parametrize(("tag", "name"), FIELDS)
def test_a_hostile_value_in_a_field_is_refused_by_name_or_harmless(daemon, tag, name):
    scene = Scene(daemon, tag)
    harmless, twin = scene.send()
    scene.begin()
    for text in ["", *values.for_a_field(scene.good.get(name))]:
        reply, lines = scene.send(**{name: text})
        assert not scene.client.closed
        if name != "req_id":
            assert reply["req_id"] == "r-1", text
        if reply["code"] in ("0", harmless["code"]):
            judge_accepted(text, lines, twin)
            if lines or scene.state() != scene.before:
                scene.begin()
        else:
            judge_refused(name, text, reply)
            assert lines == []
            assert scene.state() == scene.before, text


RANGES = [
    (tag, name)
    for tag, kind in REQUESTS.items()
    for name in kind.__struct_fields__
    if name in values.OUT_OF_RANGE
]


@pytest.mark.parametrize(("tag", "name"), RANGES)
def test_a_value_out_of_its_range_is_refused(daemon, tag, name):
    scene = Scene(daemon, tag)
    for value in values.OUT_OF_RANGE[name]:
        reply, lines = scene.send(**{name: json.dumps(value)})
        if reply["code"] != "4002" or name not in str(reply["msg"]):
            # A uuid that could be one is a leg that nobody has.
            assert value == "all", reply
            assert reply["code"] in ("4000", "4103", NOT_BUILT), reply
        assert (lines, scene.state()) == ([], scene.before), value


@pytest.mark.parametrize("tag", REQUESTS)
def test_a_value_that_only_msgpack_can_carry_is_refused(daemon, tag):
    scene = Scene(daemon, tag)
    scene.client.form = Form.MSGPACK
    for name in (*REQUESTS[tag].__struct_fields__, "msg_type"):
        for value in values.IN_MSGPACK:
            scene.client.say(msgpack.packb(scene.good | {name: value}))
            idle()
            [reply] = scene.client.take()
            assert reply["code"] in ("4002", "4014", NO_MESSAGE), (name, value, reply)
            assert reply["code"] != "4002" or named(name, reply["msg"]), (name, value, reply)
            assert not scene.client.closed
            assert (scene.daemon.switch.take(), scene.state()) == ([], scene.before)


def means_something(text: str) -> bool:
    """A value that can be a choice of the protocol's, with the blanks that it tolerates."""
    return re.sub(r'["\s]|\\t', "", text) in ("", "0", "1", "true", "false", "null")


def judge_accepted(text: str, lines: list[str], twin: list[str]) -> None:
    """A text without meaning for the switch has not added a byte to its commands."""
    assert means_something(text) or lines == twin, text
    for line in lines:
        assert LINE.fullmatch(line), ascii(line)


def judge_refused(name: str, text: str, reply: dict[str, object]) -> None:
    code = reply["code"]
    if code == "4002":
        assert named(name, reply["msg"]), (text, reply)
    elif not means_something(text):
        allowed = ELSE.get(name, set()) | ({NO_MESSAGE} if text in NO_JSON else set())
        assert code in allowed, (text, reply)


def named(name: str, msg: object) -> bool:
    # Which of two that exclude each other is to blame is a matter of taste.
    twins = {"video": "audio", "out_line": "callee_number", "token": "agent_pwd"}
    twins |= {"trans_type": "trans_number", "consult_type": "consult_number"}
    return name in str(msg) or twins.get(name, name) in str(msg)


# -- whole messages ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\0",
        b"\xff\xfe\xfd",
        b"\xef\xbb\xbf{}",
        b"NaN",
        b"[1]",
        b'"text"',
        b"{" * 10_000,
        b"[" * 10_000,
        b'{"a":' * 10_000,
        b'{"msg_type":"ping"}{"msg_type":"ping"}',
        b"GET / HTTP/1.1\r\n\r\n",
        b"auth ClueCon\n\n",
    ],
    ids=lambda each: ascii(each[:20]),
)
def test_a_malformed_message_is_refused_once_and_has_no_effect(daemon, message):
    scene = Scene(daemon, "call")
    scene.client.say(message)
    idle()
    [reply] = scene.client.take()
    assert reply["code"] == NO_MESSAGE
    assert not scene.client.closed
    assert scene.daemon.switch.take() == []
    assert scene.send()[0]["code"] == "0"


@pytest.mark.parametrize("name", [*ENVELOPE, "callee_number", "msg_type"])
def test_a_message_with_a_repeated_field_is_refused(daemon, name):
    """Of two, one reader may believe the first and another the last."""
    scene = Scene(daemon, "call")
    body = json.dumps(scene.good)[:-1] + f', "{name}": {json.dumps(scene.good[name])}}}'
    scene.client.say(body.encode())
    idle()
    assert scene.client.take()[0]["code"] == NO_MESSAGE
    assert scene.daemon.switch.take() == []


def test_unknown_fields_are_ignored(daemon):
    _, twin = Scene(daemon, "call").send()
    for name in ("is_video", "file_name", "__proto__", "line", "words", "a\n\napi status"):
        scene = Scene(daemon, "call")
        message = scene.good | {name: "${system(id)}\n\napi status"}
        scene.client.say(message)
        idle()
        assert scene.daemon.switch.take() == twin


@pytest.mark.parametrize("target", values.FOREIGN)
def test_an_agent_with_an_impossible_name_is_unknown(daemon, target):
    scene = Scene(daemon, "call")
    for text in (target, NAMES["B"] + target, target + NAMES["B"]):
        reply, lines = scene.send(callee_number=json.dumps(text), out_line="0")
        assert reply["code"] == "4101"
        assert lines == []
    supervisor = scene.daemon.client()
    supervisor.checkin("S")
    fields = {
        "action": "FORCE_CHECKOUT",
        "operated_agent_id": NAMES["B"] + target,
        "operated_ext_id": NAMES["B"],
    }
    assert supervisor.ask("S", "change_status", **fields)["code"] == "4101"


@pytest.mark.parametrize("room", values.FOREIGN)
def test_a_room_with_an_impossible_name_is_refused(daemon, room):
    scene = Scene(daemon, "call")
    for text in (room, "round" + room, room + "round"):
        reply, lines = scene.send(callee_number=json.dumps(text), out_line="2")
        assert (reply["code"], lines) == ("4002", [])
        assert "callee_number" in str(reply["msg"])


def test_a_flood_of_bad_messages_has_no_effect(daemon):
    client: Client = daemon.client()
    client.checkin("A")
    client.take()
    message = {"msg_type": "call", "company_code": COMPANY, "callee_number": OUTSIDE}
    for n in range(500):
        client.say(message | {"req_id": str(n), "agent_id": n})
    assert [each["code"] for each in client.take()] == ["4009"] * 500
    assert daemon.switch.heard == []
    client.ok("A", "call", callee_number=OUTSIDE)
