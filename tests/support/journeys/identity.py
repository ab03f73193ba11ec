"""Journeys of the functions that register people, sign them in and know them again."""

import json

from nexstock.auth.permissions import Role
from nexstock.clock import utc_now
from nexstock.ids import new_id
from tests.support.api import call
from tests.support.events import api_event
from tests.support.journeys.isolated import Outcome
from tests.support.journeys.world import Visit
from tests.support.outdated import OLD_PEPPER, an_old_hash, store_hash
from tests.support.people import PASSWORD, add_person
from tests.support.second_factors import with_totp

_NOT_ACCEPTABLE = "Xq7-too-short"


def authorize_request(visit: Visit) -> None:
    """Every credential of the organization, and two that nobody has."""
    unknown = "nxs_live_" + "0" * 58
    credentials = [*visit.world.organization.credentials.values(), visit.world.canary("token"), unknown]
    for credential in credentials:
        event = api_event("GET", "/v1/products", headers={"Authorization": f"Bearer {credential}"})
        visit.invoke({**event, "methodArn": "arn:aws:execute-api:us-east-1:000000000000:api/live/GET/v1/products"})
    assert [outcome.raised for outcome in visit.outcomes] == [None] * 6 + ["Unauthorized"] * 2
    bearer = {"Authorization": f"Bearer {visit.world.organization.member.token}"}
    refused = api_event("GET", "/v1/api-keys", headers=bearer)
    visit.invoke({**refused, "methodArn": "arn:aws:execute-api:us-east-1:000000000000:api/live/GET/v1/api-keys"})


def register(visit: Visit) -> None:
    """A new address, one that is taken, and a password that is not acceptable."""
    world = visit.world
    outcome = visit.request(202, body=world.registration())
    world.keep("code", _mailed(outcome)["value_code"])
    visit.request(202, body=world.registration(world.organization.owner.email))
    visit.request(422, body={**world.registration(), "password": world.keep("password", _NOT_ACCEPTABLE)})


def verify_email(visit: Visit) -> None:
    """A wrong code, the right one, and the same once more; a registration that is named, and one that is not there."""
    world = visit.world
    body = world.registration()
    code = world.registered(body)
    wrong = world.keep("wrong code", f"{(int(code) + 1) % 10**6:06d}")
    visit.request(422, body={"email": body["email"], "code": wrong})
    visit.request(204, body={"email": body["email"], "code": code})
    visit.request(422, body={"email": body["email"], "code": code})
    named = {"email": world.email(), "code": code, "userId": new_id("usr", utc_now())}
    visit.request(422, body=named)


def resend_code(visit: Visit) -> None:
    """An open registration, an unknown address, and a registration of an address that belongs to somebody by now."""
    world = visit.world
    body = world.registration()
    first = world.registered(body)
    world.registered({**world.registration(), "email": body["email"]})
    outcome = visit.request(202, body={"email": body["email"]})
    world.keep("code", _mailed(outcome)["value_code"])
    visit.request(202, body={"email": world.email()})
    visit.request(202, body={"email": body["email"], "userId": new_id("usr", utc_now())})
    assert call("POST", "/v1/auth/verify-email", body={"email": body["email"], "code": first}).status == 204
    outcome = visit.request(202, body={"email": body["email"]})
    assert _mailed(outcome)["template"] == "email_taken"


def log_in(visit: Visit) -> None:
    """A right pair, both ways of getting the refresh token, an old hash, wrong pairs up to a lock, one not verified."""
    world = visit.world
    email = world.organization.owner.email
    for delivery in ("cookie", "body"):
        signed_in = visit.request(200, body={"email": email, "password": PASSWORD, "refreshTokenDelivery": delivery})
        world.keep("access token", signed_in.json["accessToken"])
    world.keep("refresh token", signed_in.json["refreshToken"])
    loyal = add_person(world.organization, Role.MEMBER)
    store_hash(loyal.id, an_old_hash(PASSWORD, pepper_version=OLD_PEPPER))
    signed_in = visit.request(200, body={"email": loyal.email, "password": PASSWORD})
    world.keep("access token", signed_in.json["accessToken"])
    careful = add_person(world.organization, Role.MEMBER)
    with_totp(careful.token)
    asked = visit.request(200, body={"email": careful.email, "password": PASSWORD})
    world.keep("sign-in", asked.json["mfaToken"])
    visit.request(401, body={"email": email, "password": world.password()})
    visit.request(401, body={"email": world.email(), "password": world.password()})
    locked = world.organization.admin.email
    for _ in range(6):
        visit.request(401, body={"email": locked, "password": world.password()})
    visit.request(401, body={"email": locked, "password": PASSWORD})
    unverified = world.registration()
    world.registered(unverified)
    visit.request(403, body={name: unverified[name] for name in ("email", "password")})
    visit.request(401, body={"email": unverified["email"], "password": world.password()})


def refresh_session(visit: Visit) -> None:
    """Two rotations, then the first token once more, which ends the session, and a token that never was one."""
    world = visit.world
    spent = world.keep("refresh token", world.organization.admin.refresh_token)
    second = _refreshed(visit, spent)
    _refreshed(visit, second)
    outcome = visit.request(401, body={"refreshToken": spent})
    assert _mailed(outcome)["template"] == "session_revoked"
    visit.request(401, body={"refreshToken": world.canary("refresh token")})


def log_out(visit: Visit) -> None:
    """A person ends their session; an API key has none to end."""
    visit.request(204, by="member")
    visit.request(403, by="admin_key")


def _refreshed(visit: Visit, token: str) -> str:
    told = visit.request(200, body={"refreshToken": token}).json
    visit.world.keep("access token", told["accessToken"])
    return visit.world.keep("refresh token", told["refreshToken"])


def _mailed(outcome: Outcome) -> dict[str, str]:
    (message,) = [call.parameters["MessageBody"] for call in outcome.calls if call.operation == "SendMessage"]
    mail: dict[str, str] = json.loads(message)
    return mail
