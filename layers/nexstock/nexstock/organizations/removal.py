"""What a deleted organization kept is removed in the background, some of it at a time.

Every step may be done twice, and the next message is queued before this one is acknowledged, so a crash at any point
only means that the work goes on later. What lies outside the organization goes before the item that names it: the
verifiers of its API keys and invitations, its claims of domains, its files, and what its people know of where they
belong.
"""

from collections.abc import Callable, Mapping
from typing import Final

from nexstock.api_keys.verifiers import verifier_item
from nexstock.files.storage import Area, FileStore
from nexstock.identity.memberships import PersonalMemberships
from nexstock.ids import ApiKeyId, InvitationId, OrganizationId, UserId
from nexstock.invitations.repository import InvitationVerifierItem
from nexstock.observability import logger
from nexstock.organizations.deletion import REMOVAL_DELAY_S, Enqueue
from nexstock.organizations.repository import OrganizationItem
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.persistence.tables import batch_get
from nexstock.persistence.tenant_items import StoredItem
from nexstock.persistence.transaction import Transaction
from nexstock.single_sign_on.repository import release_domains_of

_MOST_AT_ONCE: Final = 1_000
"""Items removed for one message; well within the function's time."""

_PAGE: Final = 100
_STAYS: Final = Kind.ORGANIZATION
"""The organization's own item says that it was deleted, until the table's TTL removes it."""


def remove_organization(message: Mapping[str, str], *, enqueue: Enqueue) -> None:
    """Remove some of what a deleted organization kept, and look again later, until nothing is found.

    The last look matters: a request that was let in just before the deletion may still write just after it.
    """
    organization_id = OrganizationId(message["organizationId"])
    (own,) = batch_get([(OrganizationItem, tenant_partition(organization_id, Kind.ORGANIZATION), organization_id)])
    if not isinstance(own, OrganizationItem) or own.deleted_at is None:
        # The deletion was queued, and then refused or lost; the organization lives on.
        logger.info("removal dropped", organization_id=organization_id)
        return
    removed = 0
    for kind in (kind for kind in Kind if kind is not _STAYS):
        removed += _removed(organization_id, kind, _MOST_AT_ONCE - removed)
    if removed:
        enqueue("REMOVALS", message, delay_s=REMOVAL_DELAY_S if removed < _MOST_AT_ONCE else 0)
    else:
        logger.info("organization removed", organization_id=organization_id)


def _removed(organization_id: OrganizationId, kind: Kind, most: int) -> int:
    """Remove up to `most` items of one kind and return how many were."""
    count = 0
    while count < most:
        items, _ = StoredItem.query_page(tenant_partition(organization_id, kind), limit=min(_PAGE, most - count))
        for item in items:
            if (end := _ENDS_OUTSIDE.get(kind)) is not None:
                end(organization_id, item.sk)
            item.delete_if(StoredItem.pk.exists())
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
