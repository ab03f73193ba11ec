"""An organization that requires single sign-on takes nothing else, but from its owners."""

from nexstock.auth.permissions import Role
from tests.support.api import Reply, call
from tests.support.people import PASSWORD, Person, add_person, an_organization
from tests.support.providers import Provider
from tests.support.second_factors import request_options, waiting_sign_in, with_passkey, with_totp
from tests.support.single_sign_on import CONNECTION, a_connection, a_domain, an_organization_at, signed_on


def _log_in(person: Person, password: str = PASSWORD, **fields: str) -> Reply:
    return call("POST", "/v1/auth/login", body={"email": person.email, "password": password, **fields})


def test_a_right_password_is_told_to_use_single_sign_on_and_a_wrong_one_is_told_nothing() -> None:
    with Provider() as provider:
        organization, _ = an_organization_at(provider, required=True)
        refused, wrong = _log_in(organization.member), _log_in(organization.member, "not the password at all")
        owner = _log_in(organization.owner)
    assert (refused.status, refused.json["code"]) == (403, "single_sign_on_required")
    assert refused.json["organizationId"] == organization.id
    assert (wrong.status, wrong.json["code"]) == (401, "unauthenticated")
    assert owner.status == 200


def test_neither_a_passkey_nor_a_second_factor_gets_around_it() -> None:
    with Provider() as provider:
        organization, _ = an_organization_at(provider)
        device, _ = with_passkey(organization.member.token)
        app, _ = with_totp(organization.admin.token)
        waiting = waiting_sign_in(organization.admin, organization)
        patched = call("PATCH", CONNECTION, token=organization.owner.token, body={"required": True})
        assert patched.status == 200
        by_passkey = call("POST", "/v1/auth/passkeys", body={"credential": device.used(request_options())})
        by_code = call("POST", "/v1/auth/login/mfa", body={"mfaToken": waiting, "code": app.now()})
    for refused in (by_passkey, by_code):
        assert (refused.status, refused.json["code"]) == (403, "single_sign_on_required")


def test_single_sign_on_itself_lets_in_who_has_to_use_it() -> None:
    with Provider() as provider:
        organization, domain = an_organization_at(provider, required=True)
        grace = add_person(organization, Role.MEMBER, email=f"grace@{domain}")
        assert _log_in(grace).status == 403
        reply = signed_on(provider, grace.email)
        assert (reply.status, reply.json["organizationId"]) == (200, organization.id)


def test_another_organization_of_the_same_person_takes_the_password_still() -> None:
    with Provider() as provider:
        organization, _ = an_organization_at(provider, required=True)
        member = organization.member
        second = call("POST", "/v1/organizations", token=member.token, body={"name": "Second"}).json["id"]
        reply = _log_in(member, organizationId=second, refreshTokenDelivery="body")
        assert (reply.status, reply.json["organizationId"]) == (200, second)
        body = {"organizationId": organization.id}
        back = call("POST", "/v1/auth/switch", token=reply.json["accessToken"], body=body)
    assert (back.status, back.json["code"]) == (403, "single_sign_on_required")


def test_what_nobody_can_use_yet_is_not_required() -> None:
    with Provider() as provider:
        unverified = an_organization()
        body = a_connection(provider.issuer, a_domain(), required=True)
        assert call("POST", CONNECTION, token=unverified.owner.token, body=body).status == 201
        switched_off, _ = an_organization_at(provider, required=True, enabled=False)
        optional, _ = an_organization_at(provider)
        ended, _ = an_organization_at(provider, required=True)
        assert call("DELETE", CONNECTION, token=ended.owner.token).status == 204
        for organization in (unverified, switched_off, optional, ended):
            assert _log_in(organization.member).status == 200
