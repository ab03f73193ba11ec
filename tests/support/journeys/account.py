"""Journeys of the functions by which people keep their passwords and sessions."""

import json

from nexstock.auth.permissions import Role
from tests.support.api import call
from tests.support.journeys.isolated import Outcome
from tests.support.journeys.world import Visit
from tests.support.mailbox import codes_to
from tests.support.people import PASSWORD, add_person


def forgot_password(visit: Visit) -> None:
    """An address that somebody owns, and one that nobody does."""
    outcome = visit.request(202, body={"email": visit.world.organization.owner.email})
    visit.world.keep("code", _mailed(outcome)["value_code"])
    outcome = visit.request(202, body={"email": visit.world.email()})
    assert _mailed(outcome)["template"] == "nothing"


def reset_password(visit: Visit) -> None:
    """A wrong code, the right one after a wrong password, an unknown address, and a password that is too short."""
    world = visit.world
    person = add_person(world.organization, Role.MEMBER)
    assert call("POST", "/v1/auth/login", body={"email": person.email, "password": world.password()}).status == 401
    assert call("POST", "/v1/auth/password/forgot", body={"email": person.email}).status == 202
    code = world.keep("code", codes_to(person.email)[-1])
    wrong = world.keep("wrong code", f"{(int(code) + 1) % 10**6:06d}")
    body = {"email": person.email, "code": code, "newPassword": world.password()}
    visit.request(422, body={**body, "code": wrong})
    visit.request(422, body={**body, "newPassword": world.keep("password", "Xq7-too-short")})
    visit.request(204, body=body)
    visit.request(422, body={**body, "email": world.email()})


def switch_organization(visit: Visit) -> None:
    """An organization that the person does not belong to, then the one that they do; an API key belongs to none."""
    world = visit.world
    visit.request(404, by="member", body={"organizationId": "org_01JD0000000000000000000000"})
    visit.request(403, by="admin_key", body={"organizationId": world.organization.id})
    body = {"organizationId": world.organization.id, "refreshTokenDelivery": "body"}
    told = visit.request(200, by="member", body=body).json
    world.keep("access token", told["accessToken"])
    world.keep("refresh token", told["refreshToken"])


def change_password(visit: Visit) -> None:
    """The right present password, and then, being another by now, a wrong one."""
    body = {"currentPassword": PASSWORD, "newPassword": visit.world.password()}
    visit.request(204, by="member", body=body)
    visit.request(422, by="member", body=body)
    visit.request(403, by="admin_key", body=body)


def list_sessions(visit: Visit) -> None:
    """A person's sessions; an API key has none."""
    assert visit.request(200, by="member").json["items"]
    visit.request(403, by="admin_key")


def end_session(visit: Visit) -> None:
    """A session that is not the person's, then their own; an API key has none."""
    organization = visit.world.organization
    own = {"session_id": organization.member.session_id}
    visit.request(404, by="member", path={"session_id": organization.owner.session_id})
    visit.request(403, by="admin_key", path=own)
    visit.request(204, by="member", path=own)


def _mailed(outcome: Outcome) -> dict[str, str]:
    (message,) = [call.parameters["MessageBody"] for call in outcome.calls if call.operation == "SendMessage"]
    mail: dict[str, str] = json.loads(message)
    return mail
