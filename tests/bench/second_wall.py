"""What it costs a request to be signed for its organization alone: warm, and for the first time in a container."""

from collections.abc import Iterator
from typing import Final

from functions.products import get_product
from nexstock.persistence import organization_credentials
from tests.bench.engine import running_engine
from tests.bench.product_request import ProductRequest
from tests.bench.statistics import median, ms, percentile, ratio, row, timed_in_turns
from tests.support.events import Context
from tests.support.organization_sessions import organization_sessions

TITLE: Final = "GET /v1/products/{id} in one process: signed as the function, and as its session for the organization"

_ROUNDS: Final = 300
_WITHOUT: Final = "signed as the function"
_WARM: Final = "signed for the organization, its session known"
_COLD: Final = "signed for the organization, its session opened first"


def measure() -> Iterator[str]:
    """Tell the medians, and what the second wall adds."""
    with running_engine():
        event = ProductRequest.make().event

        def request() -> None:
            answer = get_product.handler(event, Context())  # type: ignore[arg-type]
            assert answer["statusCode"] == 200

        def cold() -> None:
            organization_credentials._SESSIONS.clear()  # noqa: SLF001 (a new container has none)
            request()

        # Signing by organization is switched on for a client; so both are measured in turns of many.
        seconds: dict[str, list[float]] = {_WITHOUT: [], _WARM: [], _COLD: []}
        for _turn in range(6):
            seconds[_WITHOUT] += timed_in_turns({_WITHOUT: request}, _ROUNDS // 6)[_WITHOUT]
            with organization_sessions():
                request()
                seconds[_WARM] += timed_in_turns({_WARM: request}, _ROUNDS // 6)[_WARM]
                seconds[_COLD] += timed_in_turns({_COLD: cold}, _ROUNDS // 6)[_COLD]
    base = median(seconds[_WITHOUT])
    yield row("", "p50", "p99", "p50 ratio")
    for name, each in seconds.items():
        yield row(name, ms(median(each)), ms(percentile(each, 99)), ratio(median(each), base))
