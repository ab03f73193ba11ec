"""Invitations in DynamoDB: what lists show in `Tenants`, the verifier in `Identity`, always written together.

The verifier lies outside, because the token has to be found before its organization is known.
"""

from typing import Self

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from nexstock.auth.permissions import Role
from nexstock.ids import InvitationId, UserId
from nexstock.invitations.errors import InvalidInvitation
from nexstock.invitations.model import Invitation
from nexstock.invitations.tokens import InvitationToken
from nexstock.persistence.identity_keys import VERIFIER, invitation_partition
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES, InstantAttribute, Item
from nexstock.persistence.tenant_items import RETENTION_OF_DELETED, TenantItem, TenantRepository, changed_meanwhile
from nexstock.persistence.transaction import RawItem


class InvitationItem(TenantItem):
    """An invitation as stored; attribute names are those of the API."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    email = UnicodeAttribute()
    role = UnicodeAttribute()
    invited_by = UnicodeAttribute(attr_name="invitedBy")
    # Not the table's TTL attribute: an invitation that has ended stays in the list for a while.
    ends_at = InstantAttribute(attr_name="endsAt")
    accepted_at = InstantAttribute(attr_name="acceptedAt", null=True)


class InvitationVerifierItem(Item):
    """What proves an invitation; it is gone once the invitation is accepted or revoked."""

    class Meta:
        """People and credentials."""

        table_name = TABLES.identity

    digest = BinaryAttribute(legacy_encoding=False)
    organization_id = UnicodeAttribute(attr_name="organizationId")
    invited_by = UnicodeAttribute(attr_name="invitedBy")
    ends_at = InstantAttribute(attr_name="endsAt")

    @classmethod
    def of(cls, invitation_id: InvitationId) -> Self:
        """Return the item of an invitation's verifier, still empty."""
        return cls(invitation_partition(invitation_id), VERIFIER)

    @classmethod
    def find(cls, invitation_id: InvitationId) -> Self | None:
        """Return an invitation's verifier, read consistently, so that a revoked one is refused at once."""
        try:
            return cls.get(invitation_partition(invitation_id), VERIFIER, consistent_read=True)
        except DoesNotExist:
            return None


class InvitationRepository(TenantRepository[Invitation, InvitationItem]):
    """Invitations of exactly one organization."""

    kind = Kind.INVITATION
    prefix = "inv"
    item_type = InvitationItem

    def add_with_verifier(self, invitation: Invitation, token: InvitationToken) -> None:
        """Stage a new invitation: what lists show, and what proves it."""
        self.add(invitation)
        verifier = InvitationVerifierItem.of(invitation.id)
        verifier.digest, verifier.organization_id = token.digest, self._tenant.organization_id
        verifier.invited_by, verifier.ends_at = invitation.invited_by, invitation.expires_at
        verifier.expires_at = int(invitation.expires_at.timestamp())
        self._tenant.transaction.put(
            verifier, condition=InvitationVerifierItem.pk.does_not_exist(), refusal=changed_meanwhile
        )

    def accept(self, invitation: Invitation) -> None:
        """Stage that an invitation was accepted; of two at once, one commits."""
        self.replace(invitation)
        self._tenant.transaction.delete(
            InvitationVerifierItem.of(invitation.id),
            condition=InvitationVerifierItem.organization_id == self._tenant.organization_id,
            refusal=_ended,
        )

    def revoke(self, invitation: Invitation) -> None:
        """Stage the end of an invitation whose verifier may be gone already, because its time was over."""
        self.replace(invitation)
        verifier = InvitationVerifierItem.of(invitation.id)
        owned = InvitationVerifierItem.organization_id == self._tenant.organization_id
        self._tenant.transaction.delete(
            verifier, condition=InvitationVerifierItem.pk.does_not_exist() | owned, refusal=changed_meanwhile
        )

    def _to_item(self, entity: Invitation) -> InvitationItem:
        return InvitationItem(
            email=entity.email,
            role=entity.role.value,
            invited_by=entity.invited_by,
            ends_at=entity.expires_at,
            accepted_at=entity.accepted_at,
            expires_at=int((entity.expires_at + RETENTION_OF_DELETED).timestamp()),
        )

    def _to_entity(self, item: InvitationItem) -> Invitation:
        return Invitation(
            id=InvitationId(item.sk),
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
            deleted_at=item.deleted_at,
            email=item.email,
            role=Role(item.role),
            invited_by=UserId(item.invited_by),
            expires_at=item.ends_at,
            accepted_at=item.accepted_at,
        )


def _ended(_standing: RawItem | None) -> Exception:
    return InvalidInvitation()
