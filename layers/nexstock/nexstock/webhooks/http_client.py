"""One POST to a customer's server: bounded in time and size, no redirects, to the address that was checked."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from typing import Final

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from nexstock.webhooks.targets import TargetUrl

TOTAL_S: Final = 10.0
_CONNECT_S: Final = 4.0
"""For TCP and for TLS each, so that both together end before the whole does."""
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
    connection = _connection(target, address)
    try:
        connection.connect()
        with _cut_off(connection, ends_at):
            connection.request(
                "POST",
                target.path,
                body=body,
                headers={**headers, "Host": target.authority},
                preload_content=False,
                decode_content=False,
            )
            response = connection.getresponse()
            return Answer(response.status, _beginning(response))
    except (HTTPError, HTTPException, OSError) as error:
        kind = "TimeoutError" if time.monotonic() >= ends_at else type(error).__name__
        raise NoAnswer(kind) from None
    finally:
        connection.close()


def _connection(target: TargetUrl, address: str) -> HTTPConnection:
    if target.scheme == "https":
        return HTTPSConnection(address, target.port, timeout=_CONNECT_S, server_hostname=target.host)
    return HTTPConnection(address, target.port, timeout=_CONNECT_S)


@contextlib.contextmanager
def _cut_off(connection: HTTPConnection, ends_at: float) -> Iterator[None]:
    """End the connection at a moment, whatever the receiver is doing by then.

    A socket's timeout counts from the last byte, so a receiver that sends, or takes, a byte now and then would
    never meet one.
    """
    connection.timeout = TOTAL_S
    timer = threading.Timer(ends_at - time.monotonic(), _shut, [connection.sock])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(connected: socket.socket) -> None:
    # Below TLS, whose own shutdown is not for a second thread.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


def _beginning(response: BaseHTTPResponse) -> str:
    """Read the answer as far as it is of interest; one that never ends is left."""
    content = b""
    # The status has been received and counts, even if the rest of the answer never comes.
    with contextlib.suppress(HTTPError):
        for chunk in response.stream(_CHUNK_BYTES):
            content += chunk
            if len(content) >= _MAX_ANSWER_BYTES:
                break
    return content[:_KEPT_BYTES].decode("utf-8", errors="replace")
