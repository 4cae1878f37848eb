"""Dial strings: ``{vars}[vars]endpoint,endpoint|endpoint``, and the quoting of API arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Target:
    """One endpoint with its variables, including those of the leading block."""

    endpoint: str
    variables: dict[str, str] = field(default_factory=dict)

    def marked(self, marks: dict[str, str]) -> Target:
        return Target(self.endpoint, marks | self.variables)


def words(text: str) -> list[str]:
    """Split an API command's arguments at blanks; single quotes group, and are removed."""
    found, word, quoted, started = [], "", False, False
    for character in text:
        if character == "'":
            quoted, started = not quoted, True
        elif character == " " and not quoted:
            if started:
                found.append(word)
            word, started = "", False
        else:
            word, started = word + character, True
    return [*found, word] if started else found


def parse(text: str) -> list[list[Target]]:
    """Groups that are tried in sequence; the targets of a group ring in parallel."""
    shared, rest = variable_block(text.strip(), ("{", "}"))
    return [
        [_target(one, shared) for one in _split(group, ",") if one]
        for group in _split(rest, "|")
        if group
    ]


def _target(text: str, shared: dict[str, str]) -> Target:
    own, endpoint = variable_block(text.strip(), ("[", "]"))
    return Target(endpoint.strip(), shared | own)


def variable_block(text: str, brackets: tuple[str, str]) -> tuple[dict[str, str], str]:
    """The variables at the start of ``text``, and the rest."""
    opening, closing = brackets
    variables: dict[str, str] = {}
    while text.startswith(opening):
        block, closed, text = text[1:].partition(closing)
        if not closed:
            return variables, ""
        variables |= _variables(block)
        text = text.lstrip()
    return variables, text


def _variables(block: str) -> dict[str, str]:
    separator = ","
    if block.startswith("^^") and len(block) > 2:
        separator, block = block[2], block[3:]
    pieces = re.split(rf"(?<!\\){re.escape(separator)}", block)
    pairs = (piece.partition("=") for piece in pieces)
    return {name.strip(): _plain(value) for name, equals, value in pairs if equals}


def _plain(value: str) -> str:
    return value.replace("\\,", ",").replace("\\'", "'").strip("'")


def _split(text: str, separator: str) -> list[str]:
    """Split outside of ``[...]``."""
    pieces, depth = [""], 0
    for character in text:
        depth += (character == "[") - (character == "]")
        if character == separator and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += character
    return pieces


def inline(text: str) -> list[tuple[str, str]]:
    """``app:data,app:data``, or with another separator ``m:^:app:data^app:data``."""
    separator = ","
    if re.match(r"m:.:", text):
        separator, text = text[2], text[4:]
    pairs = (piece.partition(":") for piece in text.split(separator) if piece)
    return [(name.strip(), data) for name, _, data in pairs]


def executed(text: str) -> tuple[str, str]:
    """``app arg``, ``app:arg`` or ``app::arg``, as in ``execute_on_...`` -> app, arg."""
    name, data = re.fullmatch(r"([^ :]*)(?: |::?|$)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    return name, data.replace("\\,", ",")


def application(text: str) -> tuple[str, str]:
    """``&name(data)`` -> name, data."""
    name, opened, data = text.removeprefix("&").partition("(")
    return name, data.removesuffix(")") if opened else ""
