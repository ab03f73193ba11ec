"""Resources with personal data: their services work on it in clear, and everything else on what is sealed."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Protocol, TypeVar

from nexstock.clock import Clock, utc_now
from nexstock.http.schemas import Patch
from nexstock.persistence.tenant_items import require_version
from nexstock.personal_data.model import Contact, ContactDetails
from nexstock.personal_data.vault import Contacts, Vault
from nexstock.resources import lifecycle
from nexstock.resources.lifecycle import Resources

C = TypeVar("C", bound=Contact)
D = TypeVar("D", bound=ContactDetails)


class KeyedResources(Resources[C], Contacts[C], Protocol[C]):
    """Resources that can be read together with their keys."""


def parted(values: Mapping[str, Any], details_type: type[ContactDetails]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields that are personal data, and the others."""
    personal = {each.name for each in fields(details_type)}
    return (
        {name: value for name, value in values.items() if name in personal},
        {name: value for name, value in values.items() if name not in personal},
    )


def update_contact(  # noqa: PLR0913 (what a change needs)
    contact_id: str,
    patch: Patch,
    *,
    expected: int | None,
    contacts: KeyedResources[C],
    vault: Vault[D],
    clock: Clock = utc_now,
) -> tuple[C, D]:
    """Stage a merge patch and return the resource as it will be, with its personal data in clear.

    A patch that changes nothing stages nothing, and one that changes no personal data seals nothing.

    Raises:
        NotFound: none here (404).
        PreconditionFailed: `expected` is not its version (412).
    """
    before = vault.read(contact_id, contacts)
    require_version(before, expected)
    held = vault.open(before.id, before.details)
    personal, others = parted(patch.changes(), type(held))
    details, after = lifecycle.applied(held, personal), lifecycle.applied(before, others)
    if details != held:
        sealed = vault.seal(before.id, details, version=before.version + 1, earlier=(held, before.details))
        after = replace(after, details=sealed, **vault.derived(details))
    return lifecycle.stage_change(before, after, resources=contacts, clock=clock), details
