"""What customers and the audit log are told of stock: every movement by hand, and every fall once."""

import json
from typing import Any

import pytest

from nexstock.changes import Change
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.webhooks.payloads import body_of, is_event, message_id_of
from tests.support.changes import a_record
from tests.support.environment import table_name
from tests.support.journeys.world import stored_item
from tests.support.stock_keeping import Shop, a_shop

Image = dict[str, dict[str, Any]]


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _image(shop: Shop, kind: Kind, sort_key: str) -> Image:
    return stored_item(table_name("tenants"), tenant_partition(shop.organization.id, kind), sort_key)


def _told(before: Image | None, after: Image) -> str | None:
    change = Change.parse(a_record(before, after))
    return None if change is None else change.event_type


def test_falling_to_low_and_to_nothing_is_told_once_each(shop: Shop) -> None:
    product, warehouse = shop.stocked(10, reorderPoint=5)
    before, told = _image(shop, Kind.STOCK_LEVEL, f"{product}#{warehouse}"), []
    for quantity in (-4, -1, -1, 3, -4, -3, 1, -1, 20):
        shop.adjust(product, warehouse, quantity)
        after = _image(shop, Kind.STOCK_LEVEL, f"{product}#{warehouse}")
        told.append(_told(before, after))
        before = after

    assert told == [None, "stock.low", None, None, "stock.low", "stock.out", None, "stock.out", None]


def test_adjustment_is_told_with_the_movement_as_the_api_shows_it(shop: Shop) -> None:
    product, warehouse = shop.stocked(10)
    movement = shop.adjust(product, warehouse, -4, reason="damaged").json
    image = _image(shop, Kind.STOCK_MOVEMENT, f"{product}#{warehouse}#{2:012d}")
    change = Change.parse(a_record(None, image))

    assert change is not None
    assert is_event(change)
    assert (change.event_type, change.resource_id) == ("stock.adjusted", movement["id"])
    body = json.loads(body_of(change, message_id_of(change, "whe_1"), shop.organization.tenant()))
    assert body["data"] == movement


def test_low_stock_is_told_with_the_level_as_the_api_shows_it(shop: Shop) -> None:
    product, warehouse = shop.stocked(10, reorderPoint=5)
    before = _image(shop, Kind.STOCK_LEVEL, f"{product}#{warehouse}")
    shop.adjust(product, warehouse, -6)
    change = Change.parse(a_record(before, _image(shop, Kind.STOCK_LEVEL, f"{product}#{warehouse}")))

    assert change is not None
    body = json.loads(body_of(change, message_id_of(change, "whe_1"), shop.organization.tenant()))
    assert (body["type"], body["data"]) == ("stock.low", shop.level(product, warehouse))
