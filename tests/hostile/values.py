"""What clients and callers send who mean harm, or know no better."""

import json

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

PLAIN = ["null", "true", "false", "0", "1", '""', '" "', '"\\t"', '"x"']
LONG = [json.dumps("x" * 10_000), json.dumps("1" * 1_000_000)]


def for_a_field(good: object) -> list[str]:
    """JSON texts to try in place of a good value, or behind it."""
    middle = str(good) if isinstance(good, str | int) else "1"
    texts = [*FOREIGN, *(middle + text for text in FOREIGN), "\n" + middle, " " + middle]
    return PLAIN + OTHER_TYPES + LONG + [json.dumps(text) for text in texts]
