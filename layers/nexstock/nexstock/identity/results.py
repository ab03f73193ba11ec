"""How a sign-in is answered: the refresh token in a cookie, or in the body for clients that hold no cookies."""

from aws_lambda_powertools.event_handler import Response

from nexstock.http.results import answered
from nexstock.identity.cookie import refresh_cookie
from nexstock.identity.schemas import Delivery, SignInView
from nexstock.identity.sessions import ABSOLUTE_LIFETIME
from nexstock.identity.sign_in import SignedIn


def signed_in(result: SignedIn, delivery: Delivery) -> Response[SignInView]:
    """Return the answer to a sign-in, with the refresh token where the client wants it."""
    in_body = delivery == "body"
    view = SignInView(
        access_token=result.access_token,
        expires_in=result.expires_in_s,
        organization_id=result.organization_id,
        role=result.role,
        refresh_token=result.refresh_token if in_body else None,
    )
    if in_body:
        return answered(view)
    cookie = refresh_cookie(result.refresh_token, max_age_s=int(ABSOLUTE_LIFETIME.total_seconds()))
    return answered(view, headers={"Set-Cookie": cookie})
