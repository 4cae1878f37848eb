"""Where phones are registered, as the switch lists it: one address for each phone of an extension.

An address is a URI as ``sofia_contact`` gives it, with ``sip:`` in front. A phone chooses it, so it
may be anything; ``dialstring.at`` accepts only plain addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from esl_bridge.domain.company import folded
from esl_bridge.esl.phone_addresses import leads_elsewhere

_BETWEEN = re.compile(r"<sips?:([^>]*)>")
# A field's value cannot contain a line break: SIP has none within a header.
_ROW = re.compile(
    r"^User: +\t([^@\n]*)@([^\n]*)\nContact: +\t([^\n]*)$(?:(?:\n[^\n]+)*?\nIP: +\t([^\n]*)$)?",
    re.MULTILINE,
)


def address(contact: str) -> str:
    """The address of a contact as a phone writes it, with angle brackets and a display name; "" if
    there is none."""
    found = _BETWEEN.search(contact)
    return f"sip:{found[1]}" if found else contact


def addresses(answer: str, profile: str) -> tuple[str, ...]:
    """Read the answer to ``sofia_contact``, in which the phone that (re-)registered longest ago
    comes first; empty: no phone is registered."""
    if answer.startswith("error/"):
        return ()
    start = f"sofia/{profile}/"
    return tuple(answer.removeprefix(start).split(f",{start}"))


def table(text: str, domain: str, *, anywhere: bool = False) -> Iterator[tuple[str, str]]:
    """Extension, ``folded``, and address of each phone of a domain, in the same order, from the
    answer to ``sofia status profile ... reg``; row by row as the caller iterates. ``anywhere``:
    include contacts at other addresses than they registered from."""
    for row in _ROW.finditer(text):
        user, realm, contact, came_from = row.groups("")
        if realm == domain and (anywhere or not leads_elsewhere(contact, came_from)):
            yield folded(user), address(contact)
