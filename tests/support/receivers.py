"""Customers' servers on loopback: they answer, fail, hang, trickle, never end, or close too early."""

import contextlib
import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

_PATIENCE_S: Final = 15.0
_PIECE: Final = 65536


@dataclass(frozen=True)
class Received:
    """One request as it arrived; names of headers are lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


Behaviour = Callable[[socket.socket, threading.Event], None]
"""What a server does after it has read a request; the event is set when the server stops."""


class Receiver:
    """A running server; `received` holds the requests so far, the newest last."""

    def __init__(self, behaviour: Behaviour, tls: ssl.SSLContext | None, *, reads: bool) -> None:
        self._behaviour, self._tls, self._reads = behaviour, tls, reads
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.received: list[Received] = []
        self.port: int = self._listening.getsockname()[1]

    @property
    def url(self) -> str:
        """An endpoint's URL of this server."""
        return f"http://127.0.0.1:{self.port}/hooks?from=nexstock"

    def start(self) -> None:
        """Begin to accept connections."""
        self._threads[0].start()

    def stop(self) -> None:
        """End every connection and wait for its thread."""
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(_PATIENCE_S)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=[connection], daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        # Whoever calls may go away at any moment, or refuse the certificate.
        with connection, contextlib.suppress(OSError):
            connection.settimeout(_PATIENCE_S)
            with self._tls.wrap_socket(connection, server_side=True) if self._tls else connection as secured:
                if not self._reads:
                    self._behaviour(secured, self._stopping)
                elif (received := _read_request(secured)) is not None:
                    self.received.append(received)
                    self._behaviour(secured, self._stopping)


@contextlib.contextmanager
def receiver(
    behaviour: Behaviour | None = None, *, tls: ssl.SSLContext | None = None, reads: bool = True
) -> Iterator[Receiver]:
    """Run a server until the block ends; it answers 200 unless it is told otherwise.

    Args:
        behaviour: what it does with a connection.
        tls: its certificate, for one that speaks TLS.
        reads: whether it reads a request first.
    """
    server = Receiver(behaviour or answering(200), tls, reads=reads)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def answering(*statuses: int, body: bytes = b"", headers: str = "") -> Behaviour:
    """Answer with each status in turn, and from then on with the last one."""
    turns = itertools.chain(statuses, itertools.repeat(statuses[-1]))

    def answer(connection: socket.socket, _stopping: threading.Event) -> None:
        head = f"HTTP/1.1 {next(turns)} Answer\r\nContent-Length: {len(body)}\r\n{headers}Connection: close\r\n\r\n"
        connection.sendall(head.encode() + body)

    return answer


def sending(content: bytes) -> Behaviour:
    """Send these bytes, whatever they are, and close."""
    return lambda connection, _stopping: connection.sendall(content)


def hanging() -> Behaviour:
    """Read the request and never answer."""
    return lambda _connection, stopping: _wait(stopping, _PATIENCE_S)


def trickling(beginning: bytes, piece: bytes, *, every_s: float = 0.2) -> Behaviour:
    """Send the beginning at once and then a piece now and then, for ever."""

    def trickle(connection: socket.socket, stopping: threading.Event) -> None:
        connection.sendall(beginning)
        while not stopping.wait(every_s):
            connection.sendall(piece)

    return trickle


def endless(beginning: bytes, piece: bytes = b"x" * _PIECE) -> Behaviour:
    """Send the beginning and then pieces as fast as they are taken, for ever."""

    def flood(connection: socket.socket, stopping: threading.Event) -> None:
        connection.sendall(beginning)
        while not stopping.is_set():
            connection.sendall(piece)

    return flood


def _wait(stopping: threading.Event, at_most_s: float) -> None:
    stopping.wait(at_most_s)


def _read_request(connection: socket.socket) -> Received | None:
    stream = connection.makefile("rb")
    with stream:
        target = stream.readline().split()
        if len(target) < 2:
            return None
        headers: dict[str, str] = {}
        while line := stream.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", "0")))
        return Received(target[1].decode(), headers, body)
