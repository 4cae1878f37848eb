"""Where a phone wants to be called, held against where it has registered from.

The switch sends its INVITE to whatever address a phone has named, or to the path that it has named
to that: also to an operator who knows the switch by its address and asks for no password, with any
number in it.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import unquote

from esl_bridge.domain.places import host

_PATH = ";fs_path="
"""Behind it the switch has whither it sends in place of the address: by a ``Path`` header, by the
phone's own word, or, of one behind NAT, from where it has registered."""
_LISTED = re.compile(r"sofia/[^/]+/")
# Nothing that two readers could read in two ways: one "@", and no other brackets.
_URI = re.compile(
    r"<?sips?:(?:[^@<>]*@)?(?:\[([0-9A-Fa-f:.]+)\]|([^@<>\[\]:;?]+))(?::[0-9]+)?(?:[;?][^@<>]*)?>?"
)


def leads_elsewhere(contact: str, address: str) -> bool:
    """Whether a call to this contact, as the switch tells or lists it, goes to another machine than
    the one at ``address``, or may do so. Of one whose address is not known nothing can be said."""
    return bool(address) and _host(_target(contact)) != _spelt_alike(address)


def _target(contact: str) -> str:
    """What the switch sends to; "" where it is not plain what that is."""
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
    """An address in its usual form; a host's name, which may mean any, in none."""
    try:
        return str(host(str(ip_address(text))))
    except ValueError:
        return ""
