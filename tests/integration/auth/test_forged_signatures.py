"""Signatures and spellings of forged tokens: the one text that we made is good, and none that differs in any bit."""

import json
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from nexstock.auth.tokens import verify_access_token
from nexstock.clock import utc_now
from nexstock.crypto.token_signer import current_signer
from nexstock.errors import Unauthenticated
from nexstock.persistence.cursors import Cursors
from tests.support.environment import PUBLIC_BASE_URL
from tests.support.forgeries import (
    FIELD_PRIME,
    GROUP_ORDER,
    Json,
    base64url,
    content,
    signature,
    status,
    token,
    true_claims,
    true_header,
)
from tests.support.people import StaffedOrganization, an_organization

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_NUMBERS: Final = {
    "0": 0,
    "1": 1,
    "2": 2,
    "n-1": GROUP_ORDER - 1,
    "n": GROUP_ORDER,
    "n+1": GROUP_ORDER + 1,
    "p-n": FIELD_PRIME - GROUP_ORDER,
    "p-1": FIELD_PRIME - 1,
    "p": FIELD_PRIME,
    "p+1": FIELD_PRIME + 1,
    "-1": 2**256 - 1,
    "-n": 2**256 - GROUP_ORDER,
    "2^255": 2**255,
}
"""Values at which verifiers of ECDSA over P-256 have gone wrong (the ideas of Project Wycheproof)."""


@pytest.fixture(scope="module")
def organization(platform: str) -> StaffedOrganization:  # noqa: ARG001 (needs the engine)
    return an_organization()


@pytest.fixture
def claims(organization: StaffedOrganization) -> Json:
    return true_claims(organization, organization.owner)


def _is_refused(text: str) -> bool:
    try:
        verify_access_token(text, issuer=PUBLIC_BASE_URL, now=utc_now())
    except Unauthenticated:
        return True
    return False


@pytest.mark.asvs("7.2.1", "9.1.1")
@pytest.mark.parametrize("r", _NUMBERS)
@pytest.mark.parametrize("s", _NUMBERS)
def test_numbers_at_the_edges_sign_nothing(claims: Json, r: str, s: str) -> None:
    signed = content(true_header(), claims)
    forged = _NUMBERS[r].to_bytes(32, "big") + _NUMBERS[s].to_bytes(32, "big")

    assert _is_refused(f"{signed}.{base64url(forged)}")


@pytest.mark.asvs("9.1.1")
@pytest.mark.parametrize("number", _NUMBERS)
def test_one_true_number_beside_one_at_the_edge_signs_nothing(claims: Json, number: str) -> None:
    signed = content(true_header(), claims)
    true, edge = signature(signed), _NUMBERS[number].to_bytes(32, "big")

    assert not _is_refused(f"{signed}.{base64url(true)}")
    assert _is_refused(f"{signed}.{base64url(true[:32] + edge)}")
    assert _is_refused(f"{signed}.{base64url(edge + true[32:])}")


@pytest.mark.asvs("9.1.1")
def test_true_numbers_in_any_other_form_sign_nothing(claims: Json) -> None:
    signed = content(true_header(), claims)
    true = signature(signed)
    r, s = int.from_bytes(true[:32], "big"), int.from_bytes(true[32:], "big")
    for forged in (
        encode_dss_signature(r, s),
        true[32:] + true[:32],
        true[:32][::-1] + true[32:][::-1],
        b"\x00" + true,
        true + b"\x00",
        b"\x00" + true[:32] + b"\x00" + true[32:],
        true + true,
        true.hex().encode(),
        (r + GROUP_ORDER).to_bytes(33, "big") + true[32:],
        *(true[:length] for length in range(64)),
    ):
        assert _is_refused(f"{signed}.{base64url(forged)}"), forged.hex()


@pytest.mark.asvs("9.1.1")
def test_any_bit_of_the_signature_changed_is_refused(claims: Json) -> None:
    signed = content(true_header(), claims)
    true = int.from_bytes(signature(signed), "big")

    assert all(_is_refused(f"{signed}.{base64url((true ^ 1 << bit).to_bytes(64, 'big'))}") for bit in range(512))


