"""Where phones are registered, as the switch tells it: one address for each phone of an extension.

An address is a URI as ``sofia_contact`` has it, ``sip:`` in front. A phone chooses it, so it may be
anything; ``dialstring.at`` takes none that is more than an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from esl_bridge.domain.company import folded
from esl_bridge.esl.phone_addresses import leads_elsewhere

_BETWEEN = re.compile(r"<sips?:([^>]*)>")
# What follows a field's name cannot begin a line: SIP has no line breaks within a header.
_ROW = re.compile(
    r"^User: +\t([^@\n]*)@([^\n]*)\nContact: +\t([^\n]*)$(?:(?:\n[^\n]+)*?\nIP: +\t([^\n]*)$)?",
    re.MULTILINE,
)


def address(contact: str) -> str:
    """Of a contact as a phone writes it, in angle brackets and with a name before it; "" if none
    was told."""
    found = _BETWEEN.search(contact)
    return f"sip:{found[1]}" if found else contact


def addresses(answer: str, profile: str) -> tuple[str, ...]:
    """From the answer to ``sofia_contact``, which puts first who has registered or said so again
    the longest ago; none: nobody is there."""
    if answer.startswith("error/"):
        return ()
    start = f"sofia/{profile}/"
    return tuple(answer.removeprefix(start).split(f",{start}"))


def table(text: str, domain: str, *, anywhere: bool = False) -> Iterator[tuple[str, str]]:
    """Extension, ``folded``, and address of each phone of a domain, in the same order, from the
    answer to ``sofia status profile ... reg``; row by row as the caller goes on. ``anywhere``: also
    of those that want to be called elsewhere than they register from."""
    for row in _ROW.finditer(text):
        user, realm, contact, came_from = row.groups("")
        if realm == domain and (anywhere or not leads_elsewhere(contact, came_from)):
            yield folded(user), address(contact)
