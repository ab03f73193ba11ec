"""Access tokens: whatever we did not sign, for this audience, in this form, lets nobody in."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from nexstock.auth.permissions import Role
from nexstock.auth.token_issuer import issue_access_token
from nexstock.auth.tokens import AccessClaims, token_claims
from nexstock.clock import utc_now
from nexstock.crypto.signing_keys import published_keys
from nexstock.crypto.token_signer import current_signer
from nexstock.ids import UserId
from nexstock.members.model import Member
from nexstock.members.repository import MemberRepository
from tests.support.api import call
from tests.support.environment import PUBLIC_BASE_URL
from tests.support.people import Person, StaffedOrganization, an_organization

Json = dict[str, Any]

_CLAIMS = ["iss", "aud", "sub", "org", "role", "sid", "ver", "iat", "exp", "jti"]


def _claims(organization: StaffedOrganization, person: Person) -> Json:
    claims = AccessClaims(person.id, organization.id, person.role, person.session_id)
    return token_claims(claims, issuer=PUBLIC_BASE_URL, token_id="tok_1", now=utc_now())


def _signed(claims: Json, headers: Json | None = None, key: Any = None, algorithm: str = "ES256") -> str:  # noqa: ANN401
    signer = current_signer(utc_now())
    wanted = {"kid": signer.kid, "typ": "at+jwt", **(headers or {})}
    return jwt.encode(claims, key or signer.private_key, algorithm, headers=wanted)


def _raw(headers: Json, claims: Json, signature: bytes = b"") -> str:
    parts = [json.dumps(headers).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def _status(token: str) -> int:
    return call("GET", "/v1/products", token=token).status


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


@pytest.fixture
def claims(organization: StaffedOrganization) -> Json:
    return _claims(organization, organization.owner)


def test_token_made_like_ours_is_let_in(claims: Json) -> None:
    assert _status(_signed(claims)) == 200


@pytest.mark.asvs("9.2.1")
@pytest.mark.parametrize("name", _CLAIMS)
def test_token_with_any_claim_missing_is_refused(claims: Json, name: str) -> None:
    del claims[name]

    assert _status(_signed(claims)) == 401


@pytest.mark.asvs("9.2.3")
@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": PUBLIC_BASE_URL + "/"},
        {"aud": "another-api"},
        {"aud": []},
        {"ver": 0},
        {"ver": 2},
        {"ver": "1"},
        {"exp": 0},
        {"exp": "soon"},
        {"nbf": 4_000_000_000},
        {"sub": ""},
        {"sub": "usr_1"},
        {"sub": None},
        {"org": "org_1"},
        {"org": ["org_1"]},
        {"role": "root"},
        {"sid": "ses_1"},
    ],
    ids=str,
)
def test_token_that_says_anything_else_is_refused(claims: Json, changes: Json) -> None:
    assert _status(_signed({**claims, **changes})) == 401


@pytest.mark.asvs("9.2.2")
@pytest.mark.parametrize("headers", [{"typ": "JWT"}, {"typ": None}, {"typ": "refresh+jwt"}, {"crit": ["exp"]}], ids=str)
def test_token_of_another_type_is_refused(claims: Json, headers: Json) -> None:
    assert _status(_signed(claims, headers)) == 401


@pytest.mark.asvs("9.1.2")
@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "ES256", "HS256", ""])
def test_unsigned_token_is_refused(claims: Json, algorithm: str) -> None:
    kid = current_signer(utc_now()).kid

    assert _status(_raw({"alg": algorithm, "typ": "at+jwt", "kid": kid}, claims)) == 401


@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
@pytest.mark.parametrize("form", ["pem", "der", "jwk", "x"])
def test_public_key_is_no_shared_secret(claims: Json, algorithm: str, form: str) -> None:
    signer = current_signer(utc_now())
    jwk = published_keys()[signer.kid]
    public_key = signer.private_key.public_key()
    encoding = {"pem": serialization.Encoding.PEM, "der": serialization.Encoding.DER}.get(form)
    secret = (
        public_key.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
        if encoding
        else (json.dumps(jwk) if form == "jwk" else jwk["x"]).encode()
    )
    headers = {"alg": algorithm, "typ": "at+jwt", "kid": signer.kid}
    content, _, _ = _raw(headers, claims).rpartition(".")
    signature = hmac.new(secret, content.encode(), hashlib.sha256).digest()

    assert _status(_raw(headers, claims, signature)) == 401


def test_key_of_the_forgers_own_is_refused_whatever_it_is_called(claims: Json) -> None:
    forged = ec.generate_private_key(ec.SECP256R1())
    signer = current_signer(utc_now())

    assert _status(_signed(claims, key=forged)) == 401
    assert _status(_signed(claims, {"kid": "forged"}, key=forged)) == 401
    assert _status(_signed(claims, {"kid": ""}, key=forged)) == 401
    assert _status(_signed(claims, {"kid": "forged"})) == 401
    assert _status(_signed(claims, {"kid": signer.kid + " "})) == 401


@pytest.mark.asvs("9.1.3")
@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_key_that_a_token_brings_along_is_never_used(claims: Json, name: str) -> None:
    forged = ec.generate_private_key(ec.SECP256R1())
    jwk = jwt.algorithms.ECAlgorithm.to_jwk(forged.public_key(), as_dict=True)
    brought: Json = {
        "jwk": jwk,
        "jku": "https://evil.example/jwks.json",
        "x5u": "https://evil.example/cert.pem",
        "x5c": ["MIIB"],
    }

    assert _status(_signed(claims, {name: brought[name]}, key=forged)) == 401


def test_other_algorithms_are_refused_even_with_a_true_signature(claims: Json) -> None:
    for key, algorithm in (
        (rsa.generate_private_key(65537, 2048), "RS256"),
        (ec.generate_private_key(ec.SECP384R1()), "ES384"),
    ):
        assert _status(_signed(claims, key=key, algorithm=algorithm)) == 401


def test_changed_token_is_refused(organization: StaffedOrganization) -> None:
    header, payload, signature = organization.member.token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    promoted = _raw({}, {**claims, "role": "owner"}).split(".")[1]

    assert _status(f"{header}.{promoted}.{signature}") == 401
    assert _status(f"{header}.{payload}.{signature[:-4]}AAAA") == 401
    assert _status(f"{header}.{payload}.") == 401
    assert _status(f"{header}.{payload}") == 401


def test_token_is_good_for_fifteen_minutes(organization: StaffedOrganization) -> None:
    owner = organization.owner
    claims = AccessClaims(owner.id, organization.id, owner.role, owner.session_id)

    assert _status(issue_access_token(claims, utc_now() - timedelta(minutes=14))) == 200
    assert _status(issue_access_token(claims, utc_now() - timedelta(minutes=15, seconds=10))) == 401


def test_session_of_one_organization_opens_no_other(organization: StaffedOrganization, claims: Json) -> None:
    foreign = an_organization()

    assert _status(_signed({**claims, "org": foreign.id})) == 401
    assert _status(_signed({**claims, "sub": foreign.owner.id})) == 401
    assert _status(_signed({**claims, "sid": foreign.owner.session_id})) == 401
    assert _status(_signed({**claims, "sid": organization.member.session_id})) == 401


def test_session_of_one_organization_opens_none_of_the_persons_others(claims: Json) -> None:
    other = an_organization()
    tenant = other.tenant()
    user_id, now = UserId(claims["sub"]), utc_now()
    MemberRepository(tenant).add(
        Member(id=user_id, version=1, created_at=now, updated_at=now, name="x", email="x", role=Role.OWNER)
    )
    tenant.transaction.commit()

    assert _status(_signed(claims)) == 200
    assert _status(_signed({**claims, "org": other.id})) == 401


def test_role_in_a_token_grants_nothing(organization: StaffedOrganization) -> None:
    claims = {**_claims(organization, organization.member), "role": Role.OWNER.value}

    assert call("GET", "/v1/api-keys", token=_signed(claims)).status == 403


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é" * 10, "A" * 5000, "." * 100])
def test_garbage_is_refused(token: str) -> None:
    assert call("GET", "/v1/products", headers={"Authorization": f"Bearer {token}"}).status == 401
