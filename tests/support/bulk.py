"""Many items at once, for what has to be as quick with many as with few: repositories make them, no request does."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import cycle
from typing import Any, Final

import boto3
from pynamodb.expressions.condition import Condition

from nexstock.auth.principals import Tenant
from nexstock.ids import CustomerId, MovementId, OrderId, ProductId, WarehouseId, new_id
from nexstock.orders.model import Order, OrderLine
from nexstock.orders.repository import OrderRepository
from nexstock.persistence.tables import TABLES, Item
from nexstock.persistence.transaction import Refusal, Transaction
from nexstock.products.model import Money
from nexstock.products.repository import ProductRepository
from nexstock.stock.model import Cause, LevelState, Movement, MovementType, StockLevel
from nexstock.stock.repository import StockLevelRepository, StockMovementRepository
from nexstock.stock.valuation import CostLayer, Valuation
from tests.support.people import StaffedOrganization
from tests.support.products import a_product

_AT_ONCE: Final = 25
"""AWS: BatchWriteItem."""

_BATCHES_AT_ONCE: Final = 8

_WAREHOUSES: Final = 3

BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""When the first of many things is made; each of the others a minute after the one before."""


class BulkTransaction(Transaction):
    """Takes what repositories stage and writes it in batches, without its conditions: everything in it is new."""

    def __init__(self) -> None:
        super().__init__()
        self._items: list[Item] = []
        self._pool = ThreadPoolExecutor(_BATCHES_AT_ONCE)
        self._written: list[Future[None]] = []

    def put(self, item: Item, *, condition: Condition, refusal: Refusal, decides_first: bool = False) -> None:  # noqa: ARG002
        """Take a new item, and have as many written as one batch holds."""
        self._items.append(item)
        if len(self._items) == _AT_ONCE:
            self._hand_over()

    def commit(self) -> None:
        """Write the rest, and wait for all of it."""
        self._hand_over()
        for batch in self._written:
            batch.result()
        self._pool.shutdown()

    def _hand_over(self) -> None:
        if self._items:
            requests = [{"PutRequest": {"Item": item.serialize()}} for item in self._items]
            self._written.append(self._pool.submit(_write, requests))
        self._items = []


def _write(requests: list[dict[str, Any]]) -> None:
    answer = _patient().batch_write_item(RequestItems={TABLES.tenants: requests})
    assert not answer.get("UnprocessedItems"), "an engine of our own takes whole batches"


@cache
def _patient() -> Any:  # noqa: ANN401 (a boto3 client)
    # The layer's own connection gives up after three seconds, which a busy machine may need for a batch.
    return boto3.client("dynamodb", endpoint_url=os.environ["AWS_ENDPOINT_URL_DYNAMODB"])


def fill_levels(organization: StaffedOrganization, count: int) -> None:
    """Store so many levels, which are low: of each two units, which are worth 1.5 minor units together."""
    tenant = organization.tenant(BulkTransaction())
    levels = StockLevelRepository(tenant)
    for place, at in _places(count):
        levels.add(_level(*place, at))
    tenant.transaction.commit()


def fill_sales(organization: StaffedOrganization, count: int) -> None:
    """Store so many fulfilments: each sold one unit, which had cost 0.75 minor units, for 2."""
    tenant = organization.tenant(BulkTransaction())
    movements = StockMovementRepository(tenant)
    for place, at in _places(count):
        movements.add(_fulfilment(*place, tenant, at))
    tenant.transaction.commit()


def fill_products(organization: StaffedOrganization, count: int) -> None:
    """Store so many products of one category, with their claims."""
    tenant = organization.tenant(BulkTransaction())
    products = ProductRepository(tenant)
    for number in range(count):
        at = BEGIN + timedelta(minutes=number)
        product_id = ProductId(new_id("prd", at))
        products.add(
            a_product(id=product_id, version=1, sku=f"SKU-{number:07}", barcodes=(), created_at=at, updated_at=at)
        )
    tenant.transaction.commit()


def fill_orders(organization: StaffedOrganization, count: int) -> None:
    """Store so many drafts of one customer, each of one line."""
    tenant = organization.tenant(BulkTransaction())
    orders = OrderRepository(tenant)
    customer_id = CustomerId(new_id("cus", BEGIN))
    for number, ((product_id, warehouse_id), at) in enumerate(_places(count)):
        line = OrderLine(
            product_id=product_id, sku="BOLT-8", name="Bolt M8", quantity=Decimal(1), unit_price=Money(2, "USD")
        )
        order = Order(
            id=OrderId(new_id("ord", at)),
            version=1,
            created_at=at,
            updated_at=at,
            number=str(number),
            warehouse_id=warehouse_id,
            lines=(line,),
            customer_id=customer_id,
        )
        orders.add(order)
    tenant.transaction.commit()


def _places(count: int) -> Iterator[tuple[tuple[ProductId, WarehouseId], datetime]]:
    warehouses = [WarehouseId(new_id("whs", BEGIN)) for _ in range(_WAREHOUSES)]
    for number, warehouse_id in zip(range(count), cycle(warehouses), strict=False):
        at = BEGIN + timedelta(minutes=number)
        yield (ProductId(new_id("prd", at)), warehouse_id), at


def _level(product_id: ProductId, warehouse_id: WarehouseId, at: datetime) -> StockLevel:
    worth = Decimal("1.5")
    return StockLevel(
        product_id=product_id,
        warehouse_id=warehouse_id,
        version=1,
        created_at=at,
        updated_at=at,
        on_hand=Decimal(2),
        valuation=Valuation(worth, (CostLayer(Decimal(2), worth),)),
        state=LevelState.LOW,
        product_version=1,
    )


def _fulfilment(product_id: ProductId, warehouse_id: WarehouseId, tenant: Tenant, at: datetime) -> Movement:
    cost = Decimal("-0.75")
    return Movement(
        id=MovementId(new_id("mov", at)),
        product_id=product_id,
        warehouse_id=warehouse_id,
        sequence=1,
        at=at,
        actor=tenant.actor,
        cause=Cause(MovementType.FULFILMENT, "fulfilment"),
        quantity=Decimal(-1),
        reserved=Decimal(0),
        incoming=Decimal(0),
        value=cost,
        fifo_value=cost,
        revenue=2,
        currency="USD",
    )
