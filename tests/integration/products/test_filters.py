"""Filters of the list of products: each alone, all together, in pages, and exact where a key answers."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from nexstock.clock import to_rfc3339
from nexstock.products.repository import ProductRepository
from nexstock.products.schemas import CreateProduct
from nexstock.products.service import create_product
from nexstock.suppliers.repository import SupplierRepository
from tests.support.api import Reply, call
from tests.support.people import StaffedOrganization, an_organization

_PATH: Final = "/v1/products"


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _made(organization: StaffedOrganization, sku: str, at: datetime | None = None, **fields: Any) -> str:  # noqa: ANN401
    """Make a product and return where it is; `at` is when."""
    tenant = organization.tenant()
    command = CreateProduct.model_validate({"sku": sku, "name": f"Thing {sku}", **fields})
    clock = {} if at is None else {"clock": lambda: at}
    product = create_product(command, products=ProductRepository(tenant), suppliers=SupplierRepository(tenant), **clock)
    tenant.transaction.commit()
    return f"{_PATH}/{product.id}"


def _reply(organization: StaffedOrganization, **query: str) -> Reply:
    return call("GET", _PATH, token=organization.member.token, query=query)


def _skus(organization: StaffedOrganization, **query: str) -> list[str]:
    """Return what all pages of a list hold."""
    skus: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        reply = _reply(organization, **query, **cursor)
        assert reply.status == 200, reply.text
        skus += [item["sku"] for item in reply.json["items"]]
        if reply.json["next"] is None:
            return skus
        cursor = {"cursor": reply.json["next"]}


def test_sku_finds_the_product_that_has_it_and_no_other(organization: StaffedOrganization) -> None:
    for sku in ("A", "a", "AB"):
        _made(organization, sku)

    assert _skus(organization, sku="A") == ["A"]
    assert _skus(organization, sku="B") == []


def test_sku_and_barcode_are_found_at_once_under_their_new_values_only(organization: StaffedOrganization) -> None:
    location = _made(organization, "OLD", barcodes=["1", "2"])
    call("PATCH", location, token=organization.member.token, body={"sku": "NEW", "barcodes": ["2", "3"]})

    assert [_skus(organization, sku=sku) for sku in ("OLD", "NEW")] == [[], ["NEW"]]
    assert [_skus(organization, barcode=code) for code in ("1", "2", "3")] == [[], ["NEW"], ["NEW"]]


def test_deleted_product_is_found_by_no_filter_and_a_restored_one_by_all(organization: StaffedOrganization) -> None:
    location = _made(organization, "A", barcodes=["1"], category="bolts")
    queries = [
        {"sku": "A"},
        {"barcode": "1"},
        {"category": "bolts"},
        {"search": "thing"},
        {"updatedSince": "2020-01-01T00:00:00Z"},
        {"archived": "false"},
    ]
    call("DELETE", location, token=organization.member.token)
    assert [_skus(organization, **query) for query in queries] == [[]] * 6

    call("POST", f"{location}/restore", token=organization.member.token)
    assert [_skus(organization, **query) for query in queries] == [["A"]] * 6


def test_category_holds_its_own_newest_first(organization: StaffedOrganization) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    for number, category in enumerate(["bolts", "nuts", "bolts", "bolts and nuts", None]):
        _made(organization, f"S{number}", begin + timedelta(minutes=number), category=category)

    assert _skus(organization, category="bolts") == ["S2", "S0"]
    assert _skus(organization, category="Bolts") == []


def test_product_moves_with_its_category(organization: StaffedOrganization) -> None:
    location = _made(organization, "A", category="bolts")
    call("PATCH", location, token=organization.member.token, body={"category": "nuts"})
    assert (_skus(organization, category="bolts"), _skus(organization, category="nuts")) == ([], ["A"])

    call("PATCH", location, token=organization.member.token, body={"category": None})
    assert _skus(organization, category="nuts") == []


def test_updated_since_holds_what_changed_then_or_later_last_change_first(organization: StaffedOrganization) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    locations = [_made(organization, f"S{number}", begin + timedelta(hours=number)) for number in range(4)]
    assert _skus(organization, updatedSince="2026-01-01T02:00:00Z") == ["S3", "S2"]
    assert _skus(organization, updatedSince="2026-01-01T03:00:00.001+00:00") == []

    changed = call("PATCH", locations[0], token=organization.member.token, body={"name": "Changed"})

    assert _skus(organization, updatedSince="2026-01-01T04:00:00+02:00") == ["S0", "S3", "S2"]
    assert _skus(organization, updatedSince=changed.json["updatedAt"]) == ["S0"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("bol", ["BOL-7", "bolt-1", "X-2", "X-1"]),
        ("BOLT", ["bolt-1", "X-2", "X-1"]),
        ("bolt m", ["X-2", "X-1"]),
        ("x", ["X-1", "X-2", "X-3", "bolt-1"]),
        ("STRASSE", ["X-3"]),
        ("olt", []),
        ("#", []),
    ],
)
@pytest.mark.parametrize("limit", ["1", "2", "100"])
def test_search_finds_beginnings_of_skus_then_of_names_once_each_in_whatever_case(
    organization: StaffedOrganization, search: str, found: list[str], limit: str
) -> None:
    for sku, name in (
        ("X-1", "Bolt M8"),
        ("X-2", "bolt m10"),
        ("X-3", "Straße"),
        ("bolt-1", "Xylophone"),
        ("BOL-7", "Washer"),
    ):
        _made(organization, sku, name=name)

    assert _skus(organization, search=search, limit=limit) == found


def test_archived_products_are_listed_unless_the_filter_says_otherwise(organization: StaffedOrganization) -> None:
    _made(organization, "A", archived=True)
    location = _made(organization, "B")
    assert [_skus(organization), _skus(organization, archived="true")] == [["B", "A"], ["A"]]
    assert _skus(organization, archived="false") == ["B"]

    call("PATCH", location, token=organization.member.token, body={"archived": True})
    assert _skus(organization, archived="true") == ["B", "A"]


def test_filters_are_all_applied_together(organization: StaffedOrganization) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(12):
        _made(
            organization,
            f"{'BOLT' if number % 2 else 'NUT'}-{number:02d}",
            begin + timedelta(hours=number),
            barcodes=[str(number)],
            category="metal" if number % 3 else "wood",
            archived=number % 4 == 1,
        )
    since = to_rfc3339(begin + timedelta(hours=3))

    expected = {f"BOLT-{number:02d}" for number in (7, 11)}
    together = {"category": "metal", "search": "bolt", "updatedSince": since, "archived": "false"}
    assert set(_skus(organization, limit="1", **together)) == expected
    assert _skus(organization, sku="BOLT-07", barcode="7", **together) == ["BOLT-07"]
    assert _skus(organization, sku="BOLT-07", barcode="8", **together) == []
    assert _skus(organization, sku="BOLT-05", **together) == []
    assert _skus(organization, barcode="7", category="wood") == []
    assert _skus(organization, category="metal", updatedSince=since, limit="2") == [
        f"{'BOLT' if number % 2 else 'NUT'}-{number:02d}" for number in (11, 10, 8, 7, 5, 4)
    ]


def test_cursor_is_good_for_its_own_filters_only(organization: StaffedOrganization) -> None:
    for sku in ("A", "B"):
        _made(organization, sku, category="bolts")
    cursor = _reply(organization, category="bolts", limit="1").json["next"]

    assert _reply(organization, category="bolts", cursor=cursor).status == 200
    others: list[dict[str, str]] = [{}, {"category": "nuts"}, {"search": "bolts"}, {"category": "bolts", "search": "a"}]
    for other in others:
        reply = _reply(organization, cursor=cursor, **other)
        assert (reply.status, reply.json["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    "query",
    [
        {"updatedSince": "yesterday"},
        {"updatedSince": "2026-01-01"},
        {"search": " "},
        {"search": "x" * 101},
        {"sku": ""},
        {"barcode": "x" * 65},
        {"category": ""},
        {"archived": "maybe"},
        {"name": "x"},
    ],
    ids=str,
)
def test_wrong_filter_is_named(organization: StaffedOrganization, query: dict[str, str]) -> None:
    reply = _reply(organization, **query)

    assert reply.status == 422
    assert [error["pointer"] for error in reply.json["errors"]] == [f"?{name}" for name in query]
