"""The refresh cookie: the browser keeps it, scripts cannot read it, and only the sign-in routes get it.

`__Secure-` and the narrow path keep it to TLS and to the routes that need it (RFC 6265bis; ASVS 3.3.1).
"""

from typing import Annotated, Final

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.request import Request

from nexstock.http.requests import header

COOKIE_NAME: Final = "__Secure-nexstock_refresh"
_ATTRIBUTES: Final = "HttpOnly; Secure; SameSite=Strict; Path=/v1/auth"
CLEARED_COOKIE: Final = f"{COOKIE_NAME}=; Max-Age=0; {_ATTRIBUTES}"


def refresh_cookie(refresh_token: str, *, max_age_s: int) -> str:
    """Return the `Set-Cookie` value that keeps a refresh token."""
    return f"{COOKIE_NAME}={refresh_token}; Max-Age={max_age_s}; {_ATTRIBUTES}"


def _refresh_cookie(request: Request) -> str | None:
    # Python's own parser gives up on the whole header at the first odd name, and the others' names are not ours.
    for pair in (header(request.resolved_event.raw_event, "Cookie") or "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE_NAME:
            return value
    return None


RefreshCookieDep = Annotated[str | None, Depends(_refresh_cookie)]
"""The refresh token that the browser sent, if it did."""
