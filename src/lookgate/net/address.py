"""Which addresses the gateway dials.

A host comes from the settings, yet its name may be answered by someone else: a hijacked or rebound name
must not lead the gateway, or its credentials, to this machine, to a cloud's metadata server or to a neighbour.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

_METADATA = frozenset(
    ipaddress.ip_address(address)
    for address in ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254")
)
"""Metadata servers of clouds that do not put them on a link-local address."""
_WRAPPERS = tuple(ipaddress.ip_network(each) for each in ("64:ff9b::/96", "::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48"))
"""IPv6 networks whose last 32 bits are, or may be, an IPv4 address (RFC 6052, RFC 4291, RFC 2765, RFC 8215)."""
_NOT_PUBLIC = ipaddress.ip_network("fec0::/10")
"""Site-local addresses, which Python takes for public ones (RFC 3879)."""


class RefusedAddress(OSError):
    """A name leads to an address that is not dialled."""


def may_dial(address: str, *, private: bool) -> bool:
    """Whether the address is public or, when private ones are allowed, at least an ordinary one.

    Link-local addresses and metadata servers are refused always. An IPv4 address in IPv6 clothing is judged by what it
    wraps. ``address`` is an address, not a name; a scope (``%eth0``) is ignored.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and not ip.is_loopback and not ip.is_unspecified:
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and any(ip in network for network in _WRAPPERS):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return may_dial(str(inner), private=private)
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip in _METADATA:
        return False
    return private or (ip.is_global and ip not in _NOT_PUBLIC)


def is_loopback(host: str) -> bool:
    """Whether the host is this machine: ``localhost`` or a loopback address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def same_host(url: str, other: str) -> bool:
    """Whether two URLs are of one host, whatever their ports and paths; nothing that is no URL is of any."""
    return bool(host_of(url)) and host_of(url).rstrip(".") == host_of(other).rstrip(".")


def host_of(base_url: str) -> str:
    """Return the host of a URL, without the brackets of an IPv6 address."""
    return urlsplit(base_url).hostname or ""
