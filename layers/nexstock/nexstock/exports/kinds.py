"""What an organization owns, kind by kind: the one list that its export is made of.

A kind that has a repository and a view takes one line. Secrets stand in no view, and so in no export. Personal data
that is sealed at rest is the organization's own, and is open in its export (docs/inventory.md).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from nexstock.api_keys.repository import ApiKeyRepository
from nexstock.api_keys.schemas import ApiKeyMetadataView
from nexstock.audit.repository import AuditRepository
from nexstock.audit.schemas import AuditEntryView
from nexstock.auth.principals import Tenant
from nexstock.clock import utc_now
from nexstock.counts.repository import CountLineRepository, CountRepository
from nexstock.counts.schemas import CountView
from nexstock.customers.repository import CustomerRepository
from nexstock.customers.schemas import CustomerView
from nexstock.customers.service import CustomerVault
from nexstock.exports.repository import ExportRepository
from nexstock.exports.rows import Exported, by_line, plain
from nexstock.exports.schemas import ExportView
from nexstock.exports.tables import pages_of
from nexstock.exports.views import ExportedCountLineView, ExportedLevelView, ExportedMovementView
from nexstock.http.schemas import View
from nexstock.imports.repository import ImportRepository
from nexstock.imports.schemas import ImportMetadataView
from nexstock.invitations.repository import InvitationRepository
from nexstock.invitations.schemas import InvitationView
from nexstock.members.repository import MemberRepository
from nexstock.members.schemas import MemberView
from nexstock.orders.repository import OrderRepository
from nexstock.orders.schemas import OrderView
from nexstock.organizations.repository import OrganizationRepository
from nexstock.organizations.schemas import OrganizationView
from nexstock.persistence.tenant_items import Entity, Page, TenantItem, TenantRepository
from nexstock.personal_data.model import Contact, ContactDetails
from nexstock.personal_data.vault import Vault
from nexstock.products import table as product_table
from nexstock.products.repository import ProductRepository
from nexstock.products.schemas import ProductView
from nexstock.purchase_orders.repository import PurchaseOrderRepository
from nexstock.purchase_orders.schemas import PurchaseOrderView
from nexstock.single_sign_on.repository import SingleSignOnRepository
from nexstock.single_sign_on.schemas import SingleSignOnView
from nexstock.stock.lots import LotRepository
from nexstock.stock.repository import StockLevelRepository, StockMovementRepository
from nexstock.stock.serial_numbers import SerialNumberRepository
from nexstock.stock.tracking_schemas import LotView, SerialNumberView
from nexstock.suppliers.repository import SupplierRepository
from nexstock.suppliers.schemas import SupplierView
from nexstock.suppliers.service import SupplierVault
from nexstock.transfers.repository import TransferRepository
from nexstock.transfers.schemas import TransferView
from nexstock.warehouses.repository import WarehouseRepository
from nexstock.warehouses.schemas import WarehouseView
from nexstock.webhooks.repository import WebhookEndpointRepository
from nexstock.webhooks.schemas import WebhookEndpointMetadataView

E = TypeVar("E", bound=Entity)
I = TypeVar("I", bound=TenantItem)  # noqa: E741 (as in tenant_items.py)
C = TypeVar("C", bound=Contact)
D = TypeVar("D", bound=ContactDetails)

_PER_QUERY: Final = 500


@dataclass(frozen=True, slots=True)
class ExportKind:
    """One kind: the name of its files, and all of it that an organization has, newest first."""

    name: str
    all_of: Callable[[Tenant], Iterable[Exported]]


def everything(
    repository: Callable[[Tenant], TenantRepository[E, I]],
    view: Callable[[E], View],
    exported: Callable[[View], Exported] = plain,
) -> Callable[[Tenant], Iterator[Exported]]:
    """Return what gives all entities of a repository, each by its view and as what a table says of that."""

    def all_of(tenant: Tenant) -> Iterator[Exported]:
        return (exported(view(entity)) for page in _pages_of(repository(tenant)) for entity in page.items)

    return all_of


def opened(
    repository: Callable[[Tenant], TenantRepository[C, I]],
    vault: Callable[[Tenant], Vault[D]],
    view: Callable[[C, D], View],
) -> Callable[[Tenant], Iterator[Exported]]:
    """Return what gives all entities of a repository with their personal data in clear."""

    def all_of(tenant: Tenant) -> Iterator[Exported]:
        opens = vault(tenant)
        pages = map(opens.open_page, _pages_of(repository(tenant)))
        return (plain(view(contact, details)) for page in pages for contact, details in page.items)

    return all_of


def products_of(tenant: Tenant) -> Iterator[Exported]:
    """Give all products; their rows are those that can be imported."""
    pages = _pages_of(ProductRepository(tenant))
    views = (ProductView.of(product) for page in pages for product in page.items)
    return ((view, [product_table.cells_of(view)]) for view in views)


def _pages_of(repository: TenantRepository[E, I]) -> Iterator[Page[E]]:
    return pages_of(lambda after: repository.list_newest_first(limit=_PER_QUERY, after=after))


def _invitations(tenant: Tenant) -> Iterator[Exported]:
    now = utc_now()
    return everything(InvitationRepository, lambda invitation: InvitationView.of(invitation, now))(tenant)


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
    ExportKind("single_sign_on", everything(SingleSignOnRepository, SingleSignOnView.of)),
    ExportKind("api_keys", everything(ApiKeyRepository, ApiKeyMetadataView.of)),
    ExportKind("webhook_endpoints", everything(WebhookEndpointRepository, WebhookEndpointMetadataView.of)),
    ExportKind("products", products_of),
    ExportKind("warehouses", everything(WarehouseRepository, WarehouseView.of)),
    ExportKind("suppliers", opened(SupplierRepository, SupplierVault, SupplierView.of)),
    ExportKind("customers", opened(CustomerRepository, CustomerVault, CustomerView.of)),
    ExportKind("stock_levels", everything(StockLevelRepository, ExportedLevelView.of)),
    ExportKind("stock_movements", everything(StockMovementRepository, ExportedMovementView.of)),
    ExportKind("lots", everything(LotRepository, LotView.of)),
    ExportKind("serial_numbers", everything(SerialNumberRepository, SerialNumberView.of)),
    ExportKind("transfers", everything(TransferRepository, TransferView.of, by_line)),
    ExportKind("counts", everything(CountRepository, CountView.of)),
    ExportKind("count_lines", everything(CountLineRepository, ExportedCountLineView.of)),
    ExportKind("purchase_orders", everything(PurchaseOrderRepository, PurchaseOrderView.of, by_line)),
    ExportKind("orders", everything(OrderRepository, OrderView.of, by_line)),
    ExportKind("imports", everything(ImportRepository, ImportMetadataView.of)),
    ExportKind("exports", everything(ExportRepository, ExportView.of)),
    ExportKind("audit_log", _audit_entries),
)
"""In the order of the files."""
