"""Eight talks of an agent with an outside party, recorded from a FreeSWITCH 1.11.3-dev.

``subscribed.json``: to the daemon's own subscription. ``all.plain``: to ``event plain ALL``.
"""

from __future__ import annotations

import lzma
from importlib.resources import files
from typing import NamedTuple

TALKS = 8
PLAIN, JSON = "all.plain", "subscribed.json"


class Recorded(NamedTuple):
    """One event: its frame's headers with the blank line after them, and its body."""

    headers: bytes
    body: bytes


def stream(name: str) -> bytes:
    """A recording as it came over the wire."""
    return lzma.decompress((files(__package__) / f"{name}.xz").read_bytes())


def events(name: str) -> list[Recorded]:
    data, at, found = stream(name), 0, []
    while at < len(data):
        body = data.index(b"\n\n", at) + 2
        length = int(data[at:body].partition(b"Content-Length: ")[2].split(b"\n")[0])
        found.append(Recorded(data[at:body], data[body : body + length]))
        at = body + length
    return found
