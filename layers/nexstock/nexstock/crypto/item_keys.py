"""The key of one sealed resource: all that is sealed of it is sealed under this, and this under the data key.

So another version of the data key means that these few bytes are sealed anew, and never the resource, which somebody
may be writing at that moment; and one resource can be made unreadable, wherever copies of it lie, without touching
another (docs/adr/0005-sealing.md).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from nexstock.clock import utc_now
from nexstock.crypto.data_keys import DataKey, data_key, newest_data_key
from nexstock.crypto.key_cache import KeyCache
from nexstock.crypto.lifetimes import OPENED_KEYS_LIVE
from nexstock.crypto.messages import CannotOpen, Materials, decrypt, encrypt, local_materials
from nexstock.crypto.places import SealedPlace
from nexstock.crypto.stored_keys import ItemKeyItem, item_key_address
from nexstock.ids import OrganizationId, new_id
from nexstock.persistence.tables import batch_get
from nexstock.persistence.tenant_items import changed_meanwhile
from nexstock.persistence.transaction import Transaction

_CACHED: Final = 5000
_USES: Final = 10_000
_BYTES: Final = 32
_FIELD: Final = "item_key"


@dataclass(frozen=True, slots=True)
class ItemKey:
    """The key of a resource, opened."""

    id: str
    materials: Materials = field(repr=False)


_opened: KeyCache[ItemKey] = KeyCache(most=_CACHED, lifetime_s=OPENED_KEYS_LIVE.total_seconds(), uses=_USES)


def stage_item_key(place: SealedPlace, transaction: Transaction) -> ItemKey:
    """Stage the key of a new resource beside it, and return it."""
    now = utc_now()
    key_id, value = new_id("dek", now), secrets.token_bytes(_BYTES)
    newest = newest_data_key(OrganizationId(place.organization), place.kind)
    model, pk, sk = item_key_address(place)
    item = model(
        pk,
        sk,
        id=key_id,
        sealed=encrypt(newest.materials, _context(place), value),
        data_key_version=newest.version,
        created_at=now,
    )
    transaction.put(item, condition=ItemKeyItem.pk.does_not_exist(), refusal=changed_meanwhile)
    return ItemKey(key_id, local_materials(key_id, value))


def item_key(place: SealedPlace) -> ItemKey:
    """Return the key of a resource.

    Raises:
        CannotOpen: it has none, or none any more, or its data key does not open.
        TemporarilyUnavailable: KMS did not answer (503).
    """
    key = _opened.get(_name(place))
    if key is None:
        model, pk, sk = item_key_address(place)
        try:
            item = model.get(pk, sk, consistent_read=True)
        except ItemKeyItem.DoesNotExist:
            raise CannotOpen from None
        key = remember(place, item)
    return key


def remember(place: SealedPlace, item: ItemKeyItem) -> ItemKey:
    """Open a key that was read, and keep it for a while.

    Raises:
        CannotOpen: it was destroyed, altered or moved, or its data key does not open.
    """
    if item.sealed is None:
        raise CannotOpen
    wrapping = data_key(OrganizationId(place.organization), place.kind, item.data_key_version)
    key = ItemKey(item.id, local_materials(item.id, decrypt(wrapping.materials, _context(place), item.sealed)))
    _opened.put(_name(place), key)
    return key


def fetch(places: Sequence[SealedPlace]) -> None:
    """Read the keys of up to 100 resources in one call, as far as they are not at hand.

    One that is missing or does not open says so when it is needed.
    """
    wanted = [place for place in places if not is_at_hand(place)]
    if not wanted:
        return
    items = batch_get([item_key_address(place) for place in wanted])
    for place, item in zip(wanted, items, strict=True):
        if isinstance(item, ItemKeyItem) and item.sealed is not None:
            remember(place, item)


def is_at_hand(place: SealedPlace) -> bool:
    """Tell whether the container has the key of a resource."""
    return _opened.get(_name(place)) is not None


def forget(place: SealedPlace) -> bool:
    """Forget the key of a resource; tell whether the container had it."""
    return _opened.drop(_name(place))


def renew(organization_id: OrganizationId, kind: str, item: ItemKeyItem, *, under: DataKey) -> bool:
    """Seal a key anew under another version of its data key; tell whether this call did.

    One that was changed or destroyed meanwhile stays as it is.

    Raises:
        CannotOpen: it was altered or moved, or its data key does not open.
        TemporarilyUnavailable: KMS did not answer (503).
    """
    if item.sealed is None:
        return False
    context = _context(SealedPlace(organization_id, kind, item.sk, _FIELD))
    value = decrypt(data_key(organization_id, kind, item.data_key_version).materials, context, item.sealed)
    return item.update_if(
        [
            ItemKeyItem.sealed.set(encrypt(under.materials, context, value)),
            ItemKeyItem.data_key_version.set(under.version),
        ],
        ItemKeyItem.sealed == item.sealed,
    )


def _name(place: SealedPlace) -> tuple[str, str, str]:
    return place.organization, place.kind, place.id


def _context(place: SealedPlace) -> dict[str, str]:
    return SealedPlace(place.organization, place.kind, place.id, _FIELD).encryption_context
