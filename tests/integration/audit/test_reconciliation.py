"""Reconciliation: what a stream outage lost is found and put into the audit log, visibly, once, and nothing else is."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

import pytest

from functions.streams import write_audit
from nexstock.audit import reconciliation
from nexstock.audit.reconciliation import begin_reconciliation, reconcile
from nexstock.clock import Clock, to_rfc3339, utc_now
from nexstock.organizations.repository import SHARDS
from nexstock.persistence.keys import Kind
from tests.support.api import call
from tests.support.audited import found
from tests.support.chains import verified_chain
from tests.support.changes import a_record
from tests.support.crashes import crash_points
from tests.support.people import StaffedOrganization, an_organization
from tests.support.records import run
from tests.support.stock import items_of

Entry = dict[str, Any]

_LATER: Final[Clock] = lambda: utc_now() + timedelta(hours=26)  # noqa: E731 (a clock)


class _Queues:
    """Takes messages, and gives those of the queue of reconciliations back one at a time."""

    def __init__(self) -> None:
        self.waiting: list[Mapping[str, str]] = []
        self.gaps: list[Mapping[str, str]] = []

    def send(self, queue: str, message: Mapping[str, str], *, delay_s: int = 0) -> None:
        assert delay_s == 0
        {"RECONCILIATIONS": self.waiting, "AUDIT_GAPS": self.gaps}[queue].append(message)

    def work(self, clock: Clock) -> int:
        count = 0
        while self.waiting:
            reconcile(self.waiting.pop(), send=self.send, clock=clock)
            count += 1
        return count


@pytest.fixture
def home() -> StaffedOrganization:
    """Return an organization whose audit log has everything that there is of it."""
    home = an_organization()
    for kind in (Kind.ORGANIZATION, Kind.MEMBER, Kind.API_KEY):
        assert run(write_audit.handler, [a_record(None, image) for image in items_of(home.id, kind)]) == []
    return home


def _reconciled(home: StaffedOrganization, clock: Clock = _LATER) -> list[Mapping[str, str]]:
    """Reconcile an organization and return what was told of gaps."""
    queues = _Queues()
    queues.send("RECONCILIATIONS", {"organizationId": home.id})
    queues.work(clock)
    return queues.gaps


def _a_product(home: StaffedOrganization, *, versions: int) -> tuple[str, list[dict[str, Any]]]:
    """Make a product with so many versions; return its id and its images."""
    token = home.owner.token
    product_id = str(call("POST", "/v1/products", token=token, body={"sku": "ANV-1", "name": "Anvil 1"}).json["id"])
    images = list(items_of(home.id, Kind.PRODUCT))
    for version in range(2, versions + 1):
        body = {"name": f"Anvil {version}"}
        assert call("PATCH", f"/v1/products/{product_id}", token=token, body=body).status == 200
        images += items_of(home.id, Kind.PRODUCT)
    return product_id, images


def _entries(home: StaffedOrganization, resource_id: str) -> list[Entry]:
    return found(home, {"resourceId": resource_id})[::-1]


def _said(entry: Entry) -> dict[str, Any]:
    return {each["path"]: each["after"] for each in entry["diff"]}


def test_lost_change_is_recorded_as_found_later_with_what_is_known_of_it(home: StaffedOrganization) -> None:
    product_id, _ = _a_product(home, versions=1)

    _reconciled(home)

    (entry,) = _entries(home, product_id)
    assert (entry["action"], entry["resource"]) == ("product.reconciled", {"kind": "product", "id": product_id})
    assert entry["actor"] == {"type": "system", "id": "reconciliation", "name": "reconciliation"}
    said = _said(entry)
    assert (said["/reconciledVersion"], said["/name"], said["/sku"]) == (1, "Anvil 1", "ANV-1")
    assert said["/changedBy"] == {"type": "user", "id": home.owner.id, "name": home.owner.name}


def test_each_lost_version_has_an_entry_and_only_the_last_tells_what_is(home: StaffedOrganization) -> None:
    product_id, _ = _a_product(home, versions=3)

    _reconciled(home)

    said = {each["/reconciledVersion"]: each for each in map(_said, _entries(home, product_id))}
    assert set(said) == {1, 2, 3}
    assert said[3]["/name"] == "Anvil 3"
    assert said[1] == {"/reconciledVersion": 1}
    verified_chain(home.id)


def test_what_is_repeated_is_recorded_once(home: StaffedOrganization) -> None:
    product_id, images = _a_product(home, versions=3)

    told = [_reconciled(home) for _ in range(3)]
    assert run(write_audit.handler, [a_record(images[1], images[2])]) == []

    assert len(_entries(home, product_id)) == 3
    assert [[each["versions"] for each in gaps] for gaps in told] == [["3"], [], []]
    verified_chain(home.id)


def test_gap_below_what_is_recorded_is_closed_at_once_and_the_newest_may_still_be_on_its_way(
    home: StaffedOrganization,
) -> None:
    product_id, images = _a_product(home, versions=4)
    assert run(write_audit.handler, [a_record(None, images[0]), a_record(images[1], images[2])]) == []

    _reconciled(home, utc_now)
    assert [_said(entry).get("/reconciledVersion") for entry in _entries(home, product_id)].count(2) == 1
    assert len(_entries(home, product_id)) == 3

    _reconciled(home)
    assert {_said(entry).get("/reconciledVersion") for entry in _entries(home, product_id)} == {None, 2, 4}


def test_nothing_is_added_to_a_log_that_has_everything(home: StaffedOrganization) -> None:
    before = found(home)

    assert _reconciled(home) == []
    assert found(home) == before


def test_change_that_was_made_long_ago_was_compared_before(home: StaffedOrganization) -> None:
    product_id, _ = _a_product(home, versions=1)

    assert _reconciled(home, lambda: utc_now() + timedelta(days=8)) == []
    assert _entries(home, product_id) == []


def test_deletion_that_was_lost_is_found(home: StaffedOrganization) -> None:
    product_id, images = _a_product(home, versions=1)
    assert run(write_audit.handler, [a_record(None, images[0])]) == []
    assert call("DELETE", f"/v1/products/{product_id}", token=home.owner.token).status == 204

    _reconciled(home)

    _, entry = _entries(home, product_id)
    assert (entry["action"], _said(entry)["/reconciledVersion"]) == ("product.reconciled", 2)
    assert "/deletedAt" in _said(entry)


def test_stock_is_missed_only_where_it_said_something(home: StaffedOrganization) -> None:
    product_id, images = _a_product(home, versions=1)
    token = home.owner.token
    warehouse = call("POST", "/v1/warehouses", token=token, body={"code": "W1", "name": "Main"}).json["id"]
    body = {"productId": product_id, "warehouseId": warehouse, "quantity": 3, "reason": "found"}
    movement = call("POST", "/v1/stock/adjustments", token=token, body=body)
    assert movement.status == 201, movement.text
    assert run(write_audit.handler, [a_record(None, images[0])]) == []

    _reconciled(home)

    actions = [entry["action"] for entry in found(home) if entry["action"].endswith(".reconciled")]
    assert sorted(actions) == ["stock_movement.reconciled", "warehouse.reconciled"]


def test_security_event_that_was_lost_is_found(home: StaffedOrganization) -> None:
    body = {"email": home.member.email, "password": "violet meadow lantern 42"}
    assert call("POST", "/v1/auth/login", body=body).status == 200

    _reconciled(home)

    (entry,) = found(home, {"action": "security_event.reconciled"})
    assert entry["resource"]["kind"] == "session"
    assert _said(entry)["/by"] == "password"


def test_gap_is_closed_by_the_next_run_wherever_the_one_before_crashed(home: StaffedOrganization) -> None:
    product_id, _ = _a_product(home, versions=2)
    message = {"organizationId": home.id, "kind": Kind.PRODUCT.value}
    for point in crash_points():
        with point:
            reconcile(message, send=_Queues().send, clock=_LATER)
    _reconciled(home)

    assert sorted(_said(entry)["/reconciledVersion"] for entry in _entries(home, product_id)) == [1, 2]
    verified_chain(home.id)


def test_organization_of_any_size_is_worked_through_a_message_at_a_time(
    home: StaffedOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "_ITEMS_AT_ONCE", 2)
    monkeypatch.setattr(reconciliation, "_PAGES_AT_ONCE", 3)
    for number in range(5):
        body = {"sku": f"ANV-{number}", "name": "Anvil"}
        assert call("POST", "/v1/products", token=home.owner.token, body=body).status == 201
    queues = _Queues()
    queues.send("RECONCILIATIONS", {"organizationId": home.id})

    assert queues.work(_LATER) > 5
    assert len(found(home, {"action": "product.reconciled"})) == 5
    assert [each["kind"] for each in queues.gaps] == ["product"] * 3


def test_every_organization_that_is_not_deleted_has_its_turn(
    home: StaffedOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "_ORGANIZATIONS_AT_ONCE", 2)
    others = [an_organization() for _ in range(3)]
    queues = _Queues()

    begin_reconciliation(send=queues.send)
    assert len(queues.waiting) == SHARDS
    asked = list(_organizations_asked(queues))

    assert {home.id, *(each.id for each in others)} <= set(asked)
    assert len(asked) == len(set(asked))


def _organizations_asked(queues: _Queues) -> Iterator[str]:
    while queues.waiting:
        message = queues.waiting.pop()
        if "organizationId" in message:
            yield message["organizationId"]
        else:
            reconcile(message, send=queues.send)


def test_since_can_be_named_for_an_outage_that_was_noticed_late(home: StaffedOrganization) -> None:
    product_id, _ = _a_product(home, versions=1)
    queues = _Queues()
    queues.send("RECONCILIATIONS", {"organizationId": home.id, "since": to_rfc3339(utc_now() - timedelta(days=1))})

    queues.work(lambda: utc_now() + timedelta(days=60))

    assert len(_entries(home, product_id)) == 1
