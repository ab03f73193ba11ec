"""What proves an API key: in `Identity`, because the key has to be found before its organization is known."""

from datetime import datetime

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from nexstock.auth.permissions import Scope
from nexstock.ids import ApiKeyId, OrganizationId, UserId
from nexstock.persistence.keys import VERIFIER, api_key_partition
from nexstock.persistence.tables import TABLES, InstantAttribute, Item


class VerifierItem(Item):
    """A verifier as stored; it is gone once the key is revoked."""

    class Meta:
        """People and credentials."""

        table_name = TABLES.identity

    digest = BinaryAttribute(legacy_encoding=False)
    organization = UnicodeAttribute(attr_name="organizationId")
    name = UnicodeAttribute()
    scope_name = UnicodeAttribute(attr_name="scope")
    creator = UnicodeAttribute(attr_name="createdBy")
    ends_at = InstantAttribute(attr_name="endsAt", null=True)

    @property
    def organization_id(self) -> OrganizationId:
        """Whose key it is."""
        return OrganizationId(self.organization)

    @property
    def created_by(self) -> UserId:
        """Whose role bounds it."""
        return UserId(self.creator)

    @property
    def scope(self) -> Scope:
        """What it was made for."""
        return Scope(self.scope_name)

    def has_ended(self, now: datetime) -> bool:
        """Tell whether its time is over."""
        return self.ends_at is not None and now >= self.ends_at


def verifier_item(api_key_id: ApiKeyId) -> VerifierItem:
    """Return the item of a key's verifier, still empty."""
    return VerifierItem(api_key_partition(api_key_id), VERIFIER)


def find_verifier(api_key_id: ApiKeyId) -> VerifierItem | None:
    """Return a key's verifier, read consistently, so that a revoked key is refused at once."""
    try:
        return VerifierItem.get(api_key_partition(api_key_id), VERIFIER, consistent_read=True)
    except DoesNotExist:
        return None
