"""TXT records, asked of the configured DNS servers; nothing is remembered from one question to the next."""

from typing import Final

from dns.exception import DNSException
from dns.nameserver import Do53Nameserver
from dns.rdatatype import TXT
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

from nexstock.config import DnsSettings
from nexstock.errors import TemporarilyUnavailable

_SETTINGS: Final = DnsSettings.from_env()
_TOTAL_S: Final = 5.0


def txt_records(name: str) -> list[str]:
    """Return the texts of a name's TXT records; none where there is no such name.

    Raises:
        TemporarilyUnavailable: no server gave an answer in time (503).
    """
    resolver = Resolver(configure=not _SETTINGS.servers)
    if _SETTINGS.servers:
        resolver.nameservers = [Do53Nameserver(address, port) for address, port in _SETTINGS.servers]
    try:
        answer = resolver.resolve(name, TXT, lifetime=_TOTAL_S, search=False)
    except (NXDOMAIN, NoAnswer):
        return []
    except (DNSException, OSError):
        detail = "DNS did not answer"
        raise TemporarilyUnavailable(detail) from None
    return [b"".join(record.strings).decode("utf-8", errors="replace") for record in answer]
