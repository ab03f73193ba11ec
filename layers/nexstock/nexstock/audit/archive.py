"""The archive of audit logs in S3, under Object Lock in compliance mode: nobody can change it before its time is over.

An object lies at `<area>/<organization>/<name>` and is written once. Its content follows from the log, so that whoever
writes it again, after a crash or at the same moment, would write the same; anything else that lies there is a finding.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from nexstock.aws import client
from nexstock.config import audit_archive_bucket
from nexstock.ids import OrganizationId, is_id

_MISSING: Final = frozenset({403, 404})
"""Without the permission to list a bucket S3 says 403 of a key that nothing has (AWS: GetObject, "Permissions")."""

_STANDS_ALREADY: Final = 412


class Area(StrEnum):
    """What is kept: of a log, and of the end of whose it was."""

    ENTRIES = "entries"
    TILES = "tiles"
    CHECKPOINTS = "checkpoints"
    RECEIPTS = "receipts"


class DamagedArchive(Exception):  # noqa: N818 (names the fact)
    """Something in the archive is missing, or is not what was written."""


class Archive:
    """The archived log of exactly one organization; no method takes an organization id."""

    def __init__(self, organization_id: OrganizationId) -> None:
        if not is_id(organization_id, "org"):
            message = "not an organization id"
            raise ValueError(message)
        self._organization_id = organization_id

    def put(self, area: Area, name: str, content: bytes, *, retain_until: datetime) -> None:
        """Store an object that stays as it is until its time is over, or find it stored.

        Raises:
            DamagedArchive: another one stands there.
        """
        try:
            _s3().put_object(
                **self._place(area, name),
                Body=content,
                IfNoneMatch="*",
                ObjectLockMode="COMPLIANCE",
                ObjectLockRetainUntilDate=retain_until,
            )
        except _s3().exceptions.ClientError as error:
            if _status_of(error) != _STANDS_ALREADY:
                raise
            if self.get(area, name) != content:
                raise DamagedArchive from None

    def get(self, area: Area, name: str) -> bytes:
        """Return what an object holds.

        Raises:
            DamagedArchive: there is none.
        """
        try:
            return bytes(_s3().get_object(**self._place(area, name))["Body"].read())
        except _s3().exceptions.ClientError as error:
            if _status_of(error) not in _MISSING:
                raise
            raise DamagedArchive from None

    def _place(self, area: Area, name: str) -> dict[str, str]:
        return {"Bucket": audit_archive_bucket(), "Key": f"{area}/{self._organization_id}/{name}"}


def _s3() -> Any:  # noqa: ANN401 (boto3 makes the class at run time)
    return client("s3")


def _status_of(error: Any) -> int:  # noqa: ANN401 (botocore's errors are untyped)
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
