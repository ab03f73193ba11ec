"""Journeys of the functions of single sign-on; the provider listens beside them."""

from nexstock.auth.permissions import Role
from tests.support.api import call
from tests.support.events import Json
from tests.support.invitations import an_invitation_token
from tests.support.journeys.world import Visit, World
from tests.support.people import add_person, an_organization
from tests.support.providers import TOKEN, Provider, Reply
from tests.support.single_sign_on import (
    CONNECTION,
    a_connection,
    a_domain,
    answer_of,
    begun,
    completed,
    connected,
    publish_proof,
    signed_on,
)

_ISSUER = "https://login.customer.example"


def create_single_sign_on(visit: Visit) -> None:
    """A connection, the same again, a second one, one in a deleted one's place, here and elsewhere, and odd ones."""
    world = visit.world
    key, body = _a_key(world), connection_body(world)
    for _ in range(2):
        visit.request(201, by="owner", body=body, headers=key)
    visit.request(409, by="owner", body=body, headers=_a_key(world))
    world.removed(CONNECTION)
    visit.request(201, by="owner", body=body)
    visit.request(422, by="owner", body={**body, "domains": [world.canary("domain")]})
    other, _made = world.elsewhere(CONNECTION, body)
    assert call("DELETE", CONNECTION, token=other.owner.token).status == 204
    visit.request(201, context=visit.context_of_token(other.owner.token), body=body)


def get_single_sign_on(visit: Visit) -> None:
    """None, and one."""
    visit.request(404, by="admin")
    world = visit.world
    world.made(CONNECTION, connection_body(world))
    visit.request(200, by="admin")


def update_single_sign_on(visit: Visit) -> None:
    """Another secret and no domain any more, the same once more, and a version that is not the present one."""
    world = visit.world
    connected(world.organization, _ISSUER, a_domain())
    key, body = _a_key(world), {"clientSecret": world.canary("client secret"), "domains": []}
    for _ in range(2):
        visit.request(200, by="owner", body=body, headers=key)
    visit.request(412, by="owner", body=body, headers={**_a_key(world), "If-Match": '"1"'})
    visit.request(422, by="owner", body={"issuer": f"{_ISSUER}/{world.canary('path of a URL')}"})


def delete_single_sign_on(visit: Visit) -> None:
    """One with a verified domain, the same once more, and none."""
    connected(visit.world.organization, _ISSUER, a_domain())
    key = _a_key(visit.world)
    for _ in range(2):
        visit.request(204, by="owner", headers=key)
    visit.request(404, by="owner")


def verify_domain(visit: Visit) -> None:
    """A domain without its record, then with it, the same once more, and a domain that nobody named."""
    world, domain = visit.world, a_domain()
    connection = world.made(CONNECTION, connection_body(world, domain)).json
    key = _a_key(world)
    visit.request(409, by="admin", body={"name": domain}, headers=key)
    publish_proof(connection, domain)
    for _ in range(2):
        visit.request(200, by="admin", body={"name": domain}, headers=key)
    visit.request(404, by="admin", body={"name": a_domain()}, headers=_a_key(world))


def start_single_sign_on(visit: Visit) -> None:
    """An address of a verified domain, one of another, and a provider that fails."""
    world, domain = visit.world, a_domain()
    with Provider() as provider:
        connected(world.organization, provider.issuer, domain)
        email = world.keep("e-mail address", f"{world.canary('local part')}@{domain}")
        told = visit.request(200, body={"email": email}).json
        world.keep("sign-in token", told["signInToken"])
        world.keep("authorization URL", told["authorizationUrl"])
        visit.request(404, body={"email": world.email()})
    other, failing_domain = an_organization(), a_domain()
    connected(other, world.failing, failing_domain)
    visit.request(502, body={"email": f"{world.canary('local part')}@{failing_domain}"})


def complete_single_sign_on(visit: Visit) -> None:
    """Somebody new, known here, known elsewhere, linked before, invited again; and whom nobody vouches for."""
    world, domain = visit.world, a_domain()
    with Provider() as provider:
        connected(world.organization, provider.issuer, domain)

        def person(label: str) -> str:
            return world.keep("e-mail address", f"{world.canary(label)}@{domain}")

        newcomer = person("newcomer")
        for _ in range(2):
            _sign_on(visit, provider, newcomer)
        _sign_on(visit, provider, add_person(world.organization, Role.ADMIN, email=person("admin")).email)
        _sign_on(visit, provider, add_person(an_organization(), Role.OWNER, email=person("stranger")).email)
        returning = person("returning")
        token = signed_on(provider, returning).json["accessToken"]
        gone = call("GET", "/v1/account", token=token).json["id"]
        world.removed(f"/v1/members/{gone}")
        visit.request(401, body=_kept(world, answer_of(provider, begun(returning), returning)))
        token = world.keep("invitation", an_invitation_token(world.organization, returning))
        assert call("POST", "/v1/invitations/accept", body={"token": token}).status == 200
        _sign_on(visit, provider, returning)
        body = _kept(world, answer_of(provider, begun(newcomer), newcomer))
        visit.request(401, body={**body, "signInToken": world.canary("sign-in token")})
        assert completed(body).status == 200
        visit.request(401, body=body)
        provider.replies[TOKEN] = Reply(world.canary("answer").encode())
        visit.request(502, body=_kept(world, answer_of(provider, begun(newcomer), newcomer)))


def _sign_on(visit: Visit, provider: Provider, email: str) -> None:
    told = visit.request(200, body=_kept(visit.world, answer_of(provider, begun(email), email))).json
    visit.world.keep("access token", told["accessToken"])
    visit.world.keep("refresh token", told["refreshToken"])


def _kept(world: World, body: Json) -> Json:
    for label, name in (("sign-in token", "signInToken"), ("state", "state"), ("authorization code", "code")):
        world.keep(label, body[name])
    return body


def connection_body(world: World, *domains: str) -> Json:
    """Return the body of a new connection, every text a canary."""
    return {
        **a_connection(_ISSUER, *(domains or (a_domain(),))),
        "clientId": world.canary("client id"),
        "clientSecret": world.canary("client secret"),
    }


def _a_key(world: World) -> dict[str, str]:
    return {"Idempotency-Key": world.canary("idempotency key")}
