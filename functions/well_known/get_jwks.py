"""GET /.well-known/jwks.json: the public keys that access tokens are verified with (RFC 7517)."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.clock import utc_now
from nexstock.crypto.signing_keys import PUBLISHED
from nexstock.http.api import Api
from nexstock.http.results import answered
from nexstock.http.schemas import View

app = Api()


class JwksView(View):
    """A JSON Web Key Set."""

    keys: list[dict[str, str]]


@app.get("/.well-known/jwks.json", requires=Access.PUBLIC)
def get_jwks() -> Response[JwksView]:
    """Read the public keys."""
    return answered(JwksView(keys=list(PUBLISHED.all(utc_now()).values())))


handler = app.handler
