"""GET /.well-known/security.txt: whom to tell of a vulnerability (RFC 9116)."""

from datetime import timedelta
from typing import Final

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.clock import to_rfc3339, utc_now
from nexstock.http.answers import HTTP
from nexstock.http.api import Api

_GOOD_FOR: Final = timedelta(days=180)

app = Api()


@app.get("/.well-known/security.txt", requires=Access.PUBLIC)
def get_security_txt() -> Response[str]:
    """Read security.txt; it names our address, and ends well before a year has passed, as the RFC advises."""
    lines = [
        "Contact: mailto:security@nexstock.com",
        f"Expires: {to_rfc3339(utc_now() + _GOOD_FOR)}",
        "Preferred-Languages: en",
        f"Canonical: {HTTP.public_base_url}/.well-known/security.txt",
    ]
    return Response(200, "text/plain; charset=utf-8", "\n".join(lines) + "\n")


handler = app.handler
