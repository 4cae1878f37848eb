"""Compares where a phone wants to be called with where it registered from.

The switch sends its INVITE to whatever address a phone has registered, or to that contact's path:
possibly to an operator who recognises the switch by its address and asks for no password, with any
number in it.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import unquote

from esl_bridge.domain.client_network import host

_PATH = ";fs_path="
"""Behind it the switch notes where it sends instead of the address: from a ``Path`` header, from
the contact itself, or, behind NAT, the address that the phone registered from."""
_LISTED = re.compile(r"sofia/[^/]+/")
# Nothing ambiguous: one "@", and no further brackets.
_URI = re.compile(
    r"<?sips?:(?:[^@<>]*@)?(?:\[([0-9A-Fa-f:.]+)\]|([^@<>\[\]:;?]+))(?::[0-9]+)?(?:[;?][^@<>]*)?>?"
)


def leads_elsewhere(contact: str, address: str) -> bool:
    """Whether a call to this contact, as the switch reports or lists it, goes to a machine other
    than ``address``, or may do so. False where the address is unknown."""
    return bool(address) and _host(_target(contact)) != _spelt_alike(address)


def _target(contact: str) -> str:
    """Where the switch sends; "" where that is ambiguous."""
    before, bracket, uri = contact.partition("<")
    if bracket:
        uri, end, rest = uri.partition(">")
        if not end or rest[:1] not in ("", ";") or "<" in uri + rest:
            return ""
    else:
        uri = _LISTED.sub("", before, count=1)
    named, path, whither = uri.partition(_PATH)
    if not path:
        return named
    return unquote(re.split("[;>]", whither, maxsplit=1)[0]).partition(",")[0].strip()


def _host(uri: str) -> str:
    found = _URI.fullmatch(uri)
    if found is None or "maddr=" in uri.lower():
        return ""
    return _spelt_alike(found[1] or found[2])


def _spelt_alike(text: str) -> str:
    """An address in its canonical form; "" for a host name, which may mean any."""
    try:
        return str(host(str(ip_address(text))))
    except ValueError:
        return ""
