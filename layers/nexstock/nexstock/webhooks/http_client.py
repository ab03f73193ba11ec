"""One POST to a customer's server: bounded in time and size, no redirects, to the address that was checked."""

import contextlib
import time
from dataclasses import dataclass
from typing import Final

import urllib3
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from nexstock.webhooks.targets import TargetUrl

TOTAL_S: Final = 10.0
_CONNECT_S: Final = 5.0
_MAX_ANSWER_BYTES: Final = 64 * 1024
_KEPT_BYTES: Final = 1024
_CHUNK_BYTES: Final = 4096


class NoAnswer(Exception):  # noqa: N818 (names the fact)
    """The receiver did not answer in time, or not in HTTP; the message names the kind of failure only."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver answered; `beginning` is at most 1 KB of it."""

    status: int
    beginning: str


def post(target: TargetUrl, address: str, headers: dict[str, str], body: bytes) -> Answer:
    """Send the body and return the answer.

    The connection goes to `address`, while TLS and `Host` name the target's host, so what was checked is what is
    called. An environment's proxy settings have no say.

    Raises:
        NoAnswer: no connection, no valid certificate, too slow, or not HTTP.
    """
    ends_at = time.monotonic() + TOTAL_S
    pool = _pool(target, address)
    try:
        response = pool.urlopen(
            "POST",
            target.path,
            body=body,
            headers={**headers, "Host": target.authority},
            redirect=False,
            retries=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
        )
        return Answer(response.status, _beginning(response, ends_at))
    except HTTPError as error:
        raise NoAnswer(type(error).__name__) from None
    finally:
        pool.close()


def _pool(target: TargetUrl, address: str) -> HTTPConnectionPool:
    timeout = urllib3.Timeout(connect=_CONNECT_S, read=TOTAL_S, total=TOTAL_S)
    if target.scheme == "https":
        return HTTPSConnectionPool(
            address, target.port, timeout=timeout, server_hostname=target.host, assert_hostname=target.host
        )
    return HTTPConnectionPool(address, target.port, timeout=timeout)


def _beginning(response: BaseHTTPResponse, ends_at: float) -> str:
    """Read the answer as far as it is kept; a receiver that trickles or never ends is cut off."""
    content = b""
    # The status has been received and counts, even if the rest of the answer never comes.
    with contextlib.suppress(HTTPError):
        for chunk in response.stream(_CHUNK_BYTES):
            content += chunk
            if len(content) >= _MAX_ANSWER_BYTES or time.monotonic() > ends_at:
                break
    return content[:_KEPT_BYTES].decode("utf-8", errors="replace")
