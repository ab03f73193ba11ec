"""Destroying keys, so that nothing sealed under them opens again, wherever copies of it lie (docs/adr/0026).

A data key that was destroyed stays as evidence, without what it consisted of. That also bars its place: nothing makes a
key again where one was destroyed, and where there was none yet, the mark of one that never was bars it as well.
"""

from datetime import datetime
from typing import Final

from nexstock.crypto.places import KEPT_ANSWER, SealedPlace
from nexstock.crypto.stored_keys import (
    DataKeyItem,
    ItemKeyItem,
    destroy_data_keys,
    item_key_address,
    stored_data_keys,
)
from nexstock.ids import OrganizationId, new_id
from nexstock.persistence.keys import Kind, data_key_sort_key, data_keys_partition, item_keys_partition
from nexstock.persistence.tables import batch_get
from nexstock.persistence.tenant_items import changed_meanwhile, end_of_deleted
from nexstock.persistence.transaction import Transaction
from nexstock.persistence.versions import FIRST_VERSION

KEYED_KINDS: Final = (
    Kind.CUSTOMER.resource,
    Kind.SUPPLIER.resource,
    Kind.WEBHOOK_ENDPOINT.resource,
    Kind.SINGLE_SIGN_ON.resource,
)
"""Kinds whose resources have keys of their own."""

_PAGE: Final = 100


def destroy_all_data_keys(organization_id: OrganizationId, now: datetime) -> int:
    """Destroy all of an organization's data keys, and see to it that it gets no new ones.

    Done twice it comes to the same.

    Returns:
        How many there still were.
    """
    _bar_first_keys(organization_id, now)
    live = [key for key in stored_data_keys(organization_id) if key.is_live]
    destroy_data_keys(live, now)
    return len(live)


def was_made(key: DataKeyItem) -> bool:
    """Tell whether there ever was such a key: the mark of one that never was begins and ends at one moment."""
    return key.created_at != key.destroyed_at


def remove_item_keys(organization_id: OrganizationId, most: int) -> int:
    """Remove up to so many keys of an organization's resources, and return how many were."""
    count = 0
    for kind in KEYED_KINDS:
        partition = item_keys_partition(organization_id, kind)
        while count < most:
            keys, _ = ItemKeyItem.query_page(partition, limit=min(_PAGE, most - count))
            for key in keys:
                key.delete_if(ItemKeyItem.pk.exists())
            count += len(keys)
            if not keys:
                break
    return count


def stage_destruction_of_item_key(place: SealedPlace, transaction: Transaction, now: datetime) -> str | None:
    """Stage that the key of a resource is destroyed, and return the key's id; None where it has none."""
    (key,) = batch_get([item_key_address(place)])
    if not isinstance(key, ItemKeyItem):
        return None
    transaction.update(
        key,
        [ItemKeyItem.sealed.remove(), ItemKeyItem.destroyed_at.set(key.destroyed_at or now)],
        condition=ItemKeyItem.pk.exists(),
        refusal=changed_meanwhile,
    )
    return key.id


def stage_end_of_deleted(place: SealedPlace, transaction: Transaction, deleted_at: datetime | None) -> None:
    """Stage that the key of a resource is removed when the resource is, which was deleted or, with None, restored."""
    model, pk, sk = item_key_address(place)
    ends = (
        ItemKeyItem.expires_at.remove()
        if deleted_at is None
        else ItemKeyItem.expires_at.set(end_of_deleted(deleted_at))
    )
    transaction.update(model(pk, sk), [ends], condition=ItemKeyItem.pk.exists(), refusal=changed_meanwhile)


def _bar_first_keys(organization_id: OrganizationId, now: datetime) -> None:
    barred = {key.kind for key in stored_data_keys(organization_id)}
    for kind in (*KEYED_KINDS, KEPT_ANSWER):
        if kind not in barred:
            place = data_keys_partition(organization_id), data_key_sort_key(kind, FIRST_VERSION)
            mark = DataKeyItem(*place, id=new_id("dek", now), created_at=now, destroyed_at=now)
            mark.save_if(DataKeyItem.pk.does_not_exist())
