"""Values that hostile or careless clients and callers send."""

import json

from msgpack import ExtType, Timestamp

FOREIGN = [
    *"\0\n\r\t\x1c\x85\u2028\u202e;'\"`|,&<>()$\\{}[]^%~!=",
    "\r\n",
    "\n\n",
    "%0A",
    "%25",
    "${system(id)}",
    "$${x}",
    "{a=b}",
    "[a=b]",
    "<a=b>",
    "&system(id)",
    "^^:",
    "../",
    "\n\napi status",
    "１２３",
    "٣",
    "😀",
]
"""Texts that belong into no number, id or word."""

OTHER_TYPES = ["1.5", "-1.5", "1e300", "1e400", "NaN", "[]", '["1"]', "{}", '{"a":1}', "[[]]"]
OTHER_TYPES += ["-1000", str(10**40), '"\\ud800"']
"""Values as JSON writes them, or nearly so, that no field can take."""

OUT_OF_RANGE: dict[str, list[object]] = {
    "audio": [4, -1, "4"],
    "video": [4, -1, "4"],
    "pixels": ["481", "720p", 719],
    "max_ring_time": [0, -1, 301, 10**9, "8h"],
    "max_call_time": [0, -1, 86_401, 10**9, "8h"],
    "record_start": ["exe", "../x", "ALWAYS"],
    "record_suffix": ["exe", "../x", "mp3 ../x"],
    "uuid": ["all", "x" * 129, "call-1 call-2"],
    "consult_uuid": ["all", "x" * 129],
    "start_status": ["CALLING", "RINGING", "OFFLINE"],
    "hold": ["2", -1, "yes"],
    "mute": ["2", -1, "yes"],
    "content": ["12x;rm@9", "1" * 33, "1@100000", "+", "E"],
    "dtmf_type": [9, -1, "x"],
    "rest_min": [0, -5, 1_000_000, "abc"],
    "out_line": [3, -1, "x"],
    "type": ["0", "9", -1],
    "trans_type": ["0", "99", -1],
    "consult_type": ["9", -1],
    "three_way_type": ["9", -1],
    "action": ["CALLING", "FORCE", "MAKE_FREE;CHECKOUT"],
    "agent_ip": ["x;y", "10.0.0.1\n", "a" * 513],
}
"""Values of the right type that mean nothing, by their field."""

IN_MSGPACK: list[object] = [b"1", ExtType(5, b"1"), Timestamp(0), 1e400, {1: 2}, [b"x"]]
"""What JSON has no words for."""

PLAIN = ["null", "true", "false", "0", "1", '""', '" "', '"\\t"', '"x"']
LONG = [json.dumps("x" * 10_000), json.dumps("1" * 1_000_000)]


def for_a_field(good: object) -> list[str]:
    """JSON texts to try in place of a good value, or behind it."""
    middle = str(good) if isinstance(good, str | int) else "1"
    texts = [*FOREIGN, *(middle + text for text in FOREIGN), "\n" + middle, " " + middle]
    return PLAIN + OTHER_TYPES + LONG + [json.dumps(text) for text in texts]
