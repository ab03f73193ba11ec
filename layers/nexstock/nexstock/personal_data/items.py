"""Personal data in DynamoDB: one sealed attribute, and which version wrote each of its fields."""

from typing import Any

from pynamodb.attributes import BinaryAttribute, MapAttribute

from nexstock.persistence.tenant_items import TenantItem
from nexstock.personal_data.model import Contact, SealedDetails


class ContactItem(TenantItem):
    """What every item with personal data carries."""

    personal = BinaryAttribute(legacy_encoding=False)
    personal_since: MapAttribute[str, Any] = MapAttribute(attr_name="personalSince")

    @property
    def details(self) -> SealedDetails:
        """What is sealed."""
        since = {name: int(version) for name, version in self.personal_since.as_dict().items()}
        return SealedDetails(self.personal, since)

    @staticmethod
    def details_of(contact: Contact) -> dict[str, Any]:
        """Return the attributes that hold what is sealed."""
        return {"personal": contact.details.ciphertext, "personal_since": dict(contact.details.since)}
