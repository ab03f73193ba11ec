"""Organizations with single sign-on, set up through the API, and people who come in by it."""

import secrets
from typing import Any

from tests.support import name_server
from tests.support.api import Reply, call
from tests.support.events import Json
from tests.support.people import StaffedOrganization, an_organization
from tests.support.providers import CLIENT_ID, CLIENT_SECRET, Provider, query_of

CONNECTION = "/v1/organization/single-sign-on"
VERIFY = f"{CONNECTION}/domains/verify"


def a_domain() -> str:
    """Return a domain that nobody has."""
    return f"{secrets.token_hex(6)}.example"


def a_connection(issuer: str, /, *domains: str, **fields: Any) -> Json:  # noqa: ANN401 (any JSON value)
    """Return the body of a new connection."""
    return {
        "issuer": issuer,
        "clientId": CLIENT_ID,
        "clientSecret": CLIENT_SECRET,
        "domains": list(domains),
        **fields,
    }


def connected(organization: StaffedOrganization, issuer: str, /, *domains: str, **fields: Any) -> Json:  # noqa: ANN401
    """Set single sign-on up, verify every domain, and return the connection."""
    reply = call("POST", CONNECTION, token=organization.owner.token, body=a_connection(issuer, *domains, **fields))
    assert reply.status == 201, reply.text
    for domain in domains:
        reply = verified(organization, domain)
        assert reply.status == 200, reply.text
    told: Json = reply.json
    return told


def publish_proof(connection: Json, domain: str) -> None:
    """Put the TXT record that a domain of a connection needs into DNS, beside another one."""
    (record,) = [each["txtRecord"] for each in connection["domains"] if each["name"] == domain]
    name_server.publish(record["name"], "v=spf1 -all", record["value"])


def verified(organization: StaffedOrganization, domain: str) -> Reply:
    """Put a domain's TXT record into DNS, and have it verified."""
    publish_proof(call("GET", CONNECTION, token=organization.owner.token).json, domain)
    return call("POST", VERIFY, token=organization.owner.token, body={"name": domain})


def an_organization_at(provider: Provider, **fields: Any) -> tuple[StaffedOrganization, str]:  # noqa: ANN401
    """Return a new organization whose people sign in at a provider, and its domain."""
    organization, domain = an_organization(), a_domain()
    connected(organization, provider.issuer, domain, **fields)
    return organization, domain


def begun(email: str) -> Json:
    """Begin a sign-in and return what the browser is told."""
    reply = call("POST", "/v1/auth/sso/start", body={"email": email})
    assert reply.status == 200, reply.text
    told: Json = reply.json
    return told


def answer_of(
    provider: Provider,
    started: Json,
    email: str,
    token: str | None = None,
    /,
    **changes: Any,  # noqa: ANN401 (any JSON value)
) -> Json:
    """Return what the browser comes back with from the provider; the token is an honest one but for the changes."""
    url = started["authorizationUrl"]
    id_token = token if token is not None else provider.signed(provider.claims(url, email, **changes))
    return {
        "signInToken": started["signInToken"],
        "state": query_of(url)["state"],
        "code": provider.code_for(url, id_token),
        "refreshTokenDelivery": "body",
    }


def completed(body: Json) -> Reply:
    """End a sign-in with what the browser came back with."""
    return call("POST", "/v1/auth/sso/complete", body=body)


def signed_on(provider: Provider, email: str, /, **changes: Any) -> Reply:  # noqa: ANN401 (any JSON value)
    """Sign somebody in at a provider, from the beginning to the end."""
    return completed(answer_of(provider, begun(email), email, **changes))
