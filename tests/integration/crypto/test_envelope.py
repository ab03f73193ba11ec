"""Sealed values open at their own place, whole and unchanged, and nowhere else."""

import logging
from dataclasses import replace

import pytest
from aws_encryption_sdk.exceptions import GenerateKeyError
from hypothesis import given, settings
from hypothesis import strategies as st

from nexstock.aws import client
from nexstock.clock import utc_now
from nexstock.config import CryptoSettings
from nexstock.crypto.envelope import CannotOpen, open_sealed, seal
from nexstock.crypto.places import PLATFORM, SealedPlace
from nexstock.ids import new_id

# The SDK logs each refusal with its traceback, thousands of lines here.
pytestmark = pytest.mark.usefixtures("_quiet_sdk")

_PLACE = SealedPlace("org_01JD0000000000000000000000", "webhook_endpoint", "whe_01JD0000000000000000000000", "secret")


@pytest.fixture
def _quiet_sdk(caplog: pytest.LogCaptureFixture) -> None:
    """Raise the SDK's level for the time of a test."""
    caplog.set_level(logging.CRITICAL, logger="aws_encryption_sdk")


@settings(max_examples=25, deadline=None)
@given(plaintext=st.binary(max_size=2000))
def test_sealed_value_opens_at_its_place(plaintext: bytes) -> None:
    ciphertext = seal(_PLACE, plaintext)

    assert open_sealed(_PLACE, ciphertext) == plaintext
    assert len(plaintext) < 8 or plaintext not in ciphertext


def test_equal_values_are_sealed_differently() -> None:
    assert len({seal(_PLACE, b"the same") for _ in range(5)}) == 5


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(_PLACE, organization="org_01JD0000000000000000000001"),
        replace(_PLACE, organization=PLATFORM),
        replace(_PLACE, kind="customer"),
        replace(_PLACE, id="whe_01JD0000000000000000000001"),
        replace(_PLACE, field="previous_secret"),
        replace(_PLACE, organization=""),
    ],
    ids=str,
)
def test_sealed_value_that_was_moved_does_not_open(elsewhere: SealedPlace) -> None:
    ciphertext = seal(_PLACE, b"a secret of one organization")

    with pytest.raises(CannotOpen):
        open_sealed(elsewhere, ciphertext)


@pytest.mark.parametrize("mask", [0x01, 0x80, 0xFF])
def test_sealed_value_with_any_changed_byte_does_not_open(mask: int) -> None:
    ciphertext = seal(_PLACE, b"a secret")
    for position in range(len(ciphertext)):
        changed = bytearray(ciphertext)
        changed[position] ^= mask
        with pytest.raises(CannotOpen):
            open_sealed(_PLACE, bytes(changed))


def test_sealed_value_that_was_cut_does_not_open() -> None:
    ciphertext = seal(_PLACE, b"a secret")
    for length in range(len(ciphertext)):
        with pytest.raises(CannotOpen):
            open_sealed(_PLACE, ciphertext[:length])


@pytest.mark.parametrize("garbage", [b"", b"x", b"a secret", b"\x02" * 500, b"\x00" * 100])
def test_what_was_never_sealed_does_not_open(garbage: bytes) -> None:
    with pytest.raises(CannotOpen):
        open_sealed(_PLACE, garbage)


def test_sealed_value_does_not_open_while_its_key_is_disabled() -> None:
    # Of a place that is new, so that no opened data key is at hand: those live on for up to five minutes.
    place = replace(_PLACE, id=new_id("whe", utc_now()))
    ciphertext = seal(place, b"a secret")
    kms, key = client("kms"), CryptoSettings.from_env().sealing_key_arn
    kms.disable_key(KeyId=key)
    try:
        with pytest.raises(CannotOpen):
            open_sealed(place, ciphertext)
    finally:
        kms.enable_key(KeyId=key)

    assert open_sealed(place, ciphertext) == b"a secret"


def test_nothing_is_sealed_while_the_key_is_disabled() -> None:
    kms, key = client("kms"), CryptoSettings.from_env().sealing_key_arn
    kms.disable_key(KeyId=key)
    try:
        with pytest.raises(GenerateKeyError):
            seal(replace(_PLACE, id=new_id("whe", utc_now())), b"a secret")
    finally:
        kms.enable_key(KeyId=key)
