"""Ways to have a server call inside a network: addresses, forms of addresses, odd ways to write them, and odd URLs.

Collected from the IANA special-purpose registries (RFC 6890 and its updates), the notations that `inet_aton` and
`getaddrinfo` read, and what parsers of URLs have disagreed about (WHATWG URL, RFC 3986, CVE-2019-9740, CVE-2021-29921).
"""

import ipaddress
from collections.abc import Iterator
from typing import Final

_IPV4_NETWORKS: Final = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
    *("224.0.0.0/4", "240.0.0.0/4"),
)
_IPV6_NETWORKS: Final = (
    *("::/128", "::1/128", "::/8", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:2::/48"),
    *("2001:10::/28", "2001:20::/28", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10"),
    *("fec0::/10", "ff00::/8"),
)
_METADATA: Final = ("169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200", "192.0.0.192")
_METADATA_IPV6: Final = ("fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254")
INNER: Final = ("127.0.0.1", "10.0.0.1", "169.254.169.254", "172.16.0.1", "192.168.1.1", "100.64.0.1")
NAME: Final = "hooks.customer.example"


def special_addresses() -> list[str]:
    """Return the first, the last and two middle addresses of every special network, and every metadata service."""
    return sorted({*_METADATA, *_METADATA_IPV6, *_spread(_IPV4_NETWORKS), *_spread(_IPV6_NETWORKS)})


def addresses_inside_others() -> list[str]:
    """Return the IPv6 forms that carry each special IPv4 address."""
    inner = {*_METADATA, *_spread(_IPV4_NETWORKS)}
    return sorted({form for address in inner for form in ipv6_forms(address)})


def ipv6_forms(address: str) -> list[str]:
    """Return the IPv6 addresses by which some translator, tunnel or socket reaches an IPv4 address."""
    inner = int(ipaddress.IPv4Address(address))
    forms = {
        "mapped, RFC 4291": (0xFFFF << 32) | inner,
        "compatible, RFC 4291": inner,
        "translated, RFC 2765": (0xFFFF << 48) | inner,
        "NAT64, RFC 6052": (0x64FF9B << 96) | inner,
        "local NAT64, RFC 8215": (0x64FF9B0001 << 80) | inner,
        "6to4, RFC 3056": (0x2002 << 112) | (inner << 80),
        "Teredo server, RFC 4380": (0x20010000 << 96) | (inner << 64),
        "Teredo client, RFC 4380": (0x20010000 << 96) | (inner ^ 0xFFFFFFFF),
    }
    return [str(ipaddress.IPv6Address(form)) for form in forms.values()]


def odd_notations(address: str) -> list[str]:
    """Return ways to write an IPv4 address that some parser of hosts reads."""
    value = int(ipaddress.IPv4Address(address))
    first, second, third, fourth = (int(part) for part in address.split("."))
    low24, low16 = value & 0xFFFFFF, value & 0xFFFF
    dotted = f"{first}.{second}.{third}.{fourth}"
    return [
        *(dotted, f"{dotted}.", f"{value}", f"{value:#x}", f"{value:#X}", f"0{value:o}", f"0x00000000{value:x}"),
        *(f"{first}.{low24}", f"{first}.{second}.{low16}", f"{first:#x}.{low24:#x}", f"0{first:o}.{low24}"),
        *(f"{first:#x}.{second:#x}.{third:#x}.{fourth:#x}", f"0{first:o}.0{second:o}.0{third:o}.0{fourth:o}"),
        *(f"{first:03}.{second:03}.{third:03}.{fourth:03}", f"{first:#x}.{second}.0{third:o}.{fourth}"),
        *(f"{first}.{second}.{third}.{fourth:#x}", f"0000{first:o}.{second}.{third}.{fourth}"),
        *(f"{value + (1 << 32)}", f"{first + 256}.{second}.{third}.{fourth}", f"{dotted}.{NAME.partition('.')[0]}.1"),
        *(_fullwidth(dotted), _fullwidth(str(value)), dotted.replace(".", "\u3002"), dotted.replace(".", "\uff0e")),
        *(dotted.replace(".", "\uff61"), _circled(dotted), dotted.replace(".", "%2e"), _percent(dotted)),
        *(f"{first}..{second}.{third}.{fourth}", f".{dotted}", f"{dotted}..", f"{first}.{second}.{third}.{fourth}%00"),
        *(f"[::ffff:{dotted}]", f"[::{dotted}]", f"[64:ff9b::{dotted}]", f"[::ffff:{value >> 16:x}:{low16:x}]"),
        *(f"[{dotted}]", f"[::ffff:{dotted}%25eth0]", f"[0:0:0:0:0:ffff:{dotted}]", f"[::ffff:{dotted}"),
    ]


def odd_urls(inner: str) -> Iterator[str]:
    """Yield URLs that name a public host to one reader, and an inner address to another."""
    yield from _odd_authorities(inner)
    yield from _odd_characters(inner)
    yield from _odd_schemes_and_ports(inner)
    yield from _odd_names()
    for fragment in ("#", "#part", f"/#@{NAME}", f"/?#{inner}"):
        yield f"https://{NAME}{fragment}"


def _odd_authorities(inner: str) -> Iterator[str]:
    for userinfo in ("user@", "user:password@", "@", ":@", "%40@", f"{NAME}@", f"{NAME}:443@", f"{NAME}%2f@"):
        yield f"https://{userinfo}{inner}/"
        yield f"https://{inner}{userinfo.rstrip('@')}@{NAME}/"
    for divider in ("\\", "\\@", "/\\", "\\\\", "#@", "?@", "%5c@", ";@", "%23@", "\t@", "\n@", "\r\n@", "\x00@", " @"):
        yield f"https://{NAME}{divider}{inner}/"
        yield f"https://{inner}{divider}{NAME}/"


def _odd_characters(inner: str) -> Iterator[str]:
    for character in ("\t", "\n", "\r", " ", "\x00", "\x0b", "\x7f", "\u00a0", "\u00ad", "\u200b", "\u2028", "\ufeff"):
        yield f"https://{NAME}{character}/"
        yield f"https://{NAME[:5]}{character}{NAME[5:]}/"
        yield f"{character}https://{NAME}/"
        yield f"https:{character}//{inner}/"
        yield f"https://{NAME}/a{character}b"


def _odd_schemes_and_ports(inner: str) -> Iterator[str]:
    for scheme in ("http", "ftp", "file", "gopher", "dict", "ldap", "ws", "wss", "jar:https", "HTTPS", "hTTps", ""):
        yield f"{scheme}://{inner}/"
    for start in ("//", "///", "https:", "https:/", "https:///", "https:\\\\", "https//", "url:https://", "https:////"):
        yield f"{start}{inner}/"
    for port in ("0", "22", "25", "80", "445", "6379", "11211", "65536", "99999", "-1", "", "443x", "443:80", "４４３"):  # noqa: RUF001
        yield f"https://{NAME}:{port}/"


def _odd_names() -> Iterator[str]:
    for name in (f"{NAME}.", f"{NAME}..", ".example", f"-{NAME}", "a-.example", "a_b.example", f"{'a' * 64}.example"):
        yield f"https://{name}/"
    for name in ("localhost", "LOCALHOST", "localhost.", "metadata", "ip6-localhost", "0", "b\u00fccher.example"):
        yield f"https://{name}/"
    for name in (
        "metadata.google.internal",
        "localhost.localdomain",
        "127.0.0.1.nip.example",
        "1.0.0.127.in-addr.arpa",
    ):
        yield f"https://{name}/"
    yield f"https://{'a.' * 1100}example/"


def _spread(networks: tuple[str, ...]) -> Iterator[str]:
    for network in map(ipaddress.ip_network, networks):
        size = network.num_addresses
        for offset in {0, size // 3, size // 2, size - 1}:
            yield str(network[offset])


def _fullwidth(text: str) -> str:
    return "".join(chr(ord(each) + 0xFEE0) if each.isdigit() else each for each in text)


def _circled(text: str) -> str:
    return "".join(chr(0x245F + int(each)) if each in "123456789" else each for each in text)


def _percent(text: str) -> str:
    return "".join(f"%{ord(each):02x}" for each in text)
