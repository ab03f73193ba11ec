"""What can be done with count sheets, until they are posted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from nexstock.clock import Clock, utc_now
from nexstock.counts.model import Count, CountLine, CountStatus, LineStatus
from nexstock.counts.schemas import CountedLine, CreateCount, RecordLines
from nexstock.errors import FieldError, InvalidRequest
from nexstock.ids import CountId, ProductId, new_id
from nexstock.persistence.tenant_items import Page
from nexstock.resources.lifecycle import Resources, read_version, stage_change
from nexstock.stock.checks import require_found, require_own_stock, require_present, require_untracked, require_whole
from nexstock.stock.ledger import Holdings, StockLedger
from nexstock.warehouses.model import Warehouse

_AT_ONCE: Final = 45
"""Levels that the ledger reads in one call."""


class Lines(Protocol):
    """The lines of an organization's count sheets."""

    def list_of(self, count_id: CountId, *, limit: int, after: str | None) -> Page[CountLine]:
        """Return lines of a sheet by product."""

    def named(self, count_id: CountId, product_ids: Sequence[ProductId]) -> dict[ProductId, CountLine]:
        """Return those lines that there are already."""

    def store(self, line: CountLine) -> None:
        """Stage a line, or the next version of one."""


def create_count(
    command: CreateCount, *, counts: Resources[Count], warehouses: Resources[Warehouse], clock: Clock = utc_now
) -> Count:
    """Stage a new count sheet and return it.

    Raises:
        InvalidRequest: no such warehouse (422).
    """
    now, warehouse = clock(), require_found(warehouses, command.warehouse_id, "/warehouseId")
    count = Count(
        id=CountId(new_id("cnt", now)),
        version=1,
        created_at=now,
        updated_at=now,
        warehouse_id=warehouse.id,
        status=CountStatus.OPEN,
        name=command.name,
        category=command.category,
        product_ids=tuple(dict.fromkeys(ProductId(each) for each in command.product_ids or ())),
    )
    counts.add(count)
    return count


def record_lines(  # noqa: PLR0913 (what the step needs)
    count_id: str,
    command: RecordLines,
    *,
    expected: int | None,
    counts: Resources[Count],
    lines: Lines,
    ledger: StockLedger,
    clock: Clock = utc_now,
) -> Count:
    """Stage what was counted, beside what the levels say at this moment, and return the sheet.

    Raises:
        NotFound: no such sheet here (404).
        PreconditionFailed: `expected` is not its version (412).
        InvalidState: it is not open (409).
        InvalidRequest: a product that is not here, not of the sheet, posted already, or named twice; or a fraction of
            what is counted in whole units (422).
    """
    now = clock()
    before = read_version(count_id, expected=expected, resources=counts)
    before.require(CountStatus.OPEN)
    product_ids = [ProductId(line.product_id) for line in command.lines]
    _require_once(product_ids)
    progress = before.progress
    for first in range(0, len(product_ids), _AT_ONCE):
        some = product_ids[first : first + _AT_ONCE]
        holdings = ledger.read([(product_id, before.warehouse_id) for product_id in some], now)
        standing = lines.named(before.id, [each for each in some if each in holdings.products])
        for place, counted in enumerate(command.lines[first : first + _AT_ONCE], first):
            line = _line(before, counted, f"/lines/{place}", holdings, standing, now)
            progress = progress.with_change(standing.get(line.product_id), line)
            lines.store(line)
    # A sheet that says nothing new is written all the same, so that no line gets onto one that is posted meanwhile.
    after = replace(before, progress=progress, version=before.version + 1, updated_at=now)
    counts.change(before, after)
    return after


def cancel_count(count_id: str, *, expected: int | None, counts: Resources[Count], clock: Clock = utc_now) -> Count:
    """Stage the end of a sheet; what was posted stays.

    Raises:
        NotFound: no such sheet here (404).
        PreconditionFailed: `expected` is not its version (412).
        InvalidState: it is not open (409).
    """
    before = read_version(count_id, expected=expected, resources=counts)
    before.require(CountStatus.OPEN)
    return stage_change(before, replace(before, status=CountStatus.CANCELLED), resources=counts, clock=clock)


def _require_once(product_ids: Sequence[ProductId]) -> None:
    named: set[ProductId] = set()
    for place, product_id in enumerate(product_ids):
        if product_id in named:
            raise InvalidRequest([FieldError(f"/lines/{place}/productId", "is named twice")])
        named.add(product_id)


def _line(  # noqa: PLR0913 (what a line is made of)
    count: Count,
    counted: CountedLine,
    pointer: str,
    holdings: Holdings,
    standing: Mapping[ProductId, CountLine],
    now: datetime,
) -> CountLine:
    product = require_present(holdings.products.get(ProductId(counted.product_id)), f"{pointer}/productId")
    require_own_stock(product, f"{pointer}/productId")
    require_untracked(product, f"{pointer}/productId", instead="adjust the units that are missing or too many")
    require_whole(product, counted.counted, f"{pointer}/counted")
    if not count.covers(product):
        raise InvalidRequest([FieldError(f"{pointer}/productId", "is none of the sheet's")])
    before = standing.get(product.id)
    if before is not None and before.status is LineStatus.POSTED:
        raise InvalidRequest([FieldError(f"{pointer}/productId", "is posted already")])
    level = holdings.levels[product.id, count.warehouse_id]
    return CountLine(
        count_id=count.id,
        product_id=product.id,
        version=1 if before is None else before.version + 1,
        created_at=now if before is None else before.created_at,
        updated_at=now,
        counted=counted.counted,
        on_hand=level.on_hand,
        level_version=level.version,
        counted_at=now,
        note=counted.note,
    )
