"""How long a change takes to arrive at a webhook, on the local platform, and what a sender's time goes into.

The first needs a platform that runs (`make start`), and is left out without one. The second is one process: the engines
of the tests, and a server on loopback that answers at once.
"""

import cProfile
import json
import pstats
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from infra.local.platform.customer import Customer
from infra.local.platform.paths import PLATFORM_FILE
from infra.local.platform.receiver import Receiver
from infra.local.platform.stack import RunningPlatform
from nexstock.observability import logger
from tests.bench.engine import running_engine
from tests.bench.statistics import median, ms, percentile, row
from tests.support.attempts import a_message, attempt
from tests.support.people import an_organization
from tests.support.receivers import receiver
from tests.support.webhooks import Queues, an_endpoint

TITLE: Final = "Webhooks: from the commit to the receiver, and what one sender does"

_CHANGES: Final = 1_000
_EVERY_S: Final = 0.25
"""Within the platform's limit of writes."""

_PATIENCE_S: Final = 120.0
_POLL_S: Final = 0.001
_DELIVERIES: Final = 1_000
_PARTS: Final = {
    "DynamoDB": ("pynamodb/connection/base.py", "dispatch"),
    "opening the secret": ("crypto/envelope.py", "open_sealed"),
    "signing": ("webhooks/signing.py", "signature_headers"),
    "DNS and its checks": ("outbound/targets.py", "resolve"),
    "HTTP": ("outbound/http_client.py", "post"),
}
"""What is looked for in the profile, each with all that it calls."""


def measure() -> Iterator[str]:
    """Tell p50 and p99 of the first, and the shares of the second."""
    if PLATFORM_FILE.exists():
        yield from _arrivals(json.loads(PLATFORM_FILE.read_text()))
    else:
        yield "no platform runs here: make start"
    logger.setLevel("ERROR")
    with running_engine() as database, receiver() as server:
        yield f"one sender; the database is {database}"
        yield from _one_sender(server.url)


def _arrivals(platform: Mapping[str, Any]) -> Iterator[str]:
    running = RunningPlatform(platform["apiUrl"], platform["mailboxUrl"], aws_endpoint_url="")
    with Customer(running) as customer, Receiver() as hooks:
        owner = customer.new_owner()
        body = {"url": hooks.url, "events": ["product.created"]}
        assert customer.http.post("/v1/webhook-endpoints", json=body, headers=owner.headers).status_code == 201
        arrived: dict[str, float] = {}
        done = threading.Event()
        watching = threading.Thread(target=_watch, args=(hooks, arrived, done))
        watching.start()
        committed = _changes(customer, owner.headers)
        ends_at = time.monotonic() + _PATIENCE_S
        while len(arrived) < _CHANGES and time.monotonic() < ends_at:
            time.sleep(_POLL_S)
        done.set()
        watching.join()
    seconds = [arrived[product] - at for product, at in committed.items() if product in arrived]
    yield f"{len(seconds):,} of {_CHANGES:,} changes arrived, {1 / _EVERY_S:.0f} a second"
    yield row("from the answer of the API to the request at the receiver", "p50", "p99", "most")
    yield row("", ms(median(seconds)), ms(percentile(seconds, 99)), ms(max(seconds)))


def _changes(customer: Customer, headers: dict[str, str]) -> dict[str, float]:
    committed: dict[str, float] = {}
    for number in range(_CHANGES):
        began = time.monotonic()
        answer = customer.http.post("/v1/products", json={"sku": f"W{number}", "name": "Bolt"}, headers=headers)
        assert answer.status_code == 201, answer.text
        committed[answer.json()["id"]] = time.monotonic()
        time.sleep(max(_EVERY_S - (time.monotonic() - began), 0))
    return committed


def _watch(hooks: Receiver, arrived: dict[str, float], done: threading.Event) -> None:
    seen = 0
    while not done.wait(_POLL_S):
        now = time.monotonic()
        for delivery in hooks.deliveries[seen:]:
            arrived.setdefault(json.loads(delivery.body)["data"]["id"], now)
            seen += 1


def _one_sender(url: str) -> Iterator[str]:
    home, queues = an_organization(), Queues()
    endpoint = an_endpoint(home, url)
    for _ in range(50):
        attempt(a_message(home, endpoint.id), queues)
    notes = [a_message(home, endpoint.id) for _ in range(_DELIVERIES)]
    began, cpu = time.perf_counter(), time.thread_time()
    for note in notes[: _DELIVERIES // 2]:
        attempt(note, queues)
    took_s, cpu_s = time.perf_counter() - began, time.thread_time() - cpu
    count = _DELIVERIES // 2
    yield f"{count / took_s:.0f} deliveries a second, {ms(took_s / count)} each, of it {ms(cpu_s / count)} of CPU"
    profile = cProfile.Profile(time.thread_time)
    profile.enable()
    for note in notes[_DELIVERIES // 2 :]:
        attempt(note, queues)
    profile.disable()
    yield from _shares(pstats.Stats(profile))


def _shares(stats: pstats.Stats) -> Iterator[str]:
    timed: dict[tuple[str, int, str], tuple[int, int, float, float, Any]] = stats.stats  # type: ignore[attr-defined]
    spent = {(file, name): cumulative for (file, _, name), (_, _, _, cumulative, _) in timed.items()}
    whole = next(each for (file, name), each in spent.items() if name == "deliver" and file.endswith("delivery.py"))
    yield row("share of the sender's own CPU, under a profiler", "share")
    for part, (module, function) in _PARTS.items():
        its = sum(each for (file, name), each in spent.items() if name == function and file.endswith(module))
        yield row(f"  {part}", f"{its / whole:.0%}")
