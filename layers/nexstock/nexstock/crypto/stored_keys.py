"""The keys that an organization's things are sealed under, as they are stored; apart from opening any of them.

`DATA_KEYS#<organization>` / `<kind>#V0001`: one data key for each kind of sealed thing, in versions, wrapped by KMS.
`ITEM_KEYS#<organization>#<kind>` / `<resource id>`: the key of one resource, sealed under a version of the data key.
Of a destroyed key all stays but the key, as evidence (docs/adr/0005-sealing.md).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from nexstock.crypto.places import SealedPlace
from nexstock.ids import OrganizationId
from nexstock.persistence.keys import data_key_of, data_keys_partition, item_keys_partition
from nexstock.persistence.tables import TABLES, InstantAttribute, Item
from nexstock.persistence.tenant_items import changed_meanwhile
from nexstock.persistence.transaction import Transaction

_PAGE: Final = 100


class DataKeyItem(Item):
    """One version of the data key of one kind."""

    class Meta:
        """The platform's keys."""

        table_name = TABLES.keys

    id = UnicodeAttribute()
    wrapped = BinaryAttribute(null=True, legacy_encoding=False)
    created_at = InstantAttribute(attr_name="createdAt")
    destroyed_at = InstantAttribute(attr_name="destroyedAt", null=True)

    @property
    def kind(self) -> str:
        """What it seals."""
        return data_key_of(self.sk)[0]

    @property
    def version(self) -> str:
        """`V` and four digits; the highest one of a kind is the newest."""
        return data_key_of(self.sk)[1]

    @property
    def is_live(self) -> bool:
        """Whether there is still a key."""
        return self.wrapped is not None


class ItemKeyItem(Item):
    """The key of one resource."""

    class Meta:
        """The platform's keys."""

        table_name = TABLES.keys

    id = UnicodeAttribute()
    sealed = BinaryAttribute(null=True, legacy_encoding=False)
    data_key_version = UnicodeAttribute(attr_name="dataKeyVersion")
    created_at = InstantAttribute(attr_name="createdAt")
    destroyed_at = InstantAttribute(attr_name="destroyedAt", null=True)


ItemKeyAddress = tuple[type[ItemKeyItem], str, str]


def item_key_address(place: SealedPlace) -> ItemKeyAddress:
    """Return where the key of a resource stands, for who reads it together with something else."""
    return ItemKeyItem, item_keys_partition(OrganizationId(place.organization), place.kind), place.id


def stage_end_of_item_key(place: SealedPlace, transaction: Transaction) -> None:
    """Stage that the key of a resource is removed, which has nothing sealed any more."""
    model, pk, sk = item_key_address(place)
    transaction.delete(model(pk, sk), condition=ItemKeyItem.pk.exists(), refusal=changed_meanwhile)


def stored_data_keys(organization_id: OrganizationId) -> list[DataKeyItem]:
    """Return all versions of all kinds, by kind, the oldest first."""
    items: list[DataKeyItem] = []
    after: str | None = None
    while True:
        page, after = DataKeyItem.query_page(data_keys_partition(organization_id), limit=_PAGE, after=after)
        items += page
        if after is None:
            return items


def by_kind(keys: Iterable[DataKeyItem]) -> dict[str, list[DataKeyItem]]:
    """Return the live versions of each kind that has a live newest one, the newest last."""
    kinds = {kind: list(versions) for kind, versions in groupby(keys, lambda item: item.kind)}
    return {
        kind: [item for item in versions if item.is_live] for kind, versions in kinds.items() if versions[-1].is_live
    }


def destroy_data_keys(items: Sequence[DataKeyItem], now: datetime) -> None:
    """Destroy versions of data keys: nothing sealed under them opens again. Done twice it comes to the same."""
    for item in items:
        item.update_if([DataKeyItem.wrapped.remove(), DataKeyItem.destroyed_at.set(now)], DataKeyItem.wrapped.exists())
