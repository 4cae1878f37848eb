"""The network that a client comes from, as it is counted: an IPv4 address, or an IPv6 /64.

An IPv6 host chooses among the 2**64 addresses of its network by itself, so counting single
addresses would limit nobody.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

_PREFIX = 64
_HOST_BITS = 128 - _PREFIX
_CACHED = 4096  # addresses: each is asked for at every turn of its connection


@lru_cache(_CACHED)
def host(address: str) -> IPv4Address | IPv6Address:
    """The address itself, without an interface's zone; an IPv4-mapped ``::ffff:192.0.2.7``, as a
    dual-stack socket shows it, becomes the IPv4 address. Raises ValueError."""
    found = ip_address(address.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


@lru_cache(_CACHED)
def network_of(address: str) -> str:
    """The IPv4 address, or the /64 of the IPv6 address."""
    found = host(address)
    if isinstance(found, IPv4Address):
        return str(found)
    network = IPv6Address(int(found) >> _HOST_BITS << _HOST_BITS)
    return f"{network}/{_PREFIX}"
