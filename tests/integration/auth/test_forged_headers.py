"""Headers of forged tokens: one algorithm, one type, a key of ours by its name, and nothing else there at all."""

import hashlib
import hmac
import json
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from nexstock.clock import utc_now
from nexstock.crypto.signing_keys import PUBLISHED
from nexstock.crypto.token_signer import current_signer
from tests.support.forgeries import Json, base64url, content, signature, status, token, true_claims, true_header
from tests.support.people import StaffedOrganization, an_organization

_NONE: Final = ["none", "None", "NONE", "nOnE", "none ", "", "null"]


@pytest.fixture(scope="module")
def organization(platform: str) -> StaffedOrganization:  # noqa: ARG001 (needs the engine)
    return an_organization()


@pytest.fixture
def claims(organization: StaffedOrganization) -> Json:
    return true_claims(organization, organization.owner)


@pytest.mark.asvs("9.1.1", "9.1.2")
@pytest.mark.parametrize("algorithm", [*_NONE, "ES256", "HS256", None, True, 0, ["ES256"], {}], ids=repr)
def test_unsigned_token_is_refused(claims: Json, algorithm: Any) -> None:  # noqa: ANN401
    unsigned = content({**true_header(), "alg": algorithm}, claims)

    for empty in ("", base64url(b"\x00"), base64url(b"\x00" * 64)):
        assert status(f"{unsigned}.{empty}") == 401


@pytest.mark.asvs("9.1.2")
@pytest.mark.parametrize(
    "algorithm",
    [*_NONE, "es256", "ES256 ", "ES256K", "ES384", "ES512", "HS256", "RS256", "PS256", "EdDSA", None, ["ES256"]],
    ids=repr,
)
def test_true_signature_under_the_name_of_another_algorithm_is_refused(claims: Json, algorithm: Any) -> None:  # noqa: ANN401
    assert status(token(claims, {**true_header(), "alg": algorithm})) == 401


@pytest.mark.asvs("9.1.1", "9.1.2")
@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512", "ES256"])
@pytest.mark.parametrize("form", ["pem", "der", "point", "jwk", "x", "kid"])
def test_public_key_is_no_shared_secret(claims: Json, algorithm: str, form: str) -> None:
    signer = current_signer(utc_now())
    jwk, public_key = PUBLISHED.all(utc_now())[signer.kid], signer.private_key.public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    secret = {
        "pem": public_key.public_bytes(serialization.Encoding.PEM, spki),
        "der": public_key.public_bytes(serialization.Encoding.DER, spki),
        "point": public_key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint),
        "jwk": json.dumps(jwk).encode(),
        "x": jwk["x"].encode(),
        "kid": signer.kid.encode(),
    }[form]
    digest = getattr(hashlib, f"sha{algorithm[2:]}")
    signed = content({**true_header(), "alg": algorithm}, claims)

    assert status(f"{signed}.{base64url(hmac.new(secret, signed.encode(), digest).digest())}") == 401


