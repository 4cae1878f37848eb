"""The pushes as they stand on the wire."""

import json

from esl_bridge.protocol.codec import Form, encode
from esl_bridge.protocol.messages import (
    AgentChange,
    Callback,
    Callin,
    Connect,
    Gap,
    TeamAgent,
    TeamChange,
    TeamQueue,
    WaitingCaller,
)

ENVELOPE = {
    "req_id": "1",
    "company_code": "c",
    "agent_id": "a",
    "ext_id": "e",
    "os": "other",
    "epoch": "x",
    "seq": 7,
}


def wire(message: object) -> dict[str, object]:
    return json.loads(encode(message, Form.JSON))


def test_the_connect_message_is_exactly_the_one_that_old_clients_expect():
    expected = '{"msg_type":"connect","code":"0","msg":"连接成功"}'
    assert encode(Connect(), Form.JSON).decode() == expected


def test_a_callback_has_the_protocols_spelling_and_only_fields_that_apply():
    callback = Callback(
        **ENVELOPE,
        action="CALL",
        phase="INITIATE",
        success=True,
        code="0",
        msg="ok",
        uuid="call-1",
        curren_time="2026-01-02 03:04:05",
        now_ms=1_767_323_045_000,
        audio=0,
    )
    assert wire(callback) == {
        "msg_type": "callback",
        **ENVELOPE,
        "action": "CALL",
        "phase": "INITIATE",
        "success": True,
        "code": "0",
        "msg": "ok",
        "uuid": "call-1",
        "curren_time": "2026-01-02 03:04:05",
        "now_ms": 1_767_323_045_000,
        "audio": 0,
    }


def test_a_callin_passes_flow_data_on_unchanged_and_has_an_empty_channel():
    flow_data = '{"a": "<b>\\u2028 \\"é"}'
    callin = Callin(
        **ENVELOPE,
        uuid="u",
        caller_number="1",
        callee_number="2",
        flow_data=flow_data,
        callin_channel="",
        is_video=0,
        audio=3,
        video=0,
        pixels="480",
    )
    assert wire(callin)["flow_data"] == flow_data
    assert wire(callin)["callin_channel"] == ""
    assert "work_order_id" not in wire(callin)


def test_an_agent_change_lists_the_numbers_in_the_call_even_if_there_are_none():
    change = AgentChange(
        **ENVELOPE, agent_status="FREE", last_agent_status="BUSY", in_call_numbers=(), since_ms=7
    )
    assert wire(change)["in_call_numbers"] == []
    assert wire(change)["since_ms"] == 7
    assert not wire(change).keys() & {"reason", "until_ms"}


def test_a_gap_and_a_team_change_carry_their_parts():
    assert wire(Gap(company_code="c", agent_id="a", epoch="x", from_seq=1, to_seq=2)) == {
        "msg_type": "gap",
        "company_code": "c",
        "agent_id": "a",
        "epoch": "x",
        "from_seq": 1,
        "to_seq": 2,
    }
    agent = TeamAgent(
        agent_id="a",
        ext_id="e",
        status="FREE",
        since="s",
        since_ms=7,
        registered=False,
        service_mode=1,
    )
    queue = TeamQueue(
        skill="1", agents_free=0, waiting=(WaitingCaller(caller_number="1", since="s", since_ms=7),)
    )
    change = wire(TeamChange(**ENVELOPE, agents=(agent,), queues=(queue,), now_ms=9))
    assert change["agents"][0]["registered"] is False
    assert (change["agents"][0]["since_ms"], change["now_ms"]) == (7, 9)
    assert change["queues"] == [
        {
            "skill": "1",
            "agents_free": 0,
            "waiting": [{"caller_number": "1", "since": "s", "since_ms": 7}],
        }
    ]
