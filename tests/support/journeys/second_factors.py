"""Journeys of the functions by which people set up, use and remove second factors."""

from nexstock.auth.permissions import Role
from nexstock.auth.step_up import Action
from tests.support.authenticators import Authenticator
from tests.support.events import Json
from tests.support.journeys.world import Visit
from tests.support.people import Person, add_person
from tests.support.second_factors import (
    a_new_passkey,
    a_wrong_code,
    begun_totp,
    proof,
    request_options,
    waiting_sign_in,
    with_passkey,
    with_totp,
)


def begin_totp(visit: Visit) -> None:
    """A secret for an app, then for who has one already; an API key has no phone."""
    told = visit.request(200, by="member").json
    visit.world.keep("secret", told["secret"])
    with_totp(visit.world.organization.owner.token)
    visit.request(409, by="owner")
    visit.request(403, by="admin_key")


def confirm_totp(visit: Visit) -> None:
    """A code without an app, a wrong one, the right one, and the same once more."""
    world = visit.world
    visit.request(422, by="member", body={"code": "000000"})
    app = begun_totp(world.organization.member.token)
    world.keep("secret", app.secret)
    visit.request(422, by="member", body={"code": world.keep("wrong code", a_wrong_code(app))})
    code = world.keep("code", app.now())
    for recovery_code in visit.request(200, by="member", body={"code": code}).json["recoveryCodes"]:
        world.keep("recovery code", recovery_code)
    visit.request(409, by="member", body={"code": code})
    visit.request(403, by="admin_key", body={"code": code})


def remove_totp(visit: Visit) -> None:
    """No app, no proof, then both."""
    token = visit.world.organization.member.token
    visit.request(404, by="member", headers=_proof(visit, token))
    with_totp(token)
    visit.request(403, by="member")
    visit.request(204, by="member", headers=_proof(visit, token))


def renew_recovery_codes(visit: Visit) -> None:
    """No second factor, no proof, then both."""
    token = visit.world.organization.member.token
    visit.request(404, by="member", headers=_proof(visit, token))
    with_totp(token)
    visit.request(403, by="member")
    for code in visit.request(200, by="member", headers=_proof(visit, token)).json["recoveryCodes"]:
        visit.world.keep("recovery code", code)


def prepare_passkey(visit: Visit) -> None:
    """Options for a person; an API key makes no passkey."""
    visit.world.keep("challenge", visit.request(200, by="member").json["challenge"])
    visit.request(403, by="admin_key")


def create_passkey(visit: Visit) -> None:
    """No proof, garbage, a passkey, and the same once more."""
    world = visit.world
    token = world.organization.member.token
    body = {**a_new_passkey(token, Authenticator()), "name": world.canary("passkey's name")}
    visit.request(403, by="member", body=body)
    headers = _proof(visit, token, Action.ADD_PASSKEY)
    response = {**body["credential"]["response"], "attestationObject": "AAAA"}
    garbage = {**body, "credential": {**body["credential"], "response": response}}
    visit.request(422, by="member", body=garbage, headers=headers)
    for code in visit.request(201, by="member", body=body, headers=headers).json["recoveryCodes"]:
        world.keep("recovery code", code)
    visit.request(422, by="member", body=body, headers=_proof(visit, token, Action.ADD_PASSKEY))


def list_passkeys(visit: Visit) -> None:
    """A person's passkeys; an API key has none."""
    with_passkey(visit.world.organization.member.token)
    assert len(visit.request(200, by="member").json["items"]) == 1
    visit.request(403, by="admin_key")


def delete_passkey(visit: Visit) -> None:
    """Another's passkey, no proof, then one's own."""
    token = visit.world.organization.member.token
    theirs = {"passkey_id": with_passkey(visit.world.organization.owner.token)[1]["id"]}
    own = {"passkey_id": with_passkey(token)[1]["id"]}
    visit.request(404, by="member", path=theirs, headers=_proof(visit, token))
    visit.request(403, by="member", path=own)
    visit.request(204, by="member", path=own, headers=_proof(visit, token))


def log_in_with_second_factor(visit: Visit) -> None:
    """An app's code, a recovery code, a passkey, a token of nothing, and wrong codes up to a lock."""
    world = visit.world
    person = add_person(world.organization, Role.MEMBER)
    app, codes = with_totp(person.token)
    device, _ = with_passkey(person.token)
    credential = device.used(request_options())
    _complete(visit, person, code=world.keep("code", app.now()))
    _complete(visit, person, code=world.keep("recovery code", codes[0]))
    _complete(visit, person, credential=credential)
    token = world.keep("sign-in", waiting_sign_in(person, world.organization))
    visit.request(401, body={"mfaToken": token, "credential": credential})
    visit.request(401, body={"mfaToken": world.canary("sign-in"), "code": codes[1]})
    for number in range(5):
        token = world.keep("sign-in", waiting_sign_in(person, world.organization))
        wrong = world.keep("wrong code", "AAAA-AAAA-AAAA" if number else a_wrong_code(app))
        visit.request(401, body={"mfaToken": token, "code": wrong})


def prepare_passkey_sign_in(visit: Visit) -> None:
    """Options for anybody."""
    visit.world.keep("challenge", visit.request(200).json["challenge"])


def log_in_with_passkey(visit: Visit) -> None:
    """A passkey, the same answer once more, one that nobody has, and a copy."""
    world = visit.world
    device, _ = with_passkey(add_person(world.organization, Role.MEMBER).token)
    used = device.used(request_options())
    told = visit.request(200, body={"credential": used, "refreshTokenDelivery": "body"}).json
    world.keep("access token", told["accessToken"])
    world.keep("refresh token", told["refreshToken"])
    visit.request(401, body={"credential": used})
    visit.request(401, body={"credential": Authenticator(user_handle=b"nobody").used(request_options())})
    device.sign_count = 0
    visit.request(401, body={"credential": device.used(request_options())})


def _complete(visit: Visit, person: Person, **factor: str | Json) -> None:
    world = visit.world
    token = world.keep("sign-in", waiting_sign_in(person, world.organization))
    told = visit.request(200, body={"mfaToken": token, **factor, "refreshTokenDelivery": "body"}).json
    world.keep("access token", told["accessToken"])
    world.keep("refresh token", told["refreshToken"])


def _proof(visit: Visit, token: str, action: Action = Action.DISABLE_MFA) -> dict[str, str]:
    headers = proof(token, action)
    for text in headers.values():
        visit.world.keep("proof", text)
    return headers
