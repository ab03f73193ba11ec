"""The networks that an API key may be used from: CIDR blocks of IPv4 and IPv6 (RFC 4632, RFC 4291).

An IPv4 address may arrive in its IPv6 form (`::ffff:203.0.113.7`, RFC 4291, 2.5.5.2), depending on how the caller
reached the gateway. It is the same address, so both sides are compared as IPv4.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

MAX_NETWORKS: Final = 50
_FORM: Final = re.compile(r"[0-9A-Fa-f:.]{2,45}(/[0-9]{1,3})?")
"""Keeps out what `ipaddress` reads as well: masks written as addresses, and scope ids."""

_MAPPED_BITS: Final = 96
_NO_NETWORK: Final = "has to be an IPv4 or IPv6 address or network, such as 203.0.113.0/24"
_HOST_BITS: Final = "has host bits set; write the first address of the network"

_Network = IPv4Network | IPv6Network
_Address = IPv4Address | IPv6Address


def canonical_network(text: str) -> str:
    """Return a network in its one canonical form; a plain address is the network that holds it alone.

    Raises:
        ValueError: no address and no network, or an address within a network; the message does not repeat the text.
    """
    if _FORM.fullmatch(text) is None:
        raise ValueError(_NO_NETWORK)
    try:
        network = ip_network(text, strict=False)
        written = ip_address(text.partition("/")[0])
    except ValueError:
        raise ValueError(_NO_NETWORK) from None
    if written != network.network_address:
        raise ValueError(_HOST_BITS)
    return str(_unmapped_network(network))


def is_within(address: str, networks: Iterable[str]) -> bool:
    """Tell whether an address lies in one of the networks; a text that is no address lies nowhere."""
    try:
        known = _unmapped(ip_address(address))
    except ValueError:
        return False
    return any(known in ip_network(network) for network in networks)


def _unmapped(address: _Address) -> _Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


def _unmapped_network(network: _Network) -> _Network:
    first = _unmapped(network.network_address)
    if network.version == first.version or network.prefixlen < _MAPPED_BITS:
        return network
    return ip_network(f"{first}/{network.prefixlen - _MAPPED_BITS}")
