"""Networks of API keys: one canonical form, and membership that no other spelling of an address escapes."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.api_keys.addresses import canonical_network, is_within

_IPV4 = st.ip_addresses(v=4)
_IPV6 = st.ip_addresses(v=6)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("203.0.113.7", "203.0.113.7/32"),
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1/128"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("::/0", "::/0"),
        ("::ffff:203.0.113.7", "203.0.113.7/32"),
        ("::ffff:cb00:7100/120", "203.0.113.0/24"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
    ],
)
def test_network_is_kept_in_its_canonical_form(written: str, canonical: str) -> None:
    assert canonical_network(written) == canonical
    assert canonical_network(canonical) == canonical


@pytest.mark.parametrize(
    "written",
    ["10.0.0.1/8", "203.0.113.7/24", "2001:db8::1/64", "::ffff:203.0.113.7/120", "::1/0"],
)
def test_address_within_a_network_is_refused_for_its_host_bits(written: str) -> None:
    with pytest.raises(ValueError, match="host bits"):
        canonical_network(written)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "*",
        "localhost",
        "198.51.100",
        "203.0.113.256",
        "203.0.113.07",
        "203.0.113.0/33",
        "203.0.113.0/-1",
        "198.51.100.0/",
        "203.0.113.0/24/24",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/0.255.255.255",
        "2001:db8::/129",
        "fe80::1%eth0",
        " 203.0.113.7",
        "203.0.113.7\n",
        "3405803783",
        "٢٠٣.0.113.7",
    ],
)
def test_what_is_no_network_is_refused_without_being_repeated(written: str) -> None:
    with pytest.raises(ValueError, match="has to be an IPv4 or IPv6") as refusal:
        canonical_network(written)

    assert not written or written not in str(refusal.value)


@given(address=_IPV4 | _IPV6)
def test_address_lies_in_its_own_network_and_in_no_neighbours(address: IPv4Address | IPv6Address) -> None:
    network = canonical_network(str(address))

    assert is_within(str(address), [network])
    neighbour = type(address)(int(address) ^ 1)
    assert not is_within(str(neighbour), [network])


@given(address=_IPV4, prefix=st.integers(0, 32))
def test_ipv4_address_in_its_ipv6_form_is_the_same_address(address: IPv4Address, prefix: int) -> None:
    network = canonical_network(str(ip_network(f"{address}/{prefix}", strict=False)))
    mapped = IPv6Address(f"::ffff:{address}")

    assert is_within(str(mapped), [network])
    assert canonical_network(str(mapped)) == f"{address}/32"


@given(address=_IPV4)
def test_ipv6_networks_hold_no_ipv4_address(address: IPv4Address) -> None:
    assert not is_within(str(address), ["::/0"])
    assert not is_within(f"::ffff:{address}", ["::/0"])


@pytest.mark.parametrize("text", ["", "unknown", "203.0.113.7, 198.51.100.1", "203.0.113.7:443"])
def test_what_is_no_address_lies_nowhere(text: str) -> None:
    assert not is_within(text, ["0.0.0.0/0", "::/0"])


def test_no_network_holds_nothing() -> None:
    assert not is_within("203.0.113.7", [])
