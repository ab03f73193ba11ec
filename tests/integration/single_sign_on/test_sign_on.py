"""Signing in at an identity provider: from an e-mail address to a session, once, in the browser that began."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import pytest

from nexstock.auth.permissions import Role
from nexstock.clock import utc_now
from nexstock.crypto.envelope import open_sealed
from nexstock.errors import Unauthenticated
from nexstock.identity.sessions import SINGLE_SIGN_ON_LIFETIME
from nexstock.identity.sign_in import refresh
from nexstock.single_sign_on.completion import complete_sign_on
from nexstock.single_sign_on.errors import SingleSignOnRefused
from nexstock.single_sign_on.pending import LIFETIME
from nexstock.single_sign_on.schemas import CompleteSingleSignOn
from tests.support.api import call
from tests.support.environment import ALLOWED_ORIGIN
from tests.support.people import ORIGIN, PASSWORD, an_organization
from tests.support.providers import (
    CLIENT_ID,
    KEYS,
    METADATA,
    TOKEN,
    Provider,
    a_key,
    query_of,
    real_provider,
    signed_in_at,
)
from tests.support.single_sign_on import (
    CONNECTION,
    a_connection,
    a_domain,
    an_organization_at,
    answer_of,
    begun,
    completed,
    connected,
    signed_on,
)

_REFUSED: Final = (401, "single_sign_on_refused")


def test_somebody_new_signs_in_at_a_real_provider_and_is_a_member() -> None:
    organization, domain = an_organization(), a_domain()
    email = f"ada@{domain}"
    with real_provider() as issuer:
        connected(organization, issuer, domain)
        started = begun(email.upper())
        came_back = signed_in_at(issuer, started["authorizationUrl"], email)
        reply = completed({"signInToken": started["signInToken"], "refreshTokenDelivery": "body", **came_back})
    assert reply.status == 200, reply.text
    told = reply.json
    assert (told["organizationId"], told["role"], told["expiresIn"]) == (organization.id, "member", 900)
    account = call("GET", "/v1/account", token=told["accessToken"]).json
    assert (account["email"], account["name"]) == (email, "Ada Quay")
    assert call("POST", "/v1/auth/refresh", body={"refreshToken": told["refreshToken"]}).status == 200


@pytest.mark.asvs("10.1.2")
@pytest.mark.asvs("10.2.1")
def test_the_browser_is_sent_with_state_nonce_and_a_hashed_verifier() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        first, second = (begun(f"ada@{domain}")["authorizationUrl"] for _ in range(2))
        assert urlsplit(first)._replace(query="").geturl() == f"{provider.issuer}/authorize"
        asked, again = query_of(first), query_of(second)
    assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
    assert asked["redirect_uri"] == f"{ALLOWED_ORIGIN}/sso/callback"
    assert set(asked["scope"].split()) == {"openid", "email", "profile"}
    assert (asked["code_challenge_method"], asked["login_hint"]) == ("S256", f"ada@{domain}")
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[name]) >= 43
        assert asked[name] != again[name]


def test_a_query_of_the_authorization_endpoint_is_kept() -> None:
    with Provider() as provider:
        provider.metadata = {"authorization_endpoint": f"{provider.issuer}/authorize?tenant=harbour"}
        _, domain = an_organization_at(provider)
        asked = query_of(begun(f"ada@{domain}")["authorizationUrl"])
    assert (asked["tenant"], asked["client_id"]) == ("harbour", CLIENT_ID)


def test_the_code_is_redeemed_with_the_verifier_and_by_a_client_that_proves_itself() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        assert signed_on(provider, f"ada@{domain}").status == 200
        (form,) = provider.redeemed
    assert (form["grant_type"], form["by"]) == ("authorization_code", "basic")
    assert form["redirect_uri"] == f"{ALLOWED_ORIGIN}/sso/callback"


def test_a_provider_that_takes_credentials_in_the_body_only_gets_them_there() -> None:
    with Provider(metadata={"token_endpoint_auth_methods_supported": ["client_secret_post"]}) as provider:
        _, domain = an_organization_at(provider)
        assert signed_on(provider, f"ada@{domain}").status == 200
        assert "by" not in provider.redeemed[0]


def test_metadata_and_keys_are_asked_for_once_and_a_new_key_is_found_at_once() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        for _ in range(2):
            assert signed_on(provider, f"ada@{domain}").status == 200
        assert (provider.asked.count(METADATA), provider.asked.count(KEYS)) == (1, 1)
        provider.signing = a_key("second")
        assert signed_on(provider, f"ada@{domain}").status == 200
        assert (provider.asked.count(METADATA), provider.asked.count(KEYS)) == (1, 2)


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
def test_every_accepted_algorithm_signs_somebody_in(algorithm: str) -> None:
    with Provider(signing=a_key(f"signs {algorithm}", algorithm)) as provider:
        _, domain = an_organization_at(provider)
        assert signed_on(provider, f"ada@{domain}").status == 200


@pytest.mark.asvs("10.5.1")
def test_an_answer_is_good_once() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        email = f"ada@{domain}"
        started = begun(email)
        body = answer_of(provider, started, email)
        assert completed(body).status == 200
        # Another code of the same provider does not bring the sign-in back.
        for again in (body, answer_of(provider, started, email)):
            reply = completed(again)
            assert (reply.status, reply.json["code"]) == _REFUSED
        assert provider.asked.count(TOKEN) == 1


def test_of_two_ends_at_the_same_moment_one_opens_a_session() -> None:
    with Provider() as provider, ThreadPoolExecutor(4) as threads:
        _, domain = an_organization_at(provider)
        body = answer_of(provider, begun(f"ada@{domain}"), f"ada@{domain}")
        statuses = [reply.status for reply in threads.map(completed, [body] * 4)]
        assert sorted(statuses) == [200, 401, 401, 401]
        assert provider.asked.count(TOKEN) == 1


@pytest.mark.asvs("10.1.2")
@pytest.mark.asvs("10.2.1")
def test_another_browser_cannot_end_a_sign_in_nor_spoil_it() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        email = f"ada@{domain}"
        mine = answer_of(provider, begun(email), email)
        attackers = begun(email)
        for stolen in ({**mine, "signInToken": attackers["signInToken"]}, {**mine, "signInToken": "nxo_guess"}):
            reply = completed(stolen)
            assert (reply.status, reply.json["code"]) == _REFUSED
        assert provider.asked.count(TOKEN) == 0
        assert completed(mine).status == 200


@pytest.mark.asvs("10.1.2")
def test_a_code_of_another_sign_in_is_refused_by_its_verifier() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        email = f"ada@{domain}"
        victims, attackers = (answer_of(provider, begun(email), email) for _ in range(2))
        reply = completed({**attackers, "code": victims["code"]})
        assert (reply.status, reply.json["code"]) == _REFUSED
        assert "code" in reply.json["detail"]


def test_an_unknown_state_is_refused_without_a_word_to_any_provider() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        body = answer_of(provider, begun(f"ada@{domain}"), f"ada@{domain}")
        reply = completed({**body, "state": "nobody's"})
        assert (reply.status, reply.json["code"]) == _REFUSED
        assert TOKEN not in provider.asked


def test_a_sign_in_waits_ten_minutes_and_no_longer() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        email = f"ada@{domain}"
        body = answer_of(provider, begun(email), email)
        late = utc_now() + LIFETIME + timedelta(seconds=1)
        with pytest.raises(SingleSignOnRefused):
            complete_sign_on(
                CompleteSingleSignOn.model_validate(body), ORIGIN, open_sealed=open_sealed, clock=lambda: late
            )
        assert TOKEN not in provider.asked


@pytest.mark.parametrize(
    "patch",
    [{"enabled": False}, {"clientId": "another"}, {"domains": []}],
    ids=["switched off", "another client", "domain taken away"],
)
def test_a_sign_in_that_began_before_a_change_is_refused(patch: dict[str, object]) -> None:
    with Provider() as provider:
        organization, domain = an_organization_at(provider)
        body = answer_of(provider, begun(f"ada@{domain}"), f"ada@{domain}")
        assert call("PATCH", CONNECTION, token=organization.owner.token, body=patch).status == 200
        reply = completed(body)
        assert (reply.status, reply.json["code"]) == _REFUSED
        assert TOKEN not in provider.asked


def test_a_sign_in_of_a_deleted_connection_is_refused() -> None:
    with Provider() as provider:
        organization, domain = an_organization_at(provider)
        body = answer_of(provider, begun(f"ada@{domain}"), f"ada@{domain}")
        assert call("DELETE", CONNECTION, token=organization.owner.token).status == 204
        assert completed(body).status == 401


def test_a_domain_without_single_sign_on_is_told_as_such_whoever_asks() -> None:
    with Provider() as provider:
        organization, domain = an_organization(), a_domain()
        body = a_connection(provider.issuer, domain)
        assert call("POST", CONNECTION, token=organization.owner.token, body=body).status == 201
        _, switched_off = an_organization_at(provider, enabled=False)
        told = [
            call("POST", "/v1/auth/sso/start", body={"email": email})
            for email in (f"ada@{a_domain()}", f"ada@{domain}", f"ada@{switched_off}", organization.member.email)
        ]
    assert {(reply.status, reply.json["code"]) for reply in told} == {(404, "single_sign_on_not_found")}


@pytest.mark.asvs("10.2.2")
def test_an_answer_that_names_another_issuer_is_refused_before_the_code_is_shown_to_anybody() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        email = f"ada@{domain}"
        body = answer_of(provider, begun(email), email)
        assert completed({**body, "iss": "https://another.example"}).status == 401
        body = answer_of(provider, begun(email), email)
        assert TOKEN not in provider.asked
        assert completed({**body, "iss": provider.issuer}).status == 200


@pytest.mark.asvs("10.2.2")
def test_a_provider_that_says_who_it_is_always_has_to() -> None:
    with Provider(metadata={"authorization_response_iss_parameter_supported": True}) as provider:
        _, domain = an_organization_at(provider)
        email = f"ada@{domain}"
        assert signed_on(provider, email).status == 401
        body = {**answer_of(provider, begun(email), email), "iss": provider.issuer}
        assert completed(body).status == 200


def test_the_refresh_token_comes_as_a_cookie_unless_asked_for_in_the_body() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        email = f"ada@{domain}"
        body = answer_of(provider, begun(email), email)
        del body["refreshTokenDelivery"]
        reply = completed(body)
    assert (reply.status, reply.json["refreshToken"]) == (200, None)
    assert reply.headers["Set-Cookie"].startswith("__Secure-nexstock_refresh=nxr_")


def test_a_session_of_single_sign_on_is_good_in_its_own_organization_only() -> None:
    elsewhere = an_organization()
    with Provider() as provider:
        organization, domain = an_organization_at(provider)
        token = signed_on(provider, f"ada@{domain}").json["accessToken"]
        invited = call("POST", "/v1/organizations", token=token, body={"name": "Second Harbour"}).json
        foreign = call("POST", "/v1/auth/switch", token=token, body={"organizationId": elsewhere.id})
        refused = call("POST", "/v1/auth/switch", token=token, body={"organizationId": invited["id"]})
        body = {"organizationId": organization.id, "refreshTokenDelivery": "body"}
        own = call("POST", "/v1/auth/switch", token=token, body=body)
        again = call("POST", "/v1/auth/switch", token=own.json["accessToken"], body={"organizationId": invited["id"]})
    assert foreign.status == 404
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert (own.status, again.status) == (200, 403)


def test_somebody_who_came_by_single_sign_on_alone_has_no_password_and_can_get_one_by_mail() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        email = f"ada@{domain}"
        token = signed_on(provider, email).json["accessToken"]
        began = time.perf_counter()
        reply = call("POST", "/v1/auth/login", body={"email": email, "password": PASSWORD})
        assert (reply.status, reply.json["code"]) == (401, "unauthenticated")
        # As long as a real comparison takes, so nobody learns who has no password.
        assert time.perf_counter() - began > 0.05
        body = {"currentPassword": PASSWORD, "newPassword": "copper meadow whistle 77"}
        assert call("POST", "/v1/account/password", token=token, body=body).status == 422


def test_what_somebody_becomes_is_what_the_connection_says() -> None:
    with Provider() as provider:
        organization, domain = an_organization_at(provider, jitRole="admin")
        told = signed_on(provider, f"ada@{domain}").json
    assert told["role"] == Role.ADMIN
    assert call("GET", CONNECTION, token=told["accessToken"]).status == 200
    assert call("DELETE", CONNECTION, token=told["accessToken"]).status == 403
    assert organization.id == told["organizationId"]


@pytest.mark.asvs("7.1.3")
@pytest.mark.asvs("7.6.1")
def test_a_session_of_single_sign_on_ends_a_day_later_whatever_it_did() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        email = f"ada@{domain}"
        began = utc_now()
        told = signed_on(provider, email).json
        # Refreshed in time, again and again; then the provider has to vouch once more.
        late = began + SINGLE_SIGN_ON_LIFETIME - timedelta(minutes=1)
        kept = refresh(told["refreshToken"], ORIGIN, clock=lambda: late)
        over = utc_now() + SINGLE_SIGN_ON_LIFETIME
        with pytest.raises(Unauthenticated):
            refresh(kept.refresh_token, ORIGIN, clock=lambda: over)
        assert signed_on(provider, email).status == 200


@pytest.mark.asvs("6.8.4")
def test_what_asks_for_a_fresh_proof_asks_whoever_came_by_single_sign_on_too() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        email = f"ada@{domain}"
        # However strong the provider calls its own check.
        token = signed_on(provider, email, acr="urn:strong", amr=["hwk", "mfa"]).json["accessToken"]
        reply = call("DELETE", "/v1/account", token=token)
    assert (reply.status, reply.json["code"]) == (403, "step_up_required")
