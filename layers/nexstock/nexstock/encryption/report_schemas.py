"""The rotation report on the wire."""

from typing import Self

from nexstock.crypto.kms_keys import KmsRotation
from nexstock.encryption.schemas import EncryptionKeysView
from nexstock.http.schemas import Instant, View


class KmsKeyView(View):
    """How KMS rotates one of the keys that never leave it."""

    purpose: str
    rotation_enabled: bool
    period_days: int | None
    next_rotation_at: Instant | None
    rotated_at: list[Instant]

    @classmethod
    def of(cls, purpose: str, rotation: KmsRotation) -> Self:
        """Return the view of what KMS says."""
        return cls(
            purpose=purpose,
            rotation_enabled=rotation.is_enabled,
            period_days=rotation.period_days,
            next_rotation_at=rotation.next_at,
            rotated_at=rotation.rotated_at,
        )


class RotationReportView(View):
    """What a report says."""

    organization_id: str
    made_at: Instant
    keys: EncryptionKeysView
    kms_keys: list[KmsKeyView]


class SignedReportView(View):
    """A report, and the same as a file that proves it."""

    report: RotationReportView
    document: str
