"""ID tokens that prove nothing: each differs from an honest one in a single thing, and lets nobody in."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from nexstock.identity.people import email_owner
from tests.support.api import Reply
from tests.support.people import StaffedOrganization
from tests.support.providers import CLIENT_SECRET, KEYS, Provider, a_key
from tests.support.single_sign_on import a_domain, an_organization_at, answer_of, begun, completed, signed_on
from tests.support.stock import stock_of

Json = dict[str, Any]


@dataclass(frozen=True)
class _FromNow:
    """An instant that a claim names, counted from when the test runs."""

    seconds: int


@pytest.fixture(scope="module")
def at_provider() -> Iterator[tuple[Provider, StaffedOrganization, str]]:
    """Run a provider with one organization and its domain; what is refused leaves nothing, so many tests share it."""
    with Provider() as provider:
        organization, domain = an_organization_at(provider)
        yield provider, organization, domain


def _resolved(changes: Json) -> Json:
    now = int(time.time())
    return {name: now + each.seconds if isinstance(each, _FromNow) else each for name, each in changes.items()}


def _refused(reply: Reply, why: str) -> None:
    assert (reply.status, reply.json["code"]) == (401, "single_sign_on_refused"), reply.text
    assert reply.json["detail"] == why


@pytest.mark.asvs("6.8.1")
@pytest.mark.asvs("10.5.1")
@pytest.mark.asvs("10.5.2")
@pytest.mark.asvs("10.5.4")
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"iss": "https://another.example"}, "names another issuer"),
        ({"iss": None}, "does not say what it has to"),
        ({"aud": "another client"}, "is for another client"),
        ({"aud": []}, "is for another client"),
        ({"aud": ["another client", "a third"]}, "is for another client"),
        ({"aud": None}, "does not say what it has to"),
        ({"azp": "another client"}, "was issued to another client"),
        ({"nonce": "of another sign-in"}, "belongs to another sign-in"),
        ({"nonce": None}, "belongs to another sign-in"),
        ({"exp": _FromNow(-61)}, "has expired"),
        ({"exp": None}, "does not say what it has to"),
        ({"exp": "4102444800"}, "does not say what it has to"),
        ({"iat": _FromNow(3600)}, "is from the future"),
        ({"iat": None}, "does not say what it has to"),
        ({"nbf": _FromNow(3600)}, "is from the future"),
        ({"sub": None}, "does not say what it has to"),
        ({"sub": ""}, "does not say what it has to"),
        ({"sub": "x" * 256}, "does not say what it has to"),
        ({"email": None}, "names no e-mail address"),
        ({"email": "no address"}, "names an address that is none"),
        ({"email_verified": False}, "names an e-mail address that is not verified"),
        ({"email_verified": "false"}, "names an e-mail address that is not verified"),
        ({"email_verified": 0}, "does not say what it has to"),
        ({"email": f"ada@{a_domain()}"}, "names an address outside the organization's verified domains"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_token_that_says_something_else_lets_nobody_in(
    changes: Json, why: str, at_provider: tuple[Provider, StaffedOrganization, str]
) -> None:
    provider, organization, domain = at_provider
    _refused(signed_on(provider, f"ada@{domain}", **_resolved(changes)), f"The provider's ID token {why}")
    # Nothing of it is left: neither a person, nor a member, nor a link.
    assert email_owner(f"ada@{domain}") is None
    stock = stock_of(organization.id)
    assert (stock["MEMBER 1"], stock["SINGLE_SIGN_ON_LINK 1"]) == (3, 0)


@pytest.mark.parametrize("changes", [{"email_verified": None}, {"email_verified": "true"}, {"exp": _FromNow(-30)}])
def test_what_honest_providers_leave_out_or_write_otherwise_is_taken(changes: Json) -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        assert signed_on(provider, f"ada@{domain}", **_resolved(changes)).status == 200


def test_a_token_for_several_clients_has_to_say_that_it_was_issued_to_us() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        email = f"ada@{domain}"
        claims = provider.claims(begun(email)["authorizationUrl"], email)
        several = [claims["aud"], "another client"]
        assert signed_on(provider, email, aud=several, azp=claims["aud"]).status == 200
        _refused(signed_on(provider, email, aud=several), "The provider's ID token was issued to another client")


def _unsigned(_provider: Provider, claims: Json) -> str:
    return jwt.encode(claims, "", "none")


def _hmac_with(key: Callable[[Provider], bytes]) -> Callable[[Provider, Json], str]:
    def forge(provider: Provider, claims: Json) -> str:
        header = {"alg": "HS256", "typ": "JWT", "kid": provider.signing.kid}
        parts = [_base64url(json.dumps(part).encode()) for part in (header, claims)]
        signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
            ".".join(parts).encode(), key(provider)
        )
        return ".".join([*parts, _base64url(signature)])

    return forge


def _public_key(provider: Provider) -> bytes:
    public = provider.signing.private.public_key()
    pem: bytes = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem


def _of_another_key(provider: Provider, claims: Json) -> str:
    return jwt.encode(claims, a_key("forger's").private, "RS256", headers={"kid": provider.signing.kid})


def _with_a_key_of_its_own(_provider: Provider, claims: Json) -> str:
    key = a_key("forger's")
    return jwt.encode(claims, key.private, "RS256", headers={"kid": key.kid, "jwk": key.jwk})


def _with_a_flipped_bit(provider: Provider, claims: Json) -> str:
    head, payload, signature = provider.signed(claims).split(".")
    changed = bytearray(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    changed[-3] ^= 1
    return ".".join([head, _base64url(bytes(changed)), signature])


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


@pytest.mark.asvs("6.8.2")
@pytest.mark.parametrize(
    "forge",
    [
        _unsigned,
        _hmac_with(lambda _provider: CLIENT_SECRET.encode()),
        _hmac_with(_public_key),
        _of_another_key,
        _with_a_key_of_its_own,
        _with_a_flipped_bit,
        lambda provider, claims: provider.signed(claims, kid="unknown"),
        lambda provider, claims: provider.signed(claims, crit=["exp"]),
        lambda provider, claims: provider.signed(claims).rpartition(".")[0] + ".",
        lambda _provider, _claims: "not.a.token",
        lambda _provider, _claims: "",
    ],
    ids=[
        *("alg none", "client secret as key", "public key as secret", "another key", "key in the header", "altered"),
        *("unknown kid", "critical header", "signature cut off", "garbage", "empty"),
    ],
)
def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(
    forge: Callable[[Provider, Json], str], at_provider: tuple[Provider, StaffedOrganization, str]
) -> None:
    provider, _organization, domain = at_provider
    email = f"ada@{domain}"
    started, asked = begun(email), provider.asked.count(KEYS)
    token = forge(provider, provider.claims(started["authorizationUrl"], email))
    reply = completed(answer_of(provider, started, email, token))
    assert (reply.status, reply.json["code"]) == (401, "single_sign_on_refused"), reply.text
    # An unknown key is asked for once more, and not for ever.
    assert provider.asked.count(KEYS) - asked <= 2
    assert email_owner(email) is None


@pytest.mark.asvs("6.8.2")
@pytest.mark.parametrize(
    "change", [{"use": "enc"}, {"alg": "RS512"}, {"kty": "oct", "k": "AAAA"}], ids=["use", "algorithm", "type"]
)
def test_a_key_that_is_for_something_else_verifies_nothing(change: Json) -> None:
    with Provider(published=[{**a_key().jwk, **change}]) as provider:
        _, domain = an_organization_at(provider)
        _refused(
            signed_on(provider, f"ada@{domain}"),
            "The provider's ID token is signed with a key that is not the provider's",
        )


def test_a_short_key_verifies_nothing() -> None:
    with Provider(signing=a_key("short", bits=1024)) as provider:
        _, domain = an_organization_at(provider)
        # The forger's library warns of such a key, and signs.
        with pytest.warns(jwt.warnings.InsecureKeyLengthWarning):
            _refused(signed_on(provider, f"ada@{domain}"), "The provider's ID token has no valid signature")


def test_a_token_without_a_key_id_is_good_where_the_provider_has_one_key_only() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        email = f"ada@{domain}"

        def nameless() -> Reply:
            started = begun(email)
            token = provider.signed(provider.claims(started["authorizationUrl"], email), kid=None)
            return completed(answer_of(provider, started, email, token))

        assert nameless().status == 200
    with Provider(published=[a_key().jwk, a_key("second").jwk]) as provider:
        _, domain = an_organization_at(provider)
        email = f"ada@{domain}"
        assert nameless().status == 401


@pytest.mark.asvs("6.8.1")
@pytest.mark.asvs("10.5.1")
def test_a_token_for_another_organizations_sign_in_lets_nobody_in() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        _, other_domain = an_organization_at(provider)
        theirs = begun(f"eve@{other_domain}")
        token = provider.signed(provider.claims(theirs["authorizationUrl"], f"ada@{domain}"))
        started = begun(f"ada@{domain}")
        _refused(
            completed(answer_of(provider, started, f"ada@{domain}", token)),
            "The provider's ID token belongs to another sign-in",
        )
        # Nor does a provider of one organization speak for the people of another.
        _refused(
            completed(answer_of(provider, begun(f"eve@{other_domain}"), f"ada@{domain}")),
            "The provider's ID token names an address outside the organization's verified domains",
        )
