"""Signing in: every wrong pair is one answer, tries per account are counted, and the refresh token goes one way."""

from http.cookies import SimpleCookie
from typing import Any

import pytest

from nexstock.identity.cookie import COOKIE_NAME
from nexstock.identity.registration import register
from nexstock.identity.schemas import LogIn, Register
from nexstock.identity.sign_in import SignedIn, log_in
from tests.support.api import Reply, call
from tests.support.logs import logged
from tests.support.people import ORIGIN, PASSWORD, an_email, an_organization, remove_member


def _login(email: str, password: str = PASSWORD, **fields: Any) -> Reply:  # noqa: ANN401 (fields of a body)
    return call("POST", "/v1/auth/login", body={"email": email, "password": password, **fields})


def _without_instance(reply: Reply) -> dict[str, Any]:
    return {name: value for name, value in reply.json.items() if name != "instance"}


def test_right_pair_opens_a_session() -> None:
    organization = an_organization()

    reply = _login(organization.admin.email.upper())

    assert reply.status == 200
    assert {name: value for name, value in reply.json.items() if name != "accessToken"} == {
        "expiresIn": 900,
        "tokenType": "Bearer",
        "organizationId": organization.id,
        "role": "admin",
        "refreshToken": None,
    }
    assert call("GET", "/v1/products", token=reply.json["accessToken"]).status == 200


@pytest.mark.asvs("6.3.8")
def test_wrong_password_and_unknown_address_are_one_answer() -> None:
    known = an_organization().owner.email

    wrong, unknown = _login(known, "not the password 1"), _login(an_email())

    assert (wrong.status, unknown.status) == (401, 401)
    assert _without_instance(wrong) == _without_instance(unknown)
    assert set(wrong.headers) == set(unknown.headers)


def test_unverified_address_is_told_only_to_who_knows_the_password() -> None:
    email = an_email()
    body = {"email": email, "password": PASSWORD, "name": "Pat", "organizationName": "Goods"}
    register(Register.model_validate(body), ORIGIN)

    right, wrong = _login(email), _login(email, "not the password 1")

    assert (right.status, right.json["code"]) == (403, "email_not_verified")
    assert _without_instance(wrong) == _without_instance(_login(an_email()))


@pytest.mark.asvs("6.2.8")
@pytest.mark.parametrize("password", [PASSWORD + " ", PASSWORD.upper(), PASSWORD[:-1], " " + PASSWORD, PASSWORD * 3])
def test_password_is_verified_exactly(password: str) -> None:
    assert _login(an_organization().owner.email, password).status == 401


def test_refresh_token_comes_as_a_cookie_that_scripts_cannot_read() -> None:
    reply = _login(an_organization().owner.email)

    morsel = SimpleCookie(reply.headers["Set-Cookie"])[COOKIE_NAME]
    assert morsel.value.startswith("nxr_")
    assert (morsel["samesite"], morsel["path"], morsel["max-age"]) == ("Strict", "/v1/auth", str(30 * 86_400))
    assert morsel["httponly"]
    assert morsel["secure"]
    assert morsel.value not in reply.text


def test_refresh_token_comes_in_the_body_for_who_holds_no_cookies() -> None:
    reply = _login(an_organization().owner.email, refreshTokenDelivery="body")

    assert reply.json["refreshToken"].startswith("nxr_")
    assert "Set-Cookie" not in reply.headers


def test_form_that_any_page_can_send_is_not_read() -> None:
    form = f"email={an_email()}&password=x"
    types = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]

    replies = [call("POST", "/v1/auth/login", body=form, headers={"Content-Type": kind}) for kind in types]

    assert [reply.status for reply in replies] == [415, 415, 415]


def test_sign_in_names_one_of_the_persons_own_organizations() -> None:
    mine, foreign = an_organization(), an_organization()

    assert _login(mine.owner.email, organizationId=mine.id).status == 200
    assert _login(mine.owner.email, organizationId=foreign.id).status == 401
    assert _login(mine.owner.email, organizationId="org_1").status == 401


def test_who_belongs_nowhere_any_more_is_told_so_after_the_right_password_only() -> None:
    organization = an_organization()
    remove_member(organization, organization.member)

    refused = _login(organization.member.email)
    assert (refused.status, refused.json["code"]) == (403, "no_organization")
    assert _login(organization.member.email, password="not the password").json["code"] == "unauthenticated"


def test_right_password_may_be_used_as_often_as_one_likes() -> None:
    right = LogIn(email=an_organization().owner.email, password=PASSWORD)

    assert [type(log_in(right, ORIGIN)) for _ in range(12)] == [SignedIn] * 12


def test_nothing_secret_of_a_sign_in_is_logged() -> None:
    email = an_organization().owner.email

    with logged() as log:
        reply = _login(email, refreshTokenDelivery="body")
        _login(email, "not the password 1")

    assert log.lines
    secrets = [PASSWORD, "not the password 1", email, reply.json["accessToken"], reply.json["refreshToken"]]
    assert [secret for secret in secrets if secret in log.text] == []
