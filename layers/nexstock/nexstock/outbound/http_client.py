"""One request to a customer's server: bounded in time and size, no redirects, to the address that was checked."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Final

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from nexstock.outbound.targets import TargetUrl

TOTAL_S: Final = 10.0
MAX_CONTENT_BYTES: Final = 64 * 1024
_CONNECT_SHARE: Final = 0.4
"""For TCP and for TLS each, so that both together end before the whole does."""
_CHUNK_BYTES: Final = 4096


class NoAnswer(Exception):  # noqa: N818 (names the fact)
    """The server did not answer in time, or not in HTTP; the message names the kind of failure only."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered.

    `content` is as much of the body as was read; `is_complete` tells whether that is all of it: neither cut at the
    limit, nor ended early, nor still on its way when the time was over. `retry_after` is that header's text.
    """

    status: int
    content_type: str
    content: bytes
    is_complete: bool
    retry_after: str | None = None

    def beginning(self, most_bytes: int) -> str:
        """Return the first bytes of the content as text, for people to read."""
        return self.content[:most_bytes].decode("utf-8", errors="replace")


def post(
    target: TargetUrl, address: str, headers: Mapping[str, str], body: bytes, *, total_s: float = TOTAL_S
) -> Answer:
    """Send the body and return the answer.

    The connection goes to `address`, while TLS and `Host` name the target's host, so what was checked is what is
    called. An environment's proxy settings have no say.

    Raises:
        NoAnswer: no connection, no valid certificate, too slow, or not HTTP.
    """
    return _exchange("POST", target, address, headers, body, total_s)


def get(target: TargetUrl, address: str, headers: Mapping[str, str], *, total_s: float = TOTAL_S) -> Answer:
    """Ask for what is at the target, as `post` sends.

    Raises:
        NoAnswer: no connection, no valid certificate, too slow, or not HTTP.
    """
    return _exchange("GET", target, address, headers, None, total_s)


def _exchange(  # noqa: PLR0913 (the parts of a request)
    method: str, target: TargetUrl, address: str, headers: Mapping[str, str], body: bytes | None, total_s: float
) -> Answer:
    ends_at = time.monotonic() + total_s
    connection = _connection(target, address, total_s * _CONNECT_SHARE)
    try:
        connection.connect()
        with _cut_off(connection, ends_at):
            connection.request(
                method,
                target.path,
                body=body,
                headers={**headers, "Host": target.authority},
                preload_content=False,
                decode_content=False,
            )
            response = connection.getresponse()
            content, is_complete = _content(response)
            is_complete = is_complete and time.monotonic() < ends_at
            fields = response.headers
            return Answer(
                response.status, fields.get("Content-Type", ""), content, is_complete, fields.get("Retry-After")
            )
    except (HTTPError, HTTPException, OSError) as error:
        kind = "TimeoutError" if time.monotonic() >= ends_at else type(error).__name__
        raise NoAnswer(kind) from None
    finally:
        connection.close()


def _connection(target: TargetUrl, address: str, timeout_s: float) -> HTTPConnection:
    if target.scheme == "https":
        return HTTPSConnection(address, target.port, timeout=timeout_s, server_hostname=target.host)
    return HTTPConnection(address, target.port, timeout=timeout_s)


@contextlib.contextmanager
def _cut_off(connection: HTTPConnection, ends_at: float) -> Iterator[None]:
    """End the connection at a moment, whatever the server is doing by then.

    A socket's timeout counts from the last byte, so a server that sends, or takes, a byte now and then would
    never meet one.
    """
    connection.timeout = TOTAL_S
    timer = threading.Timer(max(ends_at - time.monotonic(), 0), _shut, [connection.sock])
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


def _content(response: BaseHTTPResponse) -> tuple[bytes, bool]:
    """Read the body as far as it is of interest, and tell whether that is all; one that never ends is left."""
    content = b""
    # The status has been received and counts, even if the rest of the answer never comes.
    try:
        for chunk in response.stream(_CHUNK_BYTES):
            content += chunk
            if len(content) > MAX_CONTENT_BYTES:
                return content[:MAX_CONTENT_BYTES], False
    except HTTPError:
        return content, False
    return content, True
