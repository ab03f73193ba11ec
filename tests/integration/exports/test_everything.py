"""The export of an organization that has one of everything: all of it, nothing of another's, and no secret."""

import re
from typing import Final

import pytest

from nexstock.exports.kinds import EXPORT_KINDS
from nexstock.persistence.keys import Kind
from tests.support.belongings import FORMULA, Belongings, one_of_everything
from tests.support.events import Json
from tests.support.exports import OF_ORGANIZATION, Archive, archive_of, made
from tests.support.stock import items_of

_FILES: Final = {
    Kind.ORGANIZATION: "organization",
    Kind.MEMBER: "members",
    Kind.INVITATION: "invitations",
    Kind.SINGLE_SIGN_ON: "single_sign_on",
    Kind.API_KEY: "api_keys",
    Kind.WEBHOOK_ENDPOINT: "webhook_endpoints",
    Kind.PRODUCT: "products",
    Kind.WAREHOUSE: "warehouses",
    Kind.SUPPLIER: "suppliers",
    Kind.CUSTOMER: "customers",
    Kind.STOCK_LEVEL: "stock_levels",
    Kind.STOCK_MOVEMENT: "stock_movements",
    Kind.STOCK_LOT: "lots",
    Kind.SERIAL_NUMBER: "serial_numbers",
    Kind.TRANSFER: "transfers",
    Kind.COUNT: "counts",
    Kind.COUNT_LINE: "count_lines",
    Kind.PURCHASE_ORDER: "purchase_orders",
    Kind.ORDER: "orders",
    Kind.IMPORT: "imports",
    Kind.EXPORT: "exports",
}

_NOTHING_OF_THE_CUSTOMERS: Final = {
    Kind.OWNERS: "a number of members, who are exported with their roles",
    Kind.UNIQUE: "claims of values that stand in what is exported",
    Kind.SECURITY_EVENT: "what the audit log says of sign-ins, refusals and readers, until it has it",
    Kind.AUDIT_ENTRY: "no kind of item; the audit log is exported from its own table",
    Kind.USES: "numbers of those that need a resource, counted from what is exported",
    Kind.COUNTER: "where the numbers of orders go on",
    Kind.ORDER_EXPIRY: "the end of a reservation once more, which its order says",
    Kind.SINGLE_SIGN_ON_LINK: "a digest of whom the provider signs in; the members are exported",
    Kind.IMPORT_ERRORS: "what was wrong with the rows of a table that the customer has; gone after 30 days",
}

_ELSEWHERE: Final = "audit_log"
"""Not in the organizations' table."""

_LINES_IN_TABLES: Final = {"transfers", "purchase_orders", "orders"}
_KEPT_ELSEWHERE: Final = {"lastUsedAt", "lastUsedIp", "health", "secretDueAt"}
_ID: Final = re.compile(r"\b[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}\b")


@pytest.fixture(scope="module")
def own(platform: str) -> Belongings:
    """Return an organization with one of everything."""
    assert platform
    return one_of_everything()


@pytest.fixture(scope="module")
def archive(own: Belongings) -> Archive:
    """Return its export."""
    return archive_of(made(own.organization, OF_ORGANIZATION))


def test_every_kind_is_exported_or_is_said_to_hold_nothing_of_the_customers() -> None:
    assert set(Kind) == _FILES.keys() | _NOTHING_OF_THE_CUSTOMERS.keys()
    assert not _FILES.keys() & _NOTHING_OF_THE_CUSTOMERS.keys()
    assert [kind.name for kind in EXPORT_KINDS] == [*_FILES.values(), _ELSEWHERE]


@pytest.mark.parametrize("kind", _FILES)
def test_all_of_a_kind_is_in_its_files(kind: Kind, own: Belongings, archive: Archive) -> None:
    stored = [item for item in items_of(own.organization.id, kind) if "deletedAt" not in item]
    lines, sheet = archive.lines(_FILES[kind]), archive.sheet(_FILES[kind])

    assert len(stored) == len(lines) == archive.manifest["records"][_FILES[kind]] > 0
    rows = sum(len(line["lines"]) for line in lines) if _FILES[kind] in _LINES_IN_TABLES else len(lines)
    assert len(sheet) == rows


