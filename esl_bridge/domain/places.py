"""Where clients come from, as far as they are counted: by address, and by network of IPv6.

A host of IPv6 chooses among the 2**64 addresses of its network by itself, so to count these one by
one would be to count nobody.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

_PREFIX = 64
_HOST_BITS = 128 - _PREFIX


def host(address: str) -> IPv4Address | IPv6Address:
    """The address itself, without the zone that an interface adds; an IPv4 one that a socket of
    both kinds shows as ``::ffff:192.0.2.7`` is that of IPv4. Raises ValueError."""
    found = ip_address(address.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def place(address: str) -> str:
    """The IPv4 address, or the /64 that the IPv6 address is in."""
    found = host(address)
    if isinstance(found, IPv4Address):
        return str(found)
    network = IPv6Address(int(found) >> _HOST_BITS << _HOST_BITS)
    return f"{network}/{_PREFIX}"
