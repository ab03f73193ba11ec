"""Posting what was counted: slice by slice, each of them one transaction of lines, levels, movements and the sheet.

The sheet says how far it has got, and is written with each slice only as the version after the one that was read. So
whatever crashes, comes twice or happens at the same time, each line is posted once. The first slice belongs to the
request that asks for it; the others are worked through in the background.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from nexstock.auth.principals import system_tenant
from nexstock.clock import Clock, utc_now
from nexstock.counts.model import Count, CountLine, CountStatus, LineStatus, Refusal
from nexstock.counts.repository import CountLineRepository, CountRepository
from nexstock.counts.service import Lines
from nexstock.errors import NotFound
from nexstock.ids import OrganizationId, ProductId
from nexstock.observability import logger
from nexstock.persistence.transaction import repeated
from nexstock.products.model import Tracking
from nexstock.resources.lifecycle import Resources, read_version
from nexstock.stock.errors import InsufficientStock
from nexstock.stock.ledger import Holdings, StockLedger
from nexstock.stock.model import Cause, MovementType, Reference, StockChange

_SLICE: Final = 30
"""Lines of one transaction: each is three writes, and the ledger may check five more."""

_MOST_SLICES: Final = 5
"""Worked through for one message; well within the function's time."""

_DELAY_S: Final = 15
"""Longer than a request lasts, so that the background begins when the first slice is written, or is known not to be."""


class Enqueue(Protocol):
    """Puts a message on a queue."""

    def __call__(self, queue: str, message: Mapping[str, str], *, delay_s: int) -> None:
        """Put a message on a queue, visible after a delay."""


def post_count(  # noqa: PLR0913 (what the step needs)
    count_id: str,
    *,
    expected: int | None,
    organization_id: OrganizationId,
    counts: Resources[Count],
    lines: Lines,
    ledger: StockLedger,
    enqueue: Enqueue,
    clock: Clock = utc_now,
) -> Count:
    """Stage the first slice of a sheet and return the sheet; what is left of it is queued.

    It is queued before the commit and begins after it, so a crash in between loses nothing; where the commit fails,
    the message finds a sheet that is not being posted, and is dropped. A sheet that is being posted goes on.

    Raises:
        NotFound: no such sheet here (404).
        PreconditionFailed: `expected` is not its version (412).
        InvalidState: it is posted or cancelled (409).
    """
    before = read_version(count_id, expected=expected, resources=counts)
    before.require(CountStatus.OPEN, CountStatus.POSTING)
    after = _post_slice(before, counts, lines, ledger, clock())
    if after.status is CountStatus.POSTING:
        enqueue("COUNTS", {"organizationId": organization_id, "countId": before.id}, delay_s=_DELAY_S)
    return after


def continue_posting(message: Mapping[str, str], *, enqueue: Enqueue, clock: Clock = utc_now) -> None:
    """Post some more of a sheet, and queue the rest."""
    for _ in range(_MOST_SLICES):
        if not repeated(lambda: _posts_more(message, clock())):
            return
    enqueue("COUNTS", message, delay_s=0)


def _posts_more(message: Mapping[str, str], now: datetime) -> bool:
    tenant = system_tenant(OrganizationId(message["organizationId"]), "stock_count")
    counts = CountRepository(tenant)
    try:
        before = counts.get(message["countId"])
    except NotFound:
        # The organization was removed meanwhile.
        logger.info("posting dropped", organization_id=tenant.organization_id)
        return False
    if before.status is not CountStatus.POSTING:
        return False
    after = _post_slice(before, counts, CountLineRepository(tenant), StockLedger(tenant), now)
    tenant.transaction.commit()
    return after.status is CountStatus.POSTING


def _post_slice(before: Count, counts: Resources[Count], lines: Lines, ledger: StockLedger, now: datetime) -> Count:
    page = lines.list_of(before.id, limit=_SLICE, after=before.posted_through)
    pending = [line for line in page.items if line.status is not LineStatus.POSTED]
    holdings = ledger.read([(line.product_id, before.warehouse_id) for line in pending], now)
    refusals = _moved(before, pending, holdings, ledger, now)
    progress = before.progress
    for line in pending:
        outcome = _outcome(line, refusals.get(line.product_id), now)
        progress = progress.with_change(line, outcome)
        lines.store(outcome)
    after = replace(
        before,
        version=before.version + 1,
        updated_at=now,
        progress=progress,
        posted_through=page.last_key,
        status=_status(page.last_key, refused=progress.refused),
    )
    counts.change(before, after)
    return after


def _moved(
    count: Count, pending: Sequence[CountLine], holdings: Holdings, ledger: StockLedger, now: datetime
) -> Mapping[ProductId, Refusal]:
    """Stage the differences that can be posted, and return why the others cannot."""
    judged = {line.product_id: _refusal_of(line, count, holdings) for line in pending}
    refusals = {product_id: refusal for product_id, refusal in judged.items() if refusal is not None}
    changes = {line.product_id: _change(line, count) for line in pending if line.product_id not in refusals}
    cause = Cause(MovementType.COUNT, "count", Reference("count", count.id))
    try:
        ledger.move(list(changes.values()), holdings, cause=cause, now=now)
    except InsufficientStock as refusal:
        short = {shortage.product_id for shortage in refusal.shortages}
        refusals |= dict.fromkeys(short, Refusal.INSUFFICIENT_STOCK)
        rest = [change for product_id, change in changes.items() if product_id not in short]
        # Every line has a level of its own, so that what was not short is not short without the others either.
        ledger.move(rest, holdings, cause=cause, now=now)
    return refusals


def _refusal_of(line: CountLine, count: Count, holdings: Holdings) -> Refusal | None:
    product = holdings.products.get(line.product_id)
    if product is None or count.warehouse_id not in holdings.warehouses:
        return Refusal.DELETED
    is_counted = product.tracking is Tracking.NONE and not product.is_kit
    return None if is_counted else Refusal.KEPT_OTHERWISE


def _change(line: CountLine, count: Count) -> StockChange:
    return StockChange(product_id=line.product_id, warehouse_id=count.warehouse_id, quantity=line.difference)


def _outcome(line: CountLine, refusal: Refusal | None, now: datetime) -> CountLine:
    status = LineStatus.POSTED if refusal is None else LineStatus.REFUSED
    return replace(line, version=line.version + 1, updated_at=now, status=status, refusal=refusal)


def _status(last_key: str | None, *, refused: int) -> CountStatus:
    if last_key is not None:
        return CountStatus.POSTING
    # What could not be posted can be counted again, or posted again once the stock is there.
    return CountStatus.OPEN if refused else CountStatus.POSTED
