"""What the frame of every request costs: a whole handler beside the bare operation inside it, in one process."""

from collections.abc import Iterator
from typing import Final

from functions.products import get_product
from nexstock.persistence.transaction import Transaction
from tests.bench.engine import running_engine
from tests.bench.product_request import ProductRequest
from tests.bench.statistics import median, ms, percentile, ratio, row, timed_in_turns
from tests.support.events import Context
from tests.support.people import ORIGIN

TITLE: Final = "GET /v1/products/{id} in one process: the whole handler beside its bare operation"

_ROUNDS: Final = 400
_BARE: Final = "the operation alone: one GetItem and the view"
_WHOLE: Final = "the handler: frame, validation, operation, headers"


def measure() -> Iterator[str]:
    """Tell both medians, and what the frame adds."""
    with running_engine():
        request = ProductRequest.make()
        actions = {
            _BARE: lambda: get_product.get_product(
                request.product_id, request.principal.as_caller(ORIGIN, Transaction())
            ),
            _WHOLE: lambda: get_product.handler(request.event, Context()),  # type: ignore[arg-type]
        }
        timed_in_turns(actions, 20)
        seconds = timed_in_turns(actions, _ROUNDS)
    base = median(seconds[_BARE])
    yield row("", "p50", "p99", "p50 ratio")
    for name, each in seconds.items():
        yield row(name, ms(median(each)), ms(percentile(each, 99)), ratio(median(each), base))
    yield row("the frame adds", ms(median(seconds[_WHOLE]) - base))