@pytest.mark.asvs("9.1.2")
def test_true_signature_of_another_algorithm_is_refused(claims: Json) -> None:
    rsa_key = rsa.generate_private_key(65537, 2048)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    for algorithm, sign in {
        "RS256": lambda data: rsa_key.sign(data, padding.PKCS1v15(), hashes.SHA256()),
        "PS256": lambda data: rsa_key.sign(data, pss, hashes.SHA256()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate().sign,
    }.items():
        signed = content({**true_header(), "alg": algorithm}, claims)
        assert status(f"{signed}.{base64url(sign(signed.encode()))}") == 401, algorithm
    for algorithm, curve in (("ES256K", ec.SECP256K1()), ("ES384", ec.SECP384R1()), ("ES512", ec.SECP521R1())):
        header = {"kid": true_header()["kid"], "typ": "at+jwt"}
        assert status(jwt.encode(claims, ec.generate_private_key(curve), algorithm, headers=header)) == 401, algorithm


@pytest.mark.asvs("9.1.3")
@pytest.mark.parametrize(
    "kid",
    [
        None,
        "",
        "forged",
        " ",
        0,
        True,
        [],
        {},
        "../../../dev/null",
        "/dev/null",
        "https://evil.example/key.json",
        "' OR '1'='1",
        "'; DROP TABLE keys; --",
        "x' UNION SELECT 'secret' --",
        "SIGNING_KEY",
        "V0001",
        "\x00",
        "k" * 2000,
    ],
    ids=lambda kid: repr(kid)[:30],
)
def test_key_id_names_a_published_key_or_nothing(claims: Json, kid: Any) -> None:  # noqa: ANN401
    forged = ec.generate_private_key(ec.SECP256R1())
    header = {**true_header(), "kid": kid}

    assert status(token(claims, header)) == 401
    assert status(token(claims, header, forged)) == 401


def test_key_id_is_taken_exactly_and_is_needed(claims: Json) -> None:
    header, forged = true_header(), ec.generate_private_key(ec.SECP256R1())
    for kid in (header["kid"] + " ", " " + header["kid"], header["kid"][:-1], header["kid"] + "\n", [header["kid"]]):
        assert status(token(claims, {**header, "kid": kid})) == 401, repr(kid)
    del header["kid"]
    assert status(token(claims, header)) == 401
    assert status(token(claims, header, forged)) == 401


@pytest.mark.asvs("9.1.3")
@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256"])
def test_key_that_a_token_brings_along_is_never_used(claims: Json, name: str) -> None:
    forged = ec.generate_private_key(ec.SECP256R1())
    brought: Json = {
        "jwk": jwt.algorithms.ECAlgorithm.to_jwk(forged.public_key(), as_dict=True),
        "jku": "https://evil.example/jwks.json",
        "x5u": "https://evil.example/cert.pem",
        "x5c": ["MIIB"],
        "x5t": "AAAA",
        "x5t#S256": "AAAA",
    }

    for key in (forged, None):
        for kid in (true_header()["kid"], "forged"):
            assert status(token(claims, {**true_header(), "kid": kid, name: brought[name]}, key)) == 401


@pytest.mark.parametrize(
    "more",
    [
        {"crit": ["exp"]},
        {"crit": []},
        {"crit": ["b64"], "b64": False},
        {"b64": True},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"enc": "A256GCM"},
        {"nonce": "x"},
        {"ALG": "none"},
        {"alg ": "none"},
    ],
    ids=str,
)
def test_header_with_anything_more_is_refused(claims: Json, more: Json) -> None:
    assert status(token(claims, {**true_header(), **more})) == 401


@pytest.mark.asvs("9.2.2")
@pytest.mark.parametrize(
    "kind",
    [
        "JWT",
        "jwt",
        "AT+JWT",
        "application/at+jwt",
        "at+jwt ",
        "refresh+jwt",
        "id+jwt",
        "dpop+jwt",
        "",
        None,
        ["at+jwt"],
    ],
    ids=repr,
)
def test_token_of_another_type_is_refused(claims: Json, kind: Any) -> None:  # noqa: ANN401
    assert status(token(claims, {**true_header(), "typ": kind})) == 401


@pytest.mark.parametrize("name", ["alg", "typ", "kid"])
def test_member_of_the_header_given_twice_or_not_at_all_is_refused(claims: Json, name: str) -> None:
    true, false = f'"{name}": "{true_header()[name]}"', f'"{name}": "none"'
    written = json.dumps(true_header())
    for twice in (f"{true}, {false}", f"{false}, {true}", f"{true}, {true}"):
        assert status(token(claims, written.replace(true, twice))) == 401
    without = {key: value for key, value in true_header().items() if key != name}

    assert status(token(claims, without)) == 401


@pytest.mark.parametrize("written", ["", "null", "[]", "1", "{", '{"alg": NaN}', "\ufeff{}", "{}" * 2], ids=repr)
def test_header_that_is_no_object_is_refused(claims: Json, written: str) -> None:
    assert status(token(claims, written)) == 401


def test_true_signature_is_of_the_true_header_only(claims: Json) -> None:
    true = content(true_header(), claims)
    other = content({**true_header(), "typ": "JWT"}, claims)

    assert status(f"{true}.{base64url(signature(true))}") == 200
    assert status(f"{other}.{base64url(signature(true))}") == 401
    assert status(f"{true}.{base64url(signature(other))}") == 401
