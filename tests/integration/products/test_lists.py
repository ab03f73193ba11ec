"""Lists: every product once, whatever is deleted meanwhile, and cursors that are good where they were given out."""

import base64

import pytest

from nexstock.errors import InvalidCursor
from nexstock.persistence.cursors import Cursors
from nexstock.products.repository import ProductRepository
from nexstock.products.schemas import CreateProduct
from nexstock.products.service import create_product
from nexstock.resources import lifecycle
from nexstock.suppliers.repository import SupplierRepository
from tests.support.api import Reply, call
from tests.support.people import StaffedOrganization, an_organization


def _stocked(count: int) -> tuple[StaffedOrganization, list[str]]:
    """Return an organization and the ids of its products, newest first."""
    organization = an_organization()
    made = []
    for number in range(count):
        tenant = organization.tenant()
        command = CreateProduct(sku=f"SKU-{number}", name=f"Thing {number}")
        made.append(
            create_product(command, products=ProductRepository(tenant), suppliers=SupplierRepository(tenant)).id
        )
        tenant.transaction.commit()
    return organization, sorted(made, reverse=True)


def _page(organization: StaffedOrganization, cursor: str | None = None, limit: int = 7) -> Reply:
    query = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
    return call("GET", "/v1/products", token=organization.member.token, query=query)


def _delete(organization: StaffedOrganization, product_id: str) -> None:
    tenant = organization.tenant()
    lifecycle.delete(product_id, expected=None, resources=ProductRepository(tenant))
    tenant.transaction.commit()


def _all_pages(organization: StaffedOrganization, limit: int) -> list[list[str]]:
    pages, cursor = [], None
    while True:
        reply = _page(organization, cursor, limit)
        pages.append([item["id"] for item in reply.json["items"]])
        cursor = reply.json["next"]
        if cursor is None:
            return pages


@pytest.mark.parametrize("limit", [1, 7, 60, 100])
def test_pages_hold_every_product_once_newest_first(limit: int) -> None:
    organization, ids = _stocked(60 if limit > 1 else 5)

    pages = _all_pages(organization, limit)

    assert [product for page in pages for product in page] == ids
    assert all(len(page) <= limit for page in pages)
    assert pages[-1] or not ids


def test_products_deleted_between_pages_cost_no_other_and_repeat_none() -> None:
    organization, ids = _stocked(60)
    seen: list[str] = []
    deleted: set[str] = set()
    cursor = None
    while True:
        reply = _page(organization, cursor)
        seen += [item["id"] for item in reply.json["items"]]
        cursor = reply.json["next"]
        if cursor is None:
            break
        # The last one shown, which the cursor stands at, one before it and two that are still to come.
        place = ids.index(seen[-1])
        for product in {seen[-1], seen[0], *ids[place + 1 : place + 4 : 2]} - deleted:
            _delete(organization, product)
            deleted.add(product)

    assert len(seen) == len(set(seen))
    assert seen == sorted(seen, reverse=True)
    assert set(ids) - set(seen) <= deleted
    assert len(deleted) > 15


def test_list_that_is_all_deleted_ends() -> None:
    organization, ids = _stocked(12)
    for product in ids:
        _delete(organization, product)

    pages = _all_pages(organization, 1)

    assert [product for page in pages for product in page] == []
    assert len(pages) < 12


def test_empty_list_has_no_next_page() -> None:
    assert _page(an_organization()).json == {"items": [], "next": None}


def test_exactly_full_page_has_no_next_one() -> None:
    organization, _ = _stocked(7)

    assert _page(organization, limit=7).json["next"] is None


def test_cursor_says_nothing_of_the_organization_and_is_no_secret_of_another() -> None:
    organization, ids = _stocked(3)

    cursor = _page(organization, limit=2).json["next"]

    content = base64.urlsafe_b64decode(cursor + "==")
    assert content[16:].decode() == ids[1]


@pytest.mark.asvs("8.4.1")
def test_cursor_of_another_organization_is_refused() -> None:
    one, _ = _stocked(3)
    other, _ = _stocked(3)

    reply = _page(other, _page(one, limit=1).json["next"])

    assert (reply.status, reply.json["code"]) == (400, "invalid_cursor")


def test_cursor_of_another_list_is_refused() -> None:
    organization, _ = _stocked(3)
    of_products = _page(organization, limit=1).json["next"]
    token = organization.owner.token
    of_keys = call("GET", "/v1/api-keys", token=token, query={"limit": "1"}).json["next"]

    for path, cursor in (
        ("/v1/api-keys", of_products),
        ("/v1/webhook-endpoints", of_products),
        ("/v1/audit-logs", of_products),
        ("/v1/products", of_keys),
    ):
        reply = call("GET", path, token=token, query={"cursor": cursor})
        assert (reply.status, reply.json["code"]) == (400, "invalid_cursor")


def test_cursor_with_any_changed_character_is_refused() -> None:
    organization, _ = _stocked(2)
    cursor = _page(organization, limit=1).json["next"]
    cursors = Cursors(organization.id, "/v1/products", *[None] * 6)
    assert cursors.open(cursor) is not None

    for position in range(len(cursor) - 1):
        changed = cursor[:position] + ("A" if cursor[position] != "A" else "B") + cursor[position + 1 :]
        with pytest.raises(InvalidCursor):
            cursors.open(changed)


@pytest.mark.parametrize("cursor", ["x", "AAAA", "A" * 30, "A" * 5000, "é", "====", "-_-_", "a b", "'; --"])
def test_forged_cursor_is_refused(cursor: str) -> None:
    reply = _page(an_organization(), cursor)

    assert (reply.status, reply.json["code"]) == (400, "invalid_cursor")


def test_cursor_of_another_filter_is_refused() -> None:
    organization = an_organization()
    cursor = Cursors(organization.id, "/v1/products", "sku=A").seal("prd_1")

    with pytest.raises(InvalidCursor):
        Cursors(organization.id, "/v1/products", "sku=B").open(cursor)
    with pytest.raises(InvalidCursor):
        Cursors(organization.id, "/v1/products").open(cursor)
