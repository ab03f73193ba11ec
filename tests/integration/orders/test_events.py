"""What customers' systems and the audit log are told of an order: every step, as what it was."""

import json
from typing import Any

from nexstock.changes import Change
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.webhooks.payloads import body_of, is_event, message_id_of
from tests.support.changes import a_record
from tests.support.environment import table_name
from tests.support.events import Json
from tests.support.journeys.world import stored_item
from tests.support.orders import ORDERS, ordered, part, read, step
from tests.support.stock_keeping import Shop, a_shop

Image = dict[str, dict[str, Any]]


def _image(shop: Shop, order: Json) -> Image:
    partition = tenant_partition(shop.organization.id, Kind.ORDER)
    return stored_item(table_name("tenants"), partition, order["id"])


def _change(before: Image | None, after: Image) -> Change:
    change = Change.parse(a_record(before, after))
    assert change is not None
    assert is_event(change)
    return change


def test_every_step_is_an_event_of_its_own() -> None:
    shop = a_shop()
    product, warehouse = shop.stocked(5)
    order = ordered(shop, product, warehouse)
    told, before = [_change(None, _image(shop, order)).event_type], _image(shop, order)
    for name, body in (
        ("", {"notes": "Ring twice"}),
        ("confirm", None),
        ("fulfil", part(product, 1)),
        ("return", None),
        ("cancel", None),
    ):
        if name:
            assert step(shop, order, name, body).status == 200
        else:
            shop.send("PATCH", f"{ORDERS}/{order['id']}", body)
        after = _image(shop, order)
        told.append(_change(before, after).event_type)
        before = after

    verbs = ["created", "updated", "confirmed", "fulfilled", "returned", "cancelled"]
    assert told == [f"order.{verb}" for verb in verbs]


def test_an_order_that_is_confirmed_as_it_is_written_is_told_as_confirmed() -> None:
    shop = a_shop()
    order = ordered(shop, *shop.stocked(5), confirm=True)

    assert _change(None, _image(shop, order)).event_type == "order.confirmed"


def test_an_event_shows_the_order_as_the_api_does() -> None:
    shop = a_shop()
    order = ordered(shop, *shop.stocked(5), reference="web-17")
    change = _change(None, _image(shop, order))

    body = json.loads(body_of(change, message_id_of(change, "whe_1"), shop.organization.tenant()))

    assert (body["type"], body["data"]) == ("order.created", read(shop, order))


def test_counters_and_ends_of_reservations_are_no_news() -> None:
    shop = a_shop()
    for kind in (Kind.COUNTER, Kind.ORDER_EXPIRY):
        image = {"PK": {"S": tenant_partition(shop.organization.id, kind)}, "SK": {"S": "ORDER"}}
        assert Change.parse(a_record(None, image)) is None