@pytest.mark.asvs("7.2.1", "9.1.1")
def test_any_character_of_a_token_changed_is_refused(claims: Json) -> None:
    true = token(claims)
    for place, character in enumerate(true):
        # The neighbour in the alphabet differs in the lowest bits, of which the last characters have spare ones.
        number = _ALPHABET.find(character)
        for other in ("A" if number < 0 else _ALPHABET[number ^ 1], "." if character != "." else "A", "=", " ", "é"):
            assert _is_refused(true[:place] + other + true[place + 1 :]), place


@pytest.mark.asvs("9.1.1")
def test_every_other_spelling_of_the_last_character_is_refused(claims: Json) -> None:
    true = token(claims)

    assert [other for other in _ALPHABET if not _is_refused(true[:-1] + other)] == [true[-1]]


@pytest.mark.parametrize(
    "respelled",
    [
        "{0}=.{1}.{2}",
        "{0}.{1}==.{2}",
        "{0}.{1}.{2}==",
        " {0}.{1}.{2}\n",
        "{0}\n.{1}.{2}",
        "{0}. {1}.{2}",
        "{0}.{1}.\t{2}",
        "{0}.{1}.{2}.",
        ".{0}.{1}.{2}",
        "{0}.{1}.{2}..",
        "{0}.{1}.{2}.{2}",
        "{0}.{1}..{2}",
        "{0}.{1}.{2}.{2}.{2}",
        "{0}.{1}.",
        "{0}.{1}",
        "..{2}",
        ".{1}.{2}",
        "{0}..{2}",
        "{0},{1},{2}",
        "{0}%2E{1}%2E{2}",
        "{0}.{1}.{2}\x00",
        "Bearer {0}.{1}.{2}",
        "!{0}.{1}.{2}",
    ],
)
def test_token_has_one_spelling(claims: Json, respelled: str) -> None:
    true = token(claims)

    assert not _is_refused(true)
    assert _is_refused(respelled.format(*true.split(".")))


def test_base64_of_the_other_alphabet_is_refused(claims: Json) -> None:
    # With a claim in which both of the characters that differ occur.
    true = next(each for each in (token(claims) for _ in range(50)) if {"-", "_"} & set(each))

    assert _is_refused(true.replace("-", "+").replace("_", "/"))


def test_other_serializations_are_refused(claims: Json) -> None:
    header, payload, signed = token(claims).split(".")
    general = {"payload": payload, "signatures": [{"protected": header, "signature": signed}]}
    flattened = {"payload": payload, "protected": header, "signature": signed}
    for text in (json.dumps(general), json.dumps(flattened), base64url(json.dumps(flattened).encode())):
        assert status(text) == 401
    encrypted = ".".join([base64url(b'{"alg":"dir","enc":"A256GCM"}'), "", *[base64url(bytes(16))] * 3])
    assert status(encrypted) == 401


def test_token_longer_than_any_of_ours_is_refused_before_it_is_read(claims: Json) -> None:
    assert _is_refused(token({**claims, "jti": "x" * 4000}))
    assert _is_refused("A" * 1_000_000)


@pytest.mark.asvs("9.2.4")
def test_token_of_another_stages_key_is_refused_whatever_it_is_called(claims: Json) -> None:
    forged = ec.generate_private_key(ec.SECP256R1())

    assert _is_refused(token(claims, key=forged))
    assert _is_refused(token(claims, {**true_header(), "kid": "staging"}, forged))


@pytest.mark.asvs("7.2.1", "9.2.2")
def test_other_secrets_of_ours_are_no_access_tokens(organization: StaffedOrganization) -> None:
    person = organization.owner
    cursor = Cursors(organization.id, "/v1/products").seal("prd_01JD0000000000000000000000")
    assert cursor is not None
    for text in (
        cursor,
        person.refresh_token,
        organization.credentials["admin_key"],
        "123456",
        person.session_id,
        current_signer(utc_now()).kid,
    ):
        assert _is_refused(text)
    for text in (cursor, person.refresh_token, "123456", person.session_id):
        assert status(text) == 401


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "é" * 10, ".." * 3, "." * 100, "null", "{}", "A.A." + "A" * 86])
def test_garbage_is_refused(text: str) -> None:
    assert _is_refused(text)
    assert status(text) == 401
