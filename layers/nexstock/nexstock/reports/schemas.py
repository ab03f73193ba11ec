"""Reports on the wire."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, PlainSerializer

from nexstock.http.schemas import Instant, Quantity, SignedQuantity, View, as_number
from nexstock.products.model import Product
from nexstock.products.schemas import MoneyView
from nexstock.reports.low_stock import LowStock
from nexstock.reports.sales import Sales, SalesSoFar, Sold
from nexstock.reports.spans import Interval, Span
from nexstock.reports.sums import rounded
from nexstock.reports.turns import Turnover, TurnoverSoFar
from nexstock.reports.valuation import Method, ShownLevel, ValuationSoFar, Worth
from nexstock.warehouses.model import Warehouse

QuantitySum = Annotated[Decimal, PlainSerializer(as_number, return_type=int | float, when_used="json-unless-none")]
"""A sum of quantities, which may have more digits than one quantity has."""


class LowStockView(View):
    """A level at or below its product's reorder point, or of which nothing is available."""

    product_id: str
    sku: str
    name: str
    warehouse_id: str
    available: SignedQuantity
    on_hand: SignedQuantity
    incoming: SignedQuantity
    reorder_point: Quantity | None
    reorder_quantity: Quantity | None
    state: str

    @classmethod
    def of(cls, low: LowStock) -> Self:
        """Return the view of a level that is low or out."""
        level, product = low.level, low.product
        return cls(
            product_id=product.id,
            sku=product.sku,
            name=product.name,
            warehouse_id=level.warehouse_id,
            available=level.available,
            on_hand=level.on_hand,
            incoming=level.incoming,
            reorder_point=product.reorder_point,
            reorder_quantity=product.reorder_quantity,
            state=level.state,
        )


class WarehouseWorthView(View):
    """What lies in a warehouse: how many products, how many units of all of them, and what they are worth."""

    warehouse_id: str
    code: str | None
    name: str | None
    products: int
    quantity: QuantitySum
    value: MoneyView

    @classmethod
    def of(cls, warehouse_id: str, worth: Worth, warehouse: Warehouse | None, currency: str) -> Self:
        """Return the view of one warehouse; of one that was deleted, without code and name."""
        return cls(
            warehouse_id=warehouse_id,
            code=None if warehouse is None else warehouse.code,
            name=None if warehouse is None else warehouse.name,
            products=worth.products,
            quantity=worth.quantity,
            value=MoneyView(amount=rounded(worth.value), currency=currency),
        )


class LevelWorthView(View):
    """What lies of a product in a warehouse, and what it is worth."""

    product_id: str
    sku: str | None
    name: str | None
    warehouse_id: str
    on_hand: SignedQuantity
    value: MoneyView

    @classmethod
    def of(cls, level: ShownLevel, product: Product | None, currency: str) -> Self:
        """Return the view of one level; of a product that was deleted, without SKU and name."""
        return cls(
            product_id=level.product_id,
            sku=None if product is None else product.sku,
            name=None if product is None else product.name,
            warehouse_id=level.warehouse_id,
            on_hand=level.worth.quantity,
            value=MoneyView(amount=rounded(level.worth.value), currency=currency),
        )


class ValuationView(View):
    """What stock is worth.

    `products` are the levels of this page, where they were asked for. There are no sums until `complete`; each is
    exact, and rounded once.
    """

    method: Method
    currency: str
    warehouses: Sequence[WarehouseWorthView]
    products: Sequence[LevelWorthView] | None
    total: MoneyView | None
    complete: bool
    next: str | None

    @classmethod
    def of(  # noqa: PLR0913 (what a valuation shows)
        cls,
        so_far: ValuationSoFar,
        *,
        method: Method,
        currency: str,
        warehouses: Mapping[str, Warehouse],
        products: Mapping[str, Product] | None,
        following: str | None,
    ) -> Self:
        """Return the view of a valuation as far as it got."""
        complete = following is None
        rows = [
            WarehouseWorthView.of(each, worth, warehouses.get(each), currency) for each, worth in so_far.worths.items()
        ]
        return cls(
            method=method,
            currency=currency,
            warehouses=sorted(rows, key=lambda row: (row.code or "", row.warehouse_id)) if complete else [],
            products=None
            if products is None
            else [LevelWorthView.of(level, products.get(level.product_id), currency) for level in so_far.levels],
            total=MoneyView(amount=rounded(so_far.total.value), currency=currency) if complete else None,
            complete=complete,
            next=following,
        )


