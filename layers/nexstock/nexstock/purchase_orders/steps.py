"""The steps that a purchase order takes, and stock with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nexstock.clock import Clock, utc_now
from nexstock.errors import Conflict
from nexstock.ids import ProductId
from nexstock.purchase_orders import model
from nexstock.purchase_orders.model import PurchaseOrder
from nexstock.resources.lifecycle import Resources, read_version, stage_change
from nexstock.stock.changes import NO_UNITS
from nexstock.stock.checks import require_kept, require_own_stock, require_whole
from nexstock.stock.ledger import StockLedger
from nexstock.stock.lines import QuantityLine, taken_from, units_of
from nexstock.stock.model import Cause, MovementType, Reference, Units


@dataclass(frozen=True, slots=True)
class PurchaseSteps:
    """What it takes to take purchase orders of one organization further.

    `expected` is the version that a client saw.
    """

    orders: Resources[PurchaseOrder]
    ledger: StockLedger
    expected: int | None = None
    clock: Clock = utc_now

    def submit(self, order_id: str) -> PurchaseOrder:
        """Stage that a draft is submitted, all of it on its way, and return it.

        Raises:
            NotFound: no such order here (404).
            PreconditionFailed: `expected` is not its version (412).
            InvalidState: it is no draft (409).
            DependencyDeleted: a product or the warehouse was deleted (409).
            Conflict: costs are kept in another currency by now (409).
        """
        before = self._read(order_id)
        return self._staged(before, model.submitted(before), MovementType.PURCHASE, "submitted")

    def receive(self, order_id: str, lines: Sequence[QuantityLine] | None) -> PurchaseOrder:
        """Stage that some of what is on its way has been received, or all of it, and return the order.

        Suppliers do send more than was ordered. That is no receipt of this order: it would be bought without anybody
        having decided so, and is refused; whoever keeps it orders it, or adjusts stock.

        Raises:
            NotFound: no such order here (404).
            PreconditionFailed: `expected` is not its version (412).
            InvalidState: it is not submitted, or nothing of it is on its way any more (409).
            ExceedsRemaining: more is named than is on its way (409).
            DependencyDeleted: a product or the warehouse was deleted (409).
            Conflict: costs are kept in another currency by now (409).
            InvalidRequest: a product that is none of its lines', or a fraction of what is counted in whole units (422).
        """
        before = self._read(order_id)
        model.require_expected(before)
        quantities = taken_from({line.product_id: line.remaining for line in before.lines}, lines)
        after = model.received(before, quantities)
        return self._staged(before, after, MovementType.RECEIPT, "received", units_of(lines))

    def cancel(self, order_id: str) -> PurchaseOrder:
        """Stage that nothing of it is on its way any more, and return the order; what was received stays.

        Raises:
            NotFound: no such order here (404).
            PreconditionFailed: `expected` is not its version (412).
            InvalidState: all of it was received, or it is closed or cancelled already (409).
            DependencyDeleted: a product or the warehouse was deleted (409).
        """
        before = self._read(order_id)
        return self._staged(before, model.cancelled(before), MovementType.PURCHASE, "cancelled")

    def _read(self, order_id: str) -> PurchaseOrder:
        return read_version(order_id, expected=self.expected, resources=self.orders)

    def _staged(
        self,
        before: PurchaseOrder,
        after: PurchaseOrder,
        type_: MovementType,
        reason: str,
        units: Mapping[ProductId, Units] = NO_UNITS,
    ) -> PurchaseOrder:
        now = self.clock()
        changes = model.stock_changes(before, after)
        if changes:
            places = [(change.product_id, change.warehouse_id) for change in changes]
            holdings = self.ledger.read(places, now)
            require_kept(holdings, places)
            if after.is_wanted and after.currency != holdings.currency:
                detail = f"Costs are kept in {holdings.currency} by now; cancel the order and make it anew"
                raise Conflict(detail)
            for change in changes:
                require_own_stock(holdings.products[change.product_id], "/lines")
                require_whole(holdings.products[change.product_id], change.quantity, "/lines")
            cause = Cause(type_, reason, Reference("purchase_order", before.id))
            self.ledger.move(changes, holdings, cause=cause, now=now, units=units)
        return stage_change(before, after, resources=self.orders, clock=lambda: now)
