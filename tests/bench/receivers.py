"""Whether one bad receiver slows down the others: attempts at good ones, alone and beside each kind of bad one.

A worker stands for one of the sender's containers, of which the queue has at most 50 at once; what is due waits for
a free one, as a note on the queue does.
"""

import contextlib
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from nexstock.outbound import http_client
from nexstock.outbound.http_client import NoAnswer
from nexstock.outbound.targets import parse_target, resolve
from nexstock.webhooks.signing import new_signing_secret, signature_headers
from tests.bench.statistics import median, ms, percentile, ratio, row
from tests.support.receivers import Behaviour, answering, hanging, receiver, sending, trickling

TITLE: Final = "Attempts at good receivers, 40 a second, beside a bad one that gets 2 a second"

_WORKERS: Final = 50
_GOOD_A_SECOND: Final = 40
_BAD_A_SECOND: Final = 2
_SECONDS: Final = 5
_ROUNDS: Final = 4
_BODY: Final = b'{"id":"msg_1","data":"' + b"x" * 1000 + b'"}'
_HEAD: Final = b"HTTP/1.1 200 OK\r\n"
_KINDS: Final[Mapping[str, Behaviour]] = {
    "a good one, for comparison": answering(200),
    "one that never answers": hanging(),
    "one that answers a byte at a time": trickling(_HEAD + b"Content-Length: 100000\r\n\r\n", b"a"),
    "one that answers 10 MB": answering(200, body=b"y" * (10 * 1024 * 1024)),
    "one that closes at once": sending(b""),
    "one that refuses": answering(500),
}
_SIGNATURES: Final = 5000


def measure() -> Iterator[str]:
    """Tell p50 and p99 of the good receivers' attempts beside each kind, in turns with those beside a good one."""
    yield row("beside", "p50", "p99", "good p99", "ratio")
    for name, behaviour in _KINDS.items():
        seconds, base = [], []
        for _ in range(_ROUNDS):
            base += _beside(answering(200))
            seconds += _beside(behaviour)
        p99, base_p99 = percentile(seconds, 99), percentile(base, 99)
        yield row(name, ms(median(seconds)), ms(p99), ms(base_p99), ratio(p99, base_p99))
    secret, key = new_signing_secret(), Ed25519PrivateKey.generate()
    for name, keys in (("signing, HMAC alone", []), ("signing, HMAC and Ed25519", [key])):
        began = time.process_time()
        for number in range(_SIGNATURES):
            signature_headers([secret], keys, message_id="msg_1", timestamp=number, body=_BODY)
        yield row(name, f"{(time.process_time() - began) / _SIGNATURES * 1e6:.0f} µs CPU")


def _beside(behaviour: Behaviour) -> list[float]:
    """Return how long each message to the good receiver took from when it was due."""
    with (
        receiver() as good,
        receiver(behaviour) as other,
        ThreadPoolExecutor(_WORKERS) as workers,
    ):
        begins = time.monotonic() + 0.5
        plan = [(begins + number / _GOOD_A_SECOND, good.url) for number in range(_SECONDS * _GOOD_A_SECOND)]
        plan += [(begins + number / _BAD_A_SECOND, other.url) for number in range(_SECONDS * _BAD_A_SECOND)]
        made = []
        for due, url in sorted(plan):
            time.sleep(max(due - time.monotonic(), 0))
            made.append((url, workers.submit(_attempt, url, due)))
        return [attempt.result() for url, attempt in made if url == good.url]


def _attempt(url: str, due: float) -> float:
    target = parse_target(url, insecure_allowed=True)
    with contextlib.suppress(NoAnswer):
        http_client.post(target, resolve(target, insecure_allowed=True), {}, _BODY)
    return time.monotonic() - due
