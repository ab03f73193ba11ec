"""What a deleted organization kept is removed in the background: its keys first, then some of the rest at a time.

Every step may be done twice, and the next message is queued before this one is acknowledged, so a crash at any point
only means that the work goes on later. What lies outside the organization goes before the item that names it: the
verifiers of its API keys and invitations, its claims of domains, its files, and what its people know of where they
belong. Nothing goes but the keys before their receipt has reached the owners, whom nobody would know any more.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from nexstock.api_keys.verifiers import verifier_item
from nexstock.auth.principals import system_tenant
from nexstock.clock import Clock, utc_now
from nexstock.crypto.shredding import destroy_all_data_keys, remove_item_keys
from nexstock.files.storage import Area, FileStore
from nexstock.identity.memberships import PersonalMemberships
from nexstock.ids import ApiKeyId, InvitationId, OrganizationId, UserId
from nexstock.invitations.repository import InvitationVerifierItem
from nexstock.observability import logger
from nexstock.organizations.deletion import REMOVAL_DELAY_S, Enqueue
from nexstock.organizations.repository import OrganizationItem
from nexstock.persistence.keys import (
    Kind,
    data_key_rotations_partition,
    organization_partition,
    tenant_partition,
)
from nexstock.persistence.tables import TABLES, Item, batch_get
from nexstock.persistence.tenant_items import StoredItem
from nexstock.persistence.transaction import Transaction
from nexstock.receipts.model import ORGANIZATION
from nexstock.receipts.repository import ReceiptRepository
from nexstock.single_sign_on.repository import release_domains_of

_MOST_AT_ONCE: Final = 1_000
"""Items removed for one message; well within the function's time."""

_PAGE: Final = 100
_STAYS: Final = Kind.ORGANIZATION
"""The organization's own item says that it was deleted, until the table's TTL removes it."""


def _nothing(*_item: str) -> None:
    """Do nothing beside the removal of an item."""


class _DeliveriesItem(Item):
    """Whatever stands among an organization's webhook messages: they, their attempts and places, endpoints' health."""

    class Meta:
        table_name = TABLES.deliveries


class _KeysItem(Item):
    """Whatever stands among an organization's keys."""

    class Meta:
        table_name = TABLES.keys


def remove_organization(message: Mapping[str, str], *, enqueue: Enqueue, clock: Clock = utc_now) -> None:
    """Destroy the keys of a deleted organization, and remove some of what it kept; look again until nothing is found.

    The last look matters: a request that was let in just before the deletion may still write just after it.
    """
    organization_id = OrganizationId(message["organizationId"])
    (own,) = batch_get([(OrganizationItem, tenant_partition(organization_id, Kind.ORGANIZATION), organization_id)])
    if not isinstance(own, OrganizationItem) or own.deleted_at is None:
        # The deletion was queued, and then refused or lost; the organization lives on.
        logger.info("removal dropped", organization_id=organization_id)
        return
    destroyed = destroy_all_data_keys(organization_id, clock())
    receipt = ReceiptRepository(system_tenant(organization_id, "removal")).find(ORGANIZATION)
    if receipt is None or receipt.told_at is None:
        enqueue("RECEIPTS", message, delay_s=0)
        return
    removed = _removed(organization_id)
    if destroyed or removed:
        enqueue("REMOVALS", message, delay_s=REMOVAL_DELAY_S if removed < _MOST_AT_ONCE else 0)
    else:
        logger.info("organization removed", organization_id=organization_id)


def _removed(organization_id: OrganizationId) -> int:
    """Remove some of what the organization kept, and return how much; 0 means that nothing is left."""
    removed = 0
    for kind in (kind for kind in Kind if kind is not _STAYS):
        partition, end = tenant_partition(organization_id, kind), _ENDS_OUTSIDE.get(kind, _nothing)
        removed += _removed_from(StoredItem, partition, _MOST_AT_ONCE - removed, partial(end, organization_id))
    removed += _removed_from(_DeliveriesItem, organization_partition(organization_id), _MOST_AT_ONCE - removed)
    rotations = data_key_rotations_partition(organization_id)
    removed += _removed_from(_KeysItem, rotations, _MOST_AT_ONCE - removed)
    return removed + remove_item_keys(organization_id, _MOST_AT_ONCE - removed)


def _removed_from(model: type[Item], partition: str, most: int, end: Callable[[str], None] = _nothing) -> int:
    """Remove up to `most` items of a partition and return how many were; `end` goes before each."""
    count = 0
    while count < most:
        items, _ = model.query_page(partition, limit=min(_PAGE, most - count))
        for item in items:
            end(item.sk)
            item.delete_if(model.pk.exists())
        if not items:
            break
        count += len(items)
    return count


def _forget_membership(organization_id: OrganizationId, user_id: str) -> None:
    transaction = Transaction()
    PersonalMemberships(transaction).leave(UserId(user_id), organization_id)
    transaction.commit()


def _release_domains(organization_id: OrganizationId, _connection_id: str) -> None:
    release_domains_of(organization_id)


def _remove_import(organization_id: OrganizationId, import_id: str) -> None:
    FileStore(organization_id, Area.IMPORTS).remove(import_id)


def _remove_export(organization_id: OrganizationId, export_id: str) -> None:
    FileStore(organization_id, Area.EXPORTS).remove(export_id)


def _end_api_key(_organization_id: OrganizationId, api_key_id: str) -> None:
    item = verifier_item(ApiKeyId(api_key_id))
    item.delete_if(type(item).pk.exists())


def _end_invitation(_organization_id: OrganizationId, invitation_id: str) -> None:
    InvitationVerifierItem.of(InvitationId(invitation_id)).delete_if(InvitationVerifierItem.pk.exists())


_ENDS_OUTSIDE: Final[Mapping[Kind, Callable[[OrganizationId, str], None]]] = {
    Kind.MEMBER: _forget_membership,
    Kind.API_KEY: _end_api_key,
    Kind.INVITATION: _end_invitation,
    Kind.SINGLE_SIGN_ON: _release_domains,
    Kind.IMPORT: _remove_import,
    Kind.EXPORT: _remove_export,
}
