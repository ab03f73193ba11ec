"""Where personal data is sealed and opened; whoever only needs to know that there is some does not load this."""

from collections.abc import Mapping
from typing import Any, Generic, Protocol, TypeVar

from nexstock.auth.principals import Tenant
from nexstock.crypto import item_keys
from nexstock.crypto.envelope import open_sealed, seal, seal_first
from nexstock.crypto.places import SealedPlace
from nexstock.crypto.stored_keys import ItemKeyItem, item_key_address
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import Item
from nexstock.persistence.tenant_items import Page
from nexstock.personal_data.model import Contact, ContactDetails, SealedDetails

C = TypeVar("C", bound=Contact)
R_co = TypeVar("R_co", bound=Contact, covariant=True)
D = TypeVar("D", bound=ContactDetails)


class Contacts(Protocol[R_co]):
    """The resources of one kind of one organization, as far as reading them needs it."""

    def get(self, entity_id: str) -> R_co:
        """Return one that is not deleted, or raise `NotFound`."""

    def get_beside(self, entity_id: str, other: tuple[type[Item], str, str]) -> tuple[R_co, Item | None]:
        """Return one that is not deleted, or raise `NotFound`, and another item, in one call."""


class Vault(Generic[D]):
    """The personal data of resources of one kind of exactly one organization."""

    def __init__(self, tenant: Tenant, kind: Kind, details_type: type[D]) -> None:
        self._organization_id = tenant.organization_id
        self._transaction = tenant.transaction
        self._kind = kind
        self._details_type = details_type

    def read(self, resource_id: str, contacts: Contacts[C]) -> C:
        """Return a resource; in the same call its key, where the container does not have it.

        Raises:
            NotFound: none here (404).
        """
        place = self._place(resource_id)
        if item_keys.is_at_hand(place):
            return contacts.get(resource_id)
        contact, key = contacts.get_beside(resource_id, item_key_address(place))
        if isinstance(key, ItemKeyItem) and key.sealed is not None:
            item_keys.remember(place, key)
        return contact

    def open(self, resource_id: str, sealed: SealedDetails) -> D:
        """Return the personal data of a resource.

        Raises:
            CannotOpen: it was altered or moved, or its keys do not open; a fault, never a refusal.
        """
        return self._details_type.from_json(open_sealed(self._place(resource_id), sealed.ciphertext))

    def details_of(self, contact: Contact) -> D:
        """Return what there is to show of a resource's personal data.

        Raises:
            CannotOpen: as `open`.
        """
        return self.open(contact.id, contact.details)

    def open_page(self, page: Page[C]) -> Page[tuple[C, D]]:
        """Return a page of a list with the personal data of each; their keys are read in one call.

        Raises:
            CannotOpen: as `open`.
        """
        self.fetch_keys(page)
        return Page([(contact, self.details_of(contact)) for contact in page.items], page.last_key)

    def fetch_keys(self, page: Page[C]) -> None:
        """Read the keys of a page of a list in one call, for opening each item by itself.

        Raises:
            CannotOpen: as `open`, for any of them; those before it are at hand.
        """
        item_keys.fetch([self._place(contact.id) for contact in page.items])

    def seal_new(self, resource_id: str, details: D) -> SealedDetails:
        """Return the personal data of a new resource as it is stored, and stage the key of the resource."""
        ciphertext = seal_first(self._transaction)(self._place(resource_id), details.to_json())
        return SealedDetails(ciphertext, dict.fromkeys(details.to_values(), 1))

    def seal(self, resource_id: str, details: D, *, version: int, earlier: tuple[D, SealedDetails]) -> SealedDetails:
        """Return the personal data of a resource as its next version stores it.

        `earlier` is what the version before had, in clear and as it was stored.
        """
        before, since = earlier[0].to_values(), earlier[1].since
        return SealedDetails(
            seal(self._place(resource_id), details.to_json()),
            {
                name: since[name] if before.get(name) == value else version
                for name, value in details.to_values().items()
            },
        )

    def derived(self, _details: D) -> Mapping[str, Any]:
        """Return the fields of a resource that follow from its personal data."""
        return {}

    def _place(self, resource_id: str) -> SealedPlace:
        return SealedPlace(self._organization_id, self._kind.resource, resource_id, "personal")
