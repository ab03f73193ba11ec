"""How a sign-in is answered: the refresh token in a cookie, or in the body for clients that hold no cookies."""

from aws_lambda_powertools.event_handler import Response

from nexstock.http.results import answered
from nexstock.identity.cookie import refresh_cookie
from nexstock.identity.mfa_schemas import SecondFactorView
from nexstock.identity.pending_sign_ins import LIFETIME, SecondFactorRequired
from nexstock.identity.schemas import Delivery, SignInView
from nexstock.identity.sessions import ABSOLUTE_LIFETIME
from nexstock.identity.sign_in import SignedIn


def signed_in_or_asked(
    result: SignedIn | SecondFactorRequired, delivery: Delivery
) -> Response[SignInView | SecondFactorView]:
    """Return the answer to a right password: a sign-in, or what the second factor is to be sent with."""
    view: SignInView | SecondFactorView
    if isinstance(result, SecondFactorRequired):
        expires_in = int(LIFETIME.total_seconds())
        view = SecondFactorView(mfa_token=result.token, methods=result.methods, expires_in=expires_in)
        return answered(view)
    view, headers = _shown(result, delivery)
    return answered(view, headers=headers)


def signed_in(result: SignedIn, delivery: Delivery) -> Response[SignInView]:
    """Return the answer to a sign-in, with the refresh token where the client wants it."""
    view, headers = _shown(result, delivery)
    return answered(view, headers=headers)


def _shown(result: SignedIn, delivery: Delivery) -> tuple[SignInView, dict[str, str]]:
    in_body = delivery == "body"
    view = SignInView(
        access_token=result.access_token,
        expires_in=result.expires_in_s,
        organization_id=result.organization_id,
        role=result.role,
        refresh_token=result.refresh_token if in_body else None,
    )
    if in_body:
        return view, {}
    cookie = refresh_cookie(result.refresh_token, max_age_s=int(ABSOLUTE_LIFETIME.total_seconds()))
    return view, {"Set-Cookie": cookie}