def test_audit_log_is_in_its_files(archive: Archive) -> None:
    lines = archive.lines(_ELSEWHERE)

    assert len(lines) == len(archive.sheet(_ELSEWHERE)) == archive.manifest["records"][_ELSEWHERE] == 1
    assert lines[0]["action"] == "product.created"


def test_archive_holds_these_files_and_says_whose_it_is(own: Belongings, archive: Archive) -> None:
    assert archive.names == {*_FILES.values(), _ELSEWHERE}
    assert archive.manifest["organizationId"] == own.organization.id


def test_what_the_api_shows_is_exported_as_it_shows_it(own: Belongings, archive: Archive) -> None:
    for kind in own.paths:
        shown = {name: value for name, value in own.shown(kind).items() if name not in _KEPT_ELSEWHERE}
        assert shown in archive.lines(_FILES[kind]), kind


@pytest.mark.parametrize(("name", "kind"), [("suppliers", Kind.SUPPLIER), ("customers", Kind.CUSTOMER)])
def test_what_is_sealed_at_rest_can_be_read(name: str, kind: Kind, own: Belongings, archive: Archive) -> None:
    shown = own.shown(kind)

    (row,) = archive.sheet(name)

    assert row["email"] == shown["email"] == "grace@quay.example"
    assert row["phone"] == f"'{shown['phone']}"
    assert row["address.city"] == shown["address"]["city"] == "Rotterdam"


@pytest.mark.parametrize(
    ("name", "kind", "money"),
    [("orders", Kind.ORDER, "unitPrice"), ("purchase_orders", Kind.PURCHASE_ORDER, "unitCost")],
)
def test_table_of_orders_has_a_row_for_each_line(
    name: str, kind: Kind, money: str, own: Belongings, archive: Archive
) -> None:
    order = own.shown(kind)

    rows = [row for row in archive.sheet(name) if row["id"] == order["id"]]

    assert [row["line.sku"] for row in rows] == [line["sku"] for line in order["lines"]] == ["BOLT", "NUT"]
    for row, line in zip(rows, order["lines"], strict=True):
        assert (row["number"], row["status"]) == (order["number"], order["status"])
        assert row["line.quantity"] == str(line["quantity"])
        assert row[f"line.{money}.amount"] == str(line[money]["amount"])
        assert row["total.amount"] == str(order["total"]["amount"])


def test_what_stock_is_worth_is_exported_with_it(own: Belongings, archive: Archive) -> None:
    product_id = own.shown(Kind.PRODUCT)["id"]

    def of_product(name: str) -> list[Json]:
        return [each for each in archive.lines(name) if each["productId"] == product_id]

    (level,) = [each for each in of_product("stock_levels") if each["onHand"]]
    movements = of_product("stock_movements")

    assert level["value"] == level["fifoValue"] == 97 * 250
    assert sum(each["value"] for each in movements) == sum(each["fifoValue"] for each in movements) == level["value"]


def test_tables_hold_numbers_as_numbers_and_no_formulas(archive: Archive) -> None:
    rows = [row for name in archive.names for row in archive.sheet(name)]

    assert "-2" in {row["quantity"] for row in archive.sheet("stock_movements")}
    assert f"'{FORMULA}" in {row["note"] for row in archive.sheet("stock_movements")}
    cells = [cell for row in rows for cell in row.values() if cell.startswith(tuple("=+-@\t\r\n"))]
    assert [cell for cell in cells if not re.fullmatch(r"-[0-9.]+", cell)] == []


def test_nothing_of_another_organization_is_in_it(own: Belongings, archive: Archive) -> None:
    other = one_of_everything()

    others = _ids_of(other)

    assert _ids_of(own) & set(_ID.findall(archive.text()))
    assert not others & set(_ID.findall(archive.text()))


def _ids_of(belongings: Belongings) -> set[str]:
    items = (item for kind in Kind for item in items_of(belongings.organization.id, kind))
    return {each for item in items for each in _ID.findall(f"{item['PK']['S']} {item['SK']['S']}")}


def test_no_secret_is_in_it(own: Belongings, archive: Archive) -> None:
    text = archive.text()

    assert len(own.secrets) > 10
    assert not [secret for secret in own.secrets if secret in text]
