"""Where calls to customers' servers may go: nowhere inside anyone's network (OWASP on SSRF; ASVS 1.3.6, 15.3.2).

A URL is read once, by one strict grammar. Its name is resolved at every call, every address of the answer is
checked, and the connection is made to the checked address, so a name that changes its mind in between (DNS
rebinding) gains nothing. `ipaddress.is_global` alone lets NAT64, 6to4 and Teredo forms of private addresses pass,
hence the list.
"""

import ipaddress
import re
import socket
import threading
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

LOOK_UP_S: Final = 4.0
MAX_URL_LENGTH: Final = 2048
# A longer or an empty label is no host name, and Python's resolver raises something else than OSError for one.
_LABEL: Final = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_URL: Final = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{_LABEL}(?:\.{_LABEL})*)(?::(?P<port>[0-9]{{1,5}}))?"
    r"(?P<path>/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(?P<query>\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?"
)
_PORTS: Final = {"https": 443, "http": 80}
ALLOWED_PORTS: Final = frozenset({443, 8443})
_MAX_PORT: Final = 65535
_NUMERIC_LABEL: Final = re.compile(r"(0[xX][0-9A-Fa-f]*|[0-9]+)")

REFUSED_NETWORKS: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        # IANA IPv4 Special-Purpose Address Registry, multicast and reserved space.
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        # IANA IPv6 Special-Purpose Address Registry, and every form that carries an IPv4 address inside.
        *("::/8", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16"),
        *("3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
)


class TargetRefused(Exception):  # noqa: N818 (names the fact)
    """A target that is not allowed; the message may be shown to its owner."""


@dataclass(frozen=True, slots=True)
class TargetUrl:
    """A URL that may be called; its address is decided at every call."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The value of the `Host` header."""
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"


def parse_target(url: str, *, insecure_allowed: bool) -> TargetUrl:
    """Return the parts of a customer's URL.

    Args:
        url: as the customer gave it.
        insecure_allowed: whether http, any port and addresses instead of names are allowed, for a platform on
            one's own machine.

    Raises:
        TargetRefused: not an https URL with a host name, or with credentials, a fragment or an odd port.
    """
    match = _URL.fullmatch(url)
    if match is None or len(url) > MAX_URL_LENGTH:
        message = "has to be an https URL with a host name and without credentials or fragment"
        raise TargetRefused(message)
    scheme, host = match["scheme"], match["host"].lower()
    port = int(match["port"] or _PORTS[scheme])
    if not insecure_allowed:
        if scheme != "https":
            message = "has to use https"
            raise TargetRefused(message)
        if port not in ALLOWED_PORTS:
            message = "has to use port 443 or 8443"
            raise TargetRefused(message)
        # Resolvers read the last label 7, 0x7f or 0177 as part of an address, in several notations.
        if "." not in host or _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2]):
            message = "has to have a public host name, not an address"
            raise TargetRefused(message)
    if not 0 < port <= _MAX_PORT:
        message = "has an impossible port"
        raise TargetRefused(message)
    return TargetUrl(scheme, host, port, (match["path"] or "/") + (match["query"] or ""))


def resolve(target: TargetUrl, *, insecure_allowed: bool, within_s: float = LOOK_UP_S) -> str:
    """Return the address to connect to.

    Args:
        target: what is to be called.
        insecure_allowed: whether loopback may be, for a platform on one's own machine.
        within_s: how long DNS may take.

    Raises:
        TargetRefused: the name has no address, or none in time, or any of its addresses is not a public one.
    """
    addresses = _addresses(target, within_s)
    for address in addresses:
        parsed = ipaddress.ip_address(address)
        if is_refused(parsed) and not (insecure_allowed and parsed.is_loopback):
            message = "the host name leads to an address that is not public"
            raise TargetRefused(message)
    if not addresses:
        message = "the host name has no address"
        raise TargetRefused(message)
    return addresses[0]


def _addresses(target: TargetUrl, within_s: float) -> list[str]:
    """Ask DNS, for as long as an answer is worth waiting for: the system's resolver has no limit of its own to set."""
    answered: SimpleQueue[list[str]] = SimpleQueue()

    def look_up() -> None:
        try:
            answers = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except OSError:
            answers = []
        answered.put([str(answer[4][0]).partition("%")[0] for answer in answers])

    # A daemon: a name server that never answers is given up by the resolver in the end, and holds up nobody till then.
    threading.Thread(target=look_up, daemon=True).start()
    try:
        return answered.get(timeout=within_s)
    except Empty:
        return []


def is_refused(address: IpAddress) -> bool:
    """Tell whether no call may go to this address."""
    return any(address in network for network in REFUSED_NETWORKS if network.version == address.version)
