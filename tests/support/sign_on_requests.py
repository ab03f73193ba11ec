"""What requests about single sign-on need: a connection that is there or is not, DNS records, a provider."""

import atexit
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from tests.support.api import call
from tests.support.events import Json
from tests.support.people import StaffedOrganization
from tests.support.providers import Provider
from tests.support.single_sign_on import (
    CONNECTION,
    VERIFY,
    a_connection,
    a_domain,
    an_organization_at,
    answer_of,
    begun,
    publish_proof,
)

_ISSUER: Final = "https://login.customer.example"


def _without_connection(organization: StaffedOrganization) -> None:
    """Make room: an organization has one connection to an identity provider."""
    assert call("DELETE", CONNECTION, token=organization.owner.token).status in {204, 404}


def _with_connection(organization: StaffedOrganization) -> None:
    """Have a connection to an identity provider, whatever was done to the last one."""
    _without_connection(organization)
    body = a_connection(_ISSUER)
    assert call("POST", CONNECTION, token=organization.owner.token, body=body).status == 201


def _a_domain_with_proof(organization: StaffedOrganization) -> Json:
    """Name a domain, put its record into DNS, and return the body that has it verified."""
    _with_connection(organization)
    domain = a_domain()
    named = call("PATCH", CONNECTION, token=organization.owner.token, body={"domains": [domain]})
    publish_proof(named.json, domain)
    return {"name": domain}


@cache
def lasting_provider() -> Provider:
    """Run a provider until the process ends."""
    provider = Provider()
    provider.__enter__()
    atexit.register(provider.__exit__)
    return provider


def _an_address_at_a_provider() -> str:
    _, domain = an_organization_at(lasting_provider())
    return f"ada@{domain}"


def _back_from_a_provider() -> Json:
    email = _an_address_at_a_provider()
    return answer_of(lasting_provider(), begun(email), email)


PREPARATIONS: Final[Mapping[tuple[str, str], Callable[[StaffedOrganization], None]]] = {
    ("GET", CONNECTION): _with_connection,
    ("POST", CONNECTION): _without_connection,
    ("PATCH", CONNECTION): _with_connection,
    ("DELETE", CONNECTION): _with_connection,
}
"""What an organization has to have, or not to have, before a request can succeed."""

BODIES: Final[Mapping[tuple[str, str], Callable[[StaffedOrganization], Any]]] = {
    ("POST", "/v1/auth/sso/start"): lambda _: {"email": _an_address_at_a_provider()},
    ("POST", "/v1/auth/sso/complete"): lambda _: _back_from_a_provider(),
    ("POST", CONNECTION): lambda _: a_connection(_ISSUER, a_domain()),
    ("PATCH", CONNECTION): lambda _: {"enabled": False},
    ("POST", VERIFY): _a_domain_with_proof,
}
"""Bodies that the routes take."""
