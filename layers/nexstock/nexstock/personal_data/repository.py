"""Resources with personal data in DynamoDB: the key of a deleted one ends when it does."""

from typing import Generic, TypeVar

from nexstock.crypto.places import SealedPlace
from nexstock.crypto.shredding import stage_end_of_deleted
from nexstock.personal_data.items import ContactItem
from nexstock.personal_data.model import Contact
from nexstock.resources.repository import ResourceRepository

C = TypeVar("C", bound=Contact)
I = TypeVar("I", bound=ContactItem)  # noqa: E741 (as in tenant_items.py)


class ContactRepository(ResourceRepository[C, I], Generic[C, I]):
    """Resources with personal data of one kind of exactly one organization."""

    def change(self, before: C, after: C) -> None:
        """Stage the next version of one, its claims and the end of its key kept in step.

        Raises:
            InUse: at the commit, if it is to be deleted and something needs it (409).
        """
        super().change(before, after)
        if before.deleted_at != after.deleted_at:
            place = SealedPlace(self._tenant.organization_id, self.kind.resource, after.id, "personal")
            stage_end_of_deleted(place, self._tenant.transaction, after.deleted_at)