class TurnoverView(View):
    """What was sold had cost `costOfGoodsSold`: `turns` times what stock was worth on average, in minor units."""

    cost_of_goods_sold: MoneyView
    opening_value: MoneyView
    closing_value: MoneyView
    average_value: MoneyView
    turns: float | None
    days_in_stock: float | None

    @classmethod
    def of(cls, turnover: Turnover, span: Span, currency: str) -> Self:
        """Return the view of a turnover."""

        def money(value: Decimal) -> MoneyView:
            return MoneyView(amount=rounded(value), currency=currency)

        return cls(
            cost_of_goods_sold=money(turnover.cost_of_goods_sold),
            opening_value=money(turnover.opening),
            closing_value=money(turnover.closing),
            average_value=money(turnover.average),
            turns=turnover.turns,
            days_in_stock=turnover.days_in_stock(span),
        )


class WarehouseTurnoverView(View):
    """The turnover of one warehouse; of one that was deleted, without code and name."""

    warehouse_id: str
    code: str | None
    name: str | None
    turnover: TurnoverView


class TurnsView(View):
    """How often stock was sold from `from` on, up to before `to`; there are no figures until `complete`."""

    start: Instant = Field(serialization_alias="from")
    end: Instant = Field(serialization_alias="to")
    currency: str
    warehouses: Sequence[WarehouseTurnoverView]
    total: TurnoverView | None
    complete: bool
    next: str | None

    @classmethod
    def of(
        cls, so_far: TurnoverSoFar, *, currency: str, warehouses: Mapping[str, Warehouse], following: str | None
    ) -> Self:
        """Return the view of a report of stock turns."""
        complete = following is None
        rows = [
            WarehouseTurnoverView(
                warehouse_id=each,
                code=warehouses[each].code if each in warehouses else None,
                name=warehouses[each].name if each in warehouses else None,
                turnover=TurnoverView.of(turnover, so_far.span, currency),
            )
            for each, turnover in so_far.turnovers.items()
        ]
        return cls(
            start=so_far.span.start,
            end=so_far.span.end,
            currency=currency,
            warehouses=sorted(rows, key=lambda row: (row.code or "", row.warehouse_id)) if complete else [],
            total=TurnoverView.of(so_far.total, so_far.span, currency) if complete else None,
            complete=complete,
            next=following,
        )


class SalesView(View):
    """What was sold in one currency, less what came back.

    `cost` is what it had cost by the moving average, in the organization's currency; `margin` is null where that is
    another one than the revenue's.
    """

    revenue: MoneyView
    cost: MoneyView
    margin: MoneyView | None
    units: QuantitySum

    @classmethod
    def of(cls, sales: Sales, currency: str, own: str) -> Self:
        """Return the view of sales in a currency, of an organization that has its own."""
        margin = rounded(sales.revenue - sales.cost)
        return cls(
            revenue=MoneyView(amount=sales.revenue, currency=currency),
            cost=MoneyView(amount=rounded(sales.cost), currency=own),
            margin=MoneyView(amount=margin, currency=own) if currency == own else None,
            units=sales.units,
        )


class PeriodSalesView(View):
    """What was sold in a period; `day` is the first of its calendar day, week or month."""

    day: date
    start: Instant = Field(serialization_alias="from")
    end: Instant = Field(serialization_alias="to")
    sales: Sequence[SalesView]


class SalesReportView(View):
    """Sales by period, the first period first: those that this page completes; `total` is null until `complete`."""

    start: Instant = Field(serialization_alias="from")
    end: Instant = Field(serialization_alias="to")
    interval: Interval
    time_zone: str
    items: Sequence[PeriodSalesView]
    total: Sequence[SalesView] | None
    complete: bool
    next: str | None

    @classmethod
    def of(cls, so_far: SalesSoFar, *, interval: Interval, own: str, following: str | None) -> Self:
        """Return the view of a report of sales, of an organization that has its own currency."""

        def sales(sold: Sold) -> list[SalesView]:
            return [SalesView.of(each, currency, own) for currency, each in sorted(sold.items())]

        return cls(
            start=so_far.span.start,
            end=so_far.span.end,
            interval=interval,
            time_zone=so_far.span.zone.key,
            items=[
                PeriodSalesView(day=period.day, start=period.start, end=period.end, sales=sales(sold))
                for period, sold in so_far.periods
            ],
            total=sales(so_far.total) if following is None else None,
            complete=following is None,
            next=following,
        )
