"""What KMS says of how it rotates its symmetric keys: evidence for reports. Their ciphertexts open as before."""

from dataclasses import dataclass
from datetime import UTC, datetime

from nexstock.aws import client


@dataclass(frozen=True, slots=True)
class KmsRotation:
    """How KMS rotates the material of a key; `next_at` and `period_days` are None if it does not.

    `rotated_at` are the rotations that were done, scheduled or on demand, the newest first.
    """

    is_enabled: bool
    period_days: int | None
    next_at: datetime | None
    rotated_at: list[datetime]


def rotation_of(key_arn: str) -> KmsRotation:
    """Return how a symmetric key is rotated, and when it was (AWS: GetKeyRotationStatus, ListKeyRotations)."""
    kms = client("kms")
    status = kms.get_key_rotation_status(KeyId=key_arn)
    is_enabled, next_at = bool(status["KeyRotationEnabled"]), status.get("NextRotationDate")
    rotated_at = [
        rotation["RotationDate"].astimezone(UTC)
        for page in kms.get_paginator("list_key_rotations").paginate(KeyId=key_arn)
        for rotation in page["Rotations"]
    ]
    return KmsRotation(
        is_enabled,
        int(status["RotationPeriodInDays"]) if is_enabled else None,
        next_at.astimezone(UTC) if is_enabled and next_at else None,
        sorted(rotated_at, reverse=True),
    )
