"""Corrections of what lies in a warehouse."""

from decimal import Decimal

from nexstock.clock import Clock, utc_now
from nexstock.ids import ProductId, WarehouseId
from nexstock.products.model import Product
from nexstock.stock.checks import cost_in, require_present, require_whole
from nexstock.stock.ledger import StockLedger
from nexstock.stock.model import Cause, Movement, MovementType, StockChange
from nexstock.stock.schemas import AdjustStock


def adjust_stock(command: AdjustStock, *, ledger: StockLedger, clock: Clock = utc_now) -> Movement:
    """Stage a correction and return its movement.

    Raises:
        InvalidRequest: no such product or warehouse, a fraction of what is counted in whole units, or lots or serial
            numbers that are not those that move (422).
        KitHasNoStock: it is made of other products (409).
        SerialNumbersUnavailable: units are not where they are taken from, or are there already (409).
        InsufficientStock: it takes more than is available (409).
    """
    now = clock()
    place = ProductId(command.product_id), WarehouseId(command.warehouse_id)
    holdings = ledger.read([place], now)
    product = require_present(holdings.products.get(place[0]), "/productId")
    require_present(holdings.warehouses.get(place[1]), "/warehouseId")
    unit_cost = None if command.unit_cost is None else command.unit_cost.to_money()
    change = StockChange(
        product_id=place[0],
        warehouse_id=place[1],
        quantity=_difference(command, product, holdings.levels[place].on_hand),
        unit_cost=cost_in(holdings.currency, unit_cost, "/unitCost"),
        lots=command.lot_quantities(),
        serials=command.serials,
    )
    cause = Cause(MovementType.ADJUSTMENT, command.reason, note=command.note)
    (movement,) = ledger.move([change], holdings, cause=cause, now=now)
    return movement


def _difference(command: AdjustStock, product: Product, on_hand: Decimal) -> Decimal:
    if command.quantity is not None:
        require_whole(product, command.quantity, "/quantity")
        return command.quantity
    counted = command.counted_to or Decimal(0)
    require_whole(product, counted, "/countedTo")
    return counted - on_hand
