"""What KMS says of the rotation of its keys is told as it says it."""

from datetime import UTC, timedelta

from nexstock.aws import client
from nexstock.clock import utc_now
from nexstock.crypto.kms_keys import KmsRotation, rotation_of


def _key() -> str:
    return str(client("kms").create_key()["KeyMetadata"]["Arn"])


def test_a_key_that_is_rotated_has_a_period_and_a_next_time() -> None:
    key = _key()
    client("kms").enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    told = rotation_of(key)
    assert (told.is_enabled, told.period_days, told.rotated_at) == (True, 180, [])
    assert told.next_at is not None
    assert told.next_at.tzinfo is UTC
    assert timedelta(days=179) < told.next_at - utc_now() <= timedelta(days=180)


def test_a_key_that_is_not_rotated_has_none() -> None:
    assert rotation_of(_key()) == KmsRotation(is_enabled=False, period_days=None, next_at=None, rotated_at=[])


def test_rotations_that_were_done_are_listed_the_newest_first() -> None:
    key = _key()
    for _ in range(3):
        client("kms").rotate_key_on_demand(KeyId=key)
    rotated_at = rotation_of(key).rotated_at
    assert len(rotated_at) == 3
    assert rotated_at == sorted(rotated_at, reverse=True)
    assert all(abs(each - utc_now()) < timedelta(minutes=1) for each in rotated_at)
