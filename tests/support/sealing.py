"""Places to seal something at, and containers that know no key yet."""

from nexstock.auth.principals import system_tenant
from nexstock.clock import utc_now
from nexstock.crypto import data_keys, item_keys
from nexstock.crypto.envelope import seal_first
from nexstock.crypto.places import SealedPlace
from nexstock.ids import OrganizationId, new_id


def an_organization_id() -> OrganizationId:
    """Return the id of an organization that nothing is known of."""
    return OrganizationId(new_id("org", utc_now()))


def a_place(
    organization_id: OrganizationId | None = None, kind: str = "webhook_endpoint", field: str = "secret"
) -> SealedPlace:
    """Return the place of a field of a new resource, whose key is stored."""
    place = SealedPlace(organization_id or an_organization_id(), kind, new_id("whe", utc_now()), field)
    sealed_first(place, b"the first value")
    return place


def sealed_first(place: SealedPlace, plaintext: bytes) -> bytes:
    """Store the key of a new resource and return its first sealed value."""
    transaction = system_tenant(OrganizationId(place.organization), "tests").transaction
    ciphertext = seal_first(transaction)(place, plaintext)
    transaction.commit()
    return ciphertext


def forget_opened_keys() -> None:
    """Have this process know no opened key, as a container that begins."""
    data_keys._opened.clear()  # noqa: SLF001 (a container cannot be ended in a test)
    item_keys._opened.clear()  # noqa: SLF001
