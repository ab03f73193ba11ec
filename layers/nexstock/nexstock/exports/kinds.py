"""What an organization owns, kind by kind: the one list that its export is made of.

A kind that has a repository and a view takes one line. Secrets stand in no view, and so in no export. Personal data
that is sealed at rest is the organization's own, and is open in its export (docs/api-guide.md).
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from nexstock.api_keys.repository import ApiKeyRepository
from nexstock.api_keys.schemas import ApiKeyMetadataView
from nexstock.audit.repository import AuditRepository
from nexstock.audit.schemas import AuditEntryView
from nexstock.auth.principals import Tenant
from nexstock.clock import utc_now
from nexstock.exports.tables import Row, all_of
from nexstock.files.cells import Cell, joined
from nexstock.http.schemas import View
from nexstock.invitations.repository import InvitationRepository
from nexstock.invitations.schemas import InvitationView
from nexstock.members.repository import MemberRepository
from nexstock.members.schemas import MemberView
from nexstock.organizations.repository import OrganizationRepository
from nexstock.organizations.schemas import OrganizationView
from nexstock.persistence.tenant_items import Entity, TenantItem, TenantRepository
from nexstock.products import table as product_table
from nexstock.products.repository import ProductRepository
from nexstock.products.schemas import ProductView
from nexstock.webhooks.repository import WebhookEndpointRepository
from nexstock.webhooks.schemas import WebhookEndpointView

E = TypeVar("E", bound=Entity)
I = TypeVar("I", bound=TenantItem)  # noqa: E741 (as in tenant_items.py)

_PER_QUERY: Final = 500

Exported = tuple[View, Row]
"""One thing as the API shows it, and as a row of a table."""


@dataclass(frozen=True, slots=True)
class ExportKind:
    """One kind: the name of its files, and all of it that an organization has, newest first."""

    name: str
    all_of: Callable[[Tenant], Iterable[Exported]]


def everything(
    repository: Callable[[Tenant], TenantRepository[E, I]],
    view: Callable[[E], View],
) -> Callable[[Tenant], Iterator[Exported]]:
    """Return what gives all entities of a repository, each by its view and as a row of what that shows."""

    def all_of(tenant: Tenant) -> Iterator[Exported]:
        return (plain(view(entity)) for entity in entities_of(repository(tenant)))

    return all_of


def entities_of(repository: TenantRepository[E, I]) -> Iterator[E]:
    """Give all entities of a repository, a page at a time."""
    return all_of(lambda after: repository.list_newest_first(limit=_PER_QUERY, after=after))


def products_of(tenant: Tenant) -> Iterator[tuple[ProductView, Row]]:
    """Give all products; their rows are those that can be imported."""
    views = map(ProductView.of, entities_of(ProductRepository(tenant)))
    return ((view, product_table.cells_of(view)) for view in views)


def plain(view: View) -> Exported:
    """Return a view and the row that says the same: `price.amount` is a part of `price`, lists are divided by bars."""
    return view, dict(_flat("", view.model_dump(mode="json", by_alias=True)))


def _flat(name: str, value: Any) -> Iterator[tuple[str, Cell]]:  # noqa: ANN401 (any JSON value)
    match value:
        case dict():
            for part, inner in value.items():
                yield from _flat(f"{name}.{part}" if name else part, inner)
        case list() if all(isinstance(each, str) for each in value):
            yield name, joined(value)
        case list() | float():
            yield name, json.dumps(value)
        case _:
            yield name, value


def _invitations(tenant: Tenant) -> Iterator[Exported]:
    now = utc_now()
    return (plain(InvitationView.of(each, now)) for each in entities_of(InvitationRepository(tenant)))


def _audit_entries(tenant: Tenant) -> Iterator[Exported]:
    repository, before = AuditRepository(tenant), None
    while True:
        entries, before = repository.list_newest_first(limit=_PER_QUERY, before=before)
        yield from (plain(AuditEntryView.of(entry)) for entry in entries)
        if before is None:
            return


EXPORT_KINDS: Final = (
    ExportKind("organization", lambda tenant: [plain(OrganizationView.of(OrganizationRepository(tenant).own()))]),
    ExportKind("members", everything(MemberRepository, MemberView.of)),
    ExportKind("invitations", _invitations),
    ExportKind("products", products_of),
    ExportKind("api_keys", everything(ApiKeyRepository, ApiKeyMetadataView.of)),
    ExportKind("webhook_endpoints", everything(WebhookEndpointRepository, WebhookEndpointView.of)),
    ExportKind("audit_log", _audit_entries),
)
"""In the order of the files."""
