"""The platform's own secrets and signing keys: made once, sealed at rest, public halves published."""

import json
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest

from nexstock.clock import utc_now
from nexstock.config import TableNames
from nexstock.crypto.platform_secrets import newest_secret, provision_secret, secret_of_version
from nexstock.crypto.provisioning import provision_missing
from nexstock.crypto.signing_keys import PUBLISHED, present_signer, stored_keys
from nexstock.crypto.stored_secrets import Purpose
from nexstock.crypto.token_signer import current_signer
from nexstock.persistence.tables import connection
from tests.support.api import call


def _stored() -> list[dict[str, dict[str, Any]]]:
    items: list[dict[str, dict[str, Any]]] = connection().client.scan(TableName=TableNames.from_env().keys)["Items"]
    return sorted(items, key=lambda item: (item["PK"]["S"], item["SK"]["S"]))


def test_provisioning_again_changes_nothing() -> None:
    before = _stored()

    provision_missing(utc_now())

    assert _stored() == before


@pytest.mark.parametrize("purpose", Purpose)
def test_secret_is_random_sealed_and_never_shown(purpose: Purpose) -> None:
    secret = newest_secret(purpose)

    assert len(secret.value) == 32
    assert secret_of_version(purpose, secret.version) == secret
    assert not any(secret.value in value["B"] for item in _stored() for value in item.values() if "B" in value)
    assert repr(secret.value) not in repr(secret)


def test_no_secret_serves_two_purposes() -> None:
    assert len({newest_secret(purpose).value for purpose in Purpose}) == len(Purpose)


def test_unknown_version_is_a_fault() -> None:
    with pytest.raises(LookupError):
        secret_of_version(Purpose.CODE_HASH, "V9999")


@pytest.mark.parametrize("value", [b"", b"x" * 31, b"x" * 33])
def test_secret_of_another_length_is_not_provisioned(value: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        provision_secret(Purpose.CODE_HASH, value, utc_now())


def test_existing_secret_is_not_replaced() -> None:
    assert not provision_secret(Purpose.CODE_HASH, b"x" * 32, utc_now())
    assert newest_secret(Purpose.CODE_HASH).value != b"x" * 32


def test_public_keys_are_published_without_their_private_halves() -> None:
    reply = call("GET", "/.well-known/jwks.json")

    assert reply.status == 200
    for key in reply.json["keys"]:
        assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
        assert (key["kty"], key["crv"], key["use"], key["alg"]) == ("EC", "P-256", "sig", "ES256")


def test_published_key_verifies_what_the_signer_signs() -> None:
    signer = current_signer(utc_now())
    token = jwt.encode({"x": 1}, signer.private_key, "ES256", headers={"kid": signer.kid})
    jwk = next(key for key in call("GET", "/.well-known/jwks.json").json["keys"] if key["kid"] == signer.kid)

    assert jwt.decode(token, jwt.PyJWK.from_dict(jwk), algorithms=["ES256"]) == {"x": 1}
    assert "private" not in json.dumps(jwk)
    assert str(signer.private_key) not in repr(signer)


def test_unknown_key_is_none() -> None:
    assert PUBLISHED.find("unknown", utc_now()) is None
    assert set(PUBLISHED.all(utc_now())) == {item.kid for item in stored_keys()}


def test_the_first_key_signs_for_a_clock_that_is_behind() -> None:
    assert present_signer(datetime(2000, 1, 1, tzinfo=UTC)).kid == stored_keys()[0].kid
