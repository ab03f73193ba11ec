"""Journeys of the functions by which people keep their passwords and sessions."""

import json

from nexstock.auth.permissions import Role
from nexstock.auth.step_up import HEADER, Action
from tests.support.api import call
from tests.support.confirmations import a_proof, a_step_up_code, an_email_code
from tests.support.journeys.isolated import Outcome
from tests.support.journeys.world import Visit
from tests.support.mailbox import codes_to
from tests.support.outdated import OLD_PEPPER, an_old_hash, store_hash
from tests.support.people import PASSWORD, add_person
from tests.support.second_factors import with_passkey, with_totp


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
    loyal = visit.world.organization.owner
    store_hash(loyal.id, an_old_hash(PASSWORD, pepper_version=OLD_PEPPER))
    visit.request(204, by="owner", body={**body, "newPassword": visit.world.password()})


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


def request_step_up(visit: Visit) -> None:
    """A code for an action; an API key has nobody to confirm anything."""
    outcome = visit.request(202, by="member", body={"action": "delete_account"})
    visit.world.keep("code", _mailed(outcome)["value_code"])
    visit.request(403, by="admin_key", body={"action": "delete_account"})


def confirm_step_up(visit: Visit) -> None:
    """A wrong code, the right one, and the same once more."""
    world = visit.world
    token = world.organization.member.token
    code = world.keep("code", a_step_up_code(token, Action.DELETE_ACCOUNT))
    wrong = world.keep("wrong code", f"{(int(code) + 1) % 10**6:06d}")
    visit.request(422, by="member", body={"action": "delete_account", "code": wrong})
    body = {"action": "delete_account", "code": code}
    world.keep("proof", visit.request(200, by="member", body=body).json["proof"])
    visit.request(422, by="member", body=body)


def get_account(visit: Visit) -> None:
    """The person; an API key is none."""
    visit.request(200, by="member")
    visit.request(403, by="admin_key")


def update_account(visit: Visit) -> None:
    """A new name, one for a version that is not the present one, and none at all."""
    body = {"name": visit.world.canary("person's name")}
    visit.request(200, by="member", body=body)
    visit.request(412, by="member", body=body, headers={"If-Match": '"99"'})
    visit.request(422, by="member", body={"name": None})


def change_email(visit: Visit) -> None:
    """Without a proof, with one, and to an address that somebody has."""
    world = visit.world
    token = world.organization.member.token
    visit.request(403, by="member", body={"newEmail": world.email()})
    for address in (world.email(), world.organization.owner.email):
        headers = {HEADER: world.keep("proof", a_proof(token, Action.CHANGE_EMAIL))}
        visit.request(202, by="member", body={"newEmail": address}, headers=headers)


def confirm_email(visit: Visit) -> None:
    """A wrong code, the right one, and the same once more."""
    world = visit.world
    code = world.keep("code", an_email_code(world.organization.member.token, world.email()))
    wrong = world.keep("wrong code", f"{(int(code) + 1) % 10**6:06d}")
    visit.request(422, by="member", body={"code": wrong})
    visit.request(204, by="member", body={"code": code})
    visit.request(422, by="member", body={"code": code})


def delete_account(visit: Visit) -> None:
    """The last owner, who has to stay, and one of two; without a proof nobody."""
    world = visit.world
    visit.request(403, by="member")
    last = {HEADER: world.keep("proof", a_proof(world.organization.owner.token, Action.DELETE_ACCOUNT))}
    visit.request(409, by="owner", headers=last)
    second = add_person(world.organization, Role.OWNER)
    with_totp(second.token)
    with_passkey(second.token)
    headers = {HEADER: world.keep("proof", a_proof(second.token, Action.DELETE_ACCOUNT))}
    visit.request(204, context=visit.context_of_token(second.token), headers=headers)
