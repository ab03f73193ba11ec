"""Where personal data is sealed and opened; whoever only needs to know that there is some does not load this."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Generic, TypeVar

from nexstock.auth.principals import Tenant
from nexstock.crypto.envelope import open_sealed, seal
from nexstock.crypto.places import SealedPlace
from nexstock.persistence.keys import Kind
from nexstock.persistence.tenant_items import Page
from nexstock.personal_data.model import Contact, ContactDetails, SealedDetails

C = TypeVar("C", bound=Contact)
D = TypeVar("D", bound=ContactDetails)

_OPENED_AT_ONCE: Final = 8
"""Each item has a data key of its own, which costs a call of KMS where the container does not know it yet."""


class Vault(Generic[D]):
    """The personal data of resources of one kind of exactly one organization."""

    def __init__(self, tenant: Tenant, kind: Kind, details_type: type[D]) -> None:
        self._organization_id = tenant.organization_id
        self._kind = kind
        self._details_type = details_type

    def open(self, resource_id: str, sealed: SealedDetails) -> D:
        """Return the personal data of a resource.

        Raises:
            CannotOpen: it was altered or moved, or KMS does not open it; a fault, never a refusal.
        """
        return self._details_type.from_json(open_sealed(self._place(resource_id), sealed.ciphertext))

    def open_page(self, page: Page[C]) -> Page[tuple[C, D]]:
        """Return a page of a list with the personal data of each; what KMS is asked for is asked at the same time.

        Raises:
            CannotOpen: as `open`.
        """
        with ThreadPoolExecutor(_OPENED_AT_ONCE) as pool:
            details = pool.map(lambda contact: self.open(contact.id, contact.details), page.items)
            return Page(list(zip(page.items, details, strict=True)), page.last_key)

    def seal(
        self, resource_id: str, details: D, *, version: int, earlier: tuple[D, SealedDetails] | None
    ) -> SealedDetails:
        """Return the personal data of a resource as its version stores it.

        `earlier` is what the version before had, in clear and as it was stored.
        """
        values = details.to_values()
        before, since = ({}, {}) if earlier is None else (earlier[0].to_values(), earlier[1].since)
        return SealedDetails(
            seal(self._place(resource_id), details.to_json()),
            {name: since[name] if before.get(name) == value else version for name, value in values.items()},
        )

    def derived(self, _details: D) -> Mapping[str, Any]:
        """Return the fields of a resource that follow from its personal data."""
        return {}

    def _place(self, resource_id: str) -> SealedPlace:
        return SealedPlace(self._organization_id, self._kind.resource, resource_id, "personal")
