"""Refreshing and logging out: tokens are good once, thieves end the session, and the end counts at once."""

from datetime import datetime, timedelta

import pytest

from nexstock.auth.permissions import Role
from nexstock.clock import utc_now
from nexstock.errors import Unauthenticated
from nexstock.identity.cookie import CLEARED_COOKIE, COOKIE_NAME
from nexstock.identity.refresh_tokens import RefreshToken
from nexstock.identity.sessions import GRACE
from nexstock.identity.sign_in import SignedIn, refresh
from nexstock.members.model import Member
from tests.support.api import Reply, call
from tests.support.containers import at_once
from tests.support.environment import ALLOWED_ORIGIN
from tests.support.mailbox import mails_to
from tests.support.people import ORIGIN, PASSWORD, Person, an_organization, change_role, remove_member, signed_in


def _refresh(token: str) -> Reply:
    return call("POST", "/v1/auth/refresh", body={"refreshToken": token})


def _refresh_at(token: str, at: datetime) -> SignedIn:
    return refresh(token, ORIGIN, clock=lambda: at)


def _is_let_in(token: str) -> bool:
    return call("GET", "/v1/products", token=token).status == 200


def _owner() -> Person:
    return an_organization().owner


@pytest.mark.asvs("7.2.2")
def test_refresh_gives_the_next_pair_of_tokens() -> None:
    owner = _owner()

    reply = _refresh(owner.refresh_token)

    assert reply.status == 200
    assert reply.json["refreshToken"] != owner.refresh_token
    assert _is_let_in(reply.json["accessToken"])
    assert _refresh(reply.json["refreshToken"]).status == 200


def test_browser_refreshes_by_its_cookie_from_our_page_only() -> None:
    owner = _owner()
    cookie = {"Cookie": f"other=1; {COOKIE_NAME}={owner.refresh_token}"}

    foreign = call("POST", "/v1/auth/refresh", headers={**cookie, "Origin": "https://evil.example"})
    ours = call("POST", "/v1/auth/refresh", headers={**cookie, "Origin": ALLOWED_ORIGIN})

    assert (foreign.status, foreign.json["code"]) == (403, "origin_not_allowed")
    assert (ours.status, ours.json["refreshToken"]) == (200, None)
    assert ours.headers["Set-Cookie"].startswith(f"{COOKIE_NAME}=nxr_")
    assert ours.headers["Access-Control-Allow-Credentials"] == "true"
    assert owner.refresh_token not in ours.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "others", ["a,b=1; {}", "foo:bar=1; @={{}}; {}; x", "=; ;{};", "{}; __Secure-nexstock_refresh2=x"]
)
def test_cookies_of_others_do_not_hide_ours(others: str) -> None:
    cookie = others.format(f"{COOKIE_NAME}={_owner().refresh_token}")

    reply = call("POST", "/v1/auth/refresh", headers={"Cookie": cookie, "Origin": ALLOWED_ORIGIN})

    assert reply.status == 200


@pytest.mark.parametrize("token", ["", "x", "nxr_", "nxs_live_x"])
def test_what_is_no_refresh_token_is_refused(token: str) -> None:
    assert _refresh(token).status == 401


def test_no_token_at_all_is_refused() -> None:
    assert call("POST", "/v1/auth/refresh").status == 401
    assert call("POST", "/v1/auth/refresh", body={}).status == 401


def test_tokens_presented_at_one_moment_get_the_same_successor() -> None:
    owner = _owner()

    outcomes = at_once([lambda: refresh(owner.refresh_token, ORIGIN)] * 6)

    successors = {outcome.value.refresh_token for outcome in outcomes if outcome.value is not None}
    assert [outcome.error for outcome in outcomes if outcome.error is not None] == []
    assert len(successors) == 1
    assert _refresh(successors.pop()).status == 200


def test_lost_answer_can_be_asked_for_again_within_the_grace() -> None:
    owner, now = _owner(), utc_now()

    first = _refresh_at(owner.refresh_token, now)
    again = _refresh_at(owner.refresh_token, now + GRACE - timedelta(seconds=1))

    assert again.refresh_token == first.refresh_token


@pytest.mark.asvs("10.4.5")
def test_spent_token_ends_the_session_and_its_owner_is_told() -> None:
    owner, now = _owner(), utc_now()
    successor = _refresh_at(owner.refresh_token, now)
    assert _is_let_in(successor.access_token)

    with pytest.raises(Unauthenticated):
        _refresh_at(owner.refresh_token, now + GRACE + timedelta(seconds=1))

    assert not _is_let_in(successor.access_token)
    assert not _is_let_in(owner.token)
    assert _refresh(successor.refresh_token).status == 401
    (mail,) = mails_to(owner.email)
    assert (mail["template"], mail["value_ip"]) == ("session_revoked", ORIGIN.ip)
    assert owner.refresh_token not in str(mail)


def test_token_before_the_last_one_is_spent_even_within_the_grace() -> None:
    owner, now = _owner(), utc_now()
    second = _refresh_at(owner.refresh_token, now)
    _refresh_at(second.refresh_token, now)

    with pytest.raises(Unauthenticated):
        _refresh_at(owner.refresh_token, now)

    assert not _is_let_in(second.access_token)


def test_end_of_one_session_leaves_the_persons_others() -> None:
    organization = an_organization()
    owner, now = organization.owner, utc_now()
    other = call("POST", "/v1/auth/login", body={"email": owner.email, "password": PASSWORD})
    _refresh_at(owner.refresh_token, now)
    with pytest.raises(Unauthenticated):
        _refresh_at(owner.refresh_token, now + timedelta(minutes=1))

    assert _is_let_in(other.json["accessToken"])
    assert _is_let_in(organization.member.token)


def test_secret_of_another_session_does_not_refresh_this_one() -> None:
    owner, other = RefreshToken.parse(_owner().refresh_token), RefreshToken.parse(_owner().refresh_token)
    mixed = RefreshToken(owner.user_id, owner.session_id, other.secret)

    assert _refresh(mixed.text).status == 401
    assert _refresh(other.text).status == 200


def test_refresh_follows_the_present_role_and_ends_with_the_membership() -> None:
    organization = an_organization()
    change_role(organization, organization.admin, Role.MEMBER)
    remove_member(organization, organization.member)

    assert _refresh(organization.admin.refresh_token).json["role"] == "member"
    assert _refresh(organization.member.refresh_token).status == 401


def test_session_of_who_never_was_a_member_is_worth_nothing() -> None:
    owner = an_organization().owner
    member = Member(
        id=owner.id, version=1, created_at=utc_now(), updated_at=utc_now(), name="x", email=owner.email, role=Role.OWNER
    )

    stray = signed_in(an_organization().id, member)

    assert not _is_let_in(stray.token)
    assert _refresh(stray.refresh_token).status == 401


@pytest.mark.asvs("7.4.1")
def test_logout_ends_access_and_refresh_from_the_next_request_on() -> None:
    owner = _owner()

    reply = call("POST", "/v1/auth/logout", token=owner.token)

    assert (reply.status, reply.headers["Set-Cookie"]) == (204, CLEARED_COOKIE)
    assert not _is_let_in(owner.token)
    assert _refresh(owner.refresh_token).status == 401
    assert call("POST", "/v1/auth/logout", token=owner.token).status == 401


def test_key_has_no_session_to_end() -> None:
    organization = an_organization()

    assert call("POST", "/v1/auth/logout", token=organization.credentials["admin_key"]).status == 403
