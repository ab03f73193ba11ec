"""Reorder points: a level's state follows its product's, and a crossing is told once, whatever moves meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from nexstock.changes import Change
from nexstock.persistence.keys import Kind, stock_level_sort_key, tenant_partition
from nexstock.webhooks.payloads import message_id_of
from tests.support.api import Reply
from tests.support.calls import recorded_calls
from tests.support.changes import a_record
from tests.support.crashes import crash_points
from tests.support.environment import table_name
from tests.support.journeys.world import stored_item
from tests.support.stock import stock_of
from tests.support.stock_keeping import Shop, a_shop
from tests.support.table_faults import instead_of

Place = tuple[str, str]


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _patched(shop: Shop, product_id: str, reorder_point: float | None) -> Reply:
    return shop.send("PATCH", f"/v1/products/{product_id}", {"reorderPoint": reorder_point})


def _image(shop: Shop, place: Place) -> dict[str, Any]:
    partition = tenant_partition(shop.organization.id, Kind.STOCK_LEVEL)
    return stored_item(table_name("tenants"), partition, stock_level_sort_key(*place))


def _change(shop: Shop, place: Place, act: Callable[[], object]) -> Change | None:
    """Return what the stream makes of an act: what is told of a level, if anything."""
    before = _image(shop, place)
    act()
    return Change.parse(a_record(before, _image(shop, place)))


def test_levels_are_judged_by_a_new_reorder_point_at_once(shop: Shop) -> None:
    product, warehouse = shop.stocked(8)
    assert shop.level(product, warehouse)["state"] == "ok"

    assert _patched(shop, product, 8).status == 200
    assert shop.level(product, warehouse)["state"] == "low"
    assert _patched(shop, product, None).status == 200
    assert shop.level(product, warehouse)["state"] == "ok"


def test_judging_moves_nothing(shop: Shop) -> None:
    product, warehouse = shop.stocked(8)
    before = shop.level(product, warehouse)

    _patched(shop, product, 10)

    after = shop.level(product, warehouse)
    assert {**after, "state": "ok", "updatedAt": before["updatedAt"]} == before
    assert len(shop.movements(product)) == 1
    assert shop.reconciliation()[0]["intact"]
    assert shop.adjust(product, warehouse, 1).json["sequence"] == 2


def test_falling_to_a_reorder_point_is_told_once(shop: Shop) -> None:
    place = shop.stocked(8)

    fallen = _change(shop, place, lambda: _patched(shop, place[0], 10))
    again = _change(shop, place, lambda: _patched(shop, place[0], 9))
    moved = _change(shop, place, lambda: shop.adjust(*place, -1))
    risen = _change(shop, place, lambda: _patched(shop, place[0], 2))

    assert fallen is not None
    assert fallen.event_type == "stock.low"
    assert again is moved is risen is None


def test_two_crossings_without_a_movement_between_are_two_messages(shop: Shop) -> None:
    place = shop.stocked(8)

    first = _change(shop, place, lambda: _patched(shop, place[0], 10))
    _patched(shop, place[0], 2)
    second = _change(shop, place, lambda: _patched(shop, place[0], 10))

    assert first is not None
    assert second is not None
    assert message_id_of(first, "whe_1") != message_id_of(second, "whe_1")


def test_crossing_is_in_the_name_of_who_changed_the_product(shop: Shop) -> None:
    place = shop.stocked(8)
    path = f"/v1/products/{place[0]}"

    shop.send("PATCH", path, {"reorderPoint": 10}, headers={"User-Agent": "till/2"})

    assert _image(shop, place)["changedBy"]["M"]["userAgent"] == {"S": "till/2"}


@pytest.mark.parametrize("patch", [{"name": "Other"}, {"reorderQuantity": 50}, {"reorderPoint": 5}])
def test_levels_are_read_only_if_the_reorder_point_changes(shop: Shop, patch: dict[str, Any]) -> None:
    product, _ = shop.stocked(8, reorderPoint=5)

    with recorded_calls() as recording:
        assert shop.send("PATCH", f"/v1/products/{product}", patch).status == 200

    assert "Query" not in recording.operations


def test_movement_that_read_the_old_reorder_point_is_judged_by_the_new_one(shop: Shop) -> None:
    product, warehouse = shop.stocked(20, reorderPoint=5)
    overtaking = _Once(lambda: _patched(shop, product, 10))

    with instead_of("TransactWriteItems", overtaking):
        assert shop.adjust(product, warehouse, -12).status == 201

    level = shop.level(product, warehouse)
    assert (level["onHand"], level["state"], level["version"]) == (8, "low", 2)


def test_first_movement_of_a_level_is_judged_by_a_reorder_point_that_changes_meanwhile(shop: Shop) -> None:
    product, warehouse = shop.product(reorderPoint=5), shop.warehouse()
    overtaking = _Once(lambda: _patched(shop, product, 10))

    with instead_of("TransactWriteItems", overtaking):
        assert shop.adjust(product, warehouse, 8).status == 201

    assert shop.level(product, warehouse)["state"] == "low"


def test_new_reorder_point_counts_what_moves_meanwhile(shop: Shop) -> None:
    product, warehouse = shop.stocked(20, reorderPoint=5)
    overtaking = _Once(lambda: shop.adjust(product, warehouse, -12))

    with instead_of("TransactWriteItems", overtaking):
        assert _patched(shop, product, 10).status == 200

    level = shop.level(product, warehouse)
    assert (level["onHand"], level["state"], level["version"]) == (8, "low", 2)


def test_crash_leaves_product_and_levels_in_step(shop: Shop) -> None:
    product, warehouse = shop.stocked(8, reorderPoint=5)
    seen = set()

    for point in crash_points():
        assert _patched(shop, product, 5).status == 200
        with point:
            _patched(shop, product, 10)
        told = shop.send("GET", f"/v1/products/{product}").json["reorderPoint"]
        seen.add((told, shop.level(product, warehouse)["state"]))

    assert seen == {(5, "ok"), (10, "low")}


def test_patch_that_another_version_refuses_judges_nothing(shop: Shop) -> None:
    product, warehouse = shop.stocked(8, reorderPoint=5)
    before = stock_of(shop.organization.id)

    reply = shop.send("PATCH", f"/v1/products/{product}", {"reorderPoint": 10}, headers={"If-Match": '"9"'})

    assert reply.status == 412
    assert shop.level(product, warehouse)["state"] == "ok"
    assert stock_of(shop.organization.id) == before


class _Once:
    """Lets something else happen before the first request goes out."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act: Callable[[], object] | None = act

    def __call__(self, _request: object) -> AWSResponse | None:
        act, self._act = self._act, None
        if act is not None:
            act()
        return None
