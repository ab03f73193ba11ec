"""The platform's own secrets as they are stored, by purpose and version: which there are; apart from opening any."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from pynamodb.attributes import BinaryAttribute

from nexstock.persistence.keys import secret_partition
from nexstock.persistence.tables import TABLES, InstantAttribute, Item
from nexstock.persistence.versions import version_after

_MOST_VERSIONS: Final = 10


class Purpose(StrEnum):
    """What a secret is for; no secret serves two purposes."""

    PASSWORD_PEPPER = "password_pepper"  # noqa: S105 (a purpose)
    CODE_HASH = "code_hash"
    CURSOR_MAC = "cursor_mac"
    BLIND_INDEX = "blind_index"
    WEBHOOK_SIGNING = "webhook_signing"


class SecretItem(Item):
    """One version of a secret."""

    class Meta:
        """The platform's keys."""

        table_name = TABLES.keys

    sealed = BinaryAttribute(legacy_encoding=False)
    created_at = InstantAttribute(attr_name="createdAt")


@dataclass(frozen=True, slots=True)
class SecretVersion:
    """That there is a version of a secret, and since when; its value stays sealed."""

    version: str
    created_at: datetime

    @property
    def following(self) -> str:
        """The name of the version after this one."""
        return version_after(self.version)


def stored_versions(purpose: Purpose) -> list[SecretVersion]:
    """Return which versions there are now, the newest first; none is opened."""
    return [SecretVersion(item.sk, item.created_at) for item in read_versions(purpose)]


def remove_secret(purpose: Purpose, version: str) -> None:
    """Remove a version that nothing is read with any more; one that is gone stays gone."""
    SecretItem(secret_partition(purpose), version).delete_if(SecretItem.pk.exists())


def read_versions(purpose: Purpose) -> list[SecretItem]:
    """Return the items of all versions, the newest first."""
    items, _ = SecretItem.query_page(secret_partition(purpose), limit=_MOST_VERSIONS, newest_first=True)
    return items
