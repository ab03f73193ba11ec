"""Domains of e-mail addresses: which an organization may claim, and the DNS record that proves that it holds one.

A domain is proven by a TXT record below a name of its own, so the proof stays clear of whatever else the domain says of
itself (RFC 8552). What many strangers share is refused: whoever could prove it would speak for all of them.
"""

import secrets
from typing import Final

from nexstock.single_sign_on.model import Domain

_RECORD: Final = "_nexstock-challenge"
_VALUE: Final = "nexstock-domain-verification="

_MAIL_PROVIDERS: Final = frozenset(
    {
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "ymail.com"),
        *("aol.com", "icloud.com", "me.com", "mac.com", "gmx.com", "gmx.de", "gmx.net", "web.de", "mail.com"),
        *("proton.me", "protonmail.com", "pm.me", "fastmail.com", "zoho.com", "yandex.com", "yandex.ru", "mail.ru"),
        *("qq.com", "163.com", "126.com", "naver.com", "orange.fr", "laposte.net", "libero.it", "t-online.de"),
        *("comcast.net", "verizon.net", "att.net", "tutanota.com", "hey.com"),
    }
)
_PUBLIC_SUFFIXES: Final = frozenset(
    {
        *("co.uk", "org.uk", "ac.uk", "gov.uk", "com.au", "net.au", "org.au", "co.nz", "co.jp", "or.jp", "co.kr"),
        *("com.br", "com.cn", "com.mx", "com.ar", "com.tr", "com.sg", "com.hk", "com.tw", "co.in", "co.za", "co.il"),
        *("github.io", "herokuapp.com", "cloudfront.net", "azurewebsites.net", "web.app", "vercel.app", "netlify.app"),
    }
)
"""The large ones. The full list would change nothing: nobody but a registry can put a record below its suffix."""


def is_shared(name: str) -> bool:
    """Tell whether strangers share a domain, so that no single organization may speak for it."""
    return name in _MAIL_PROVIDERS or name in _PUBLIC_SUFFIXES


def new_domain(name: str) -> Domain:
    """Return a domain that waits for its proof."""
    return Domain(name=name, token=secrets.token_urlsafe(24))


def record_name(domain: Domain) -> str:
    """Return the name that the TXT record has to stand at."""
    return f"{_RECORD}.{domain.name}"


def record_value(domain: Domain) -> str:
    """Return what the TXT record has to say."""
    return f"{_VALUE}{domain.token}"
