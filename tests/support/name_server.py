"""A DNS server on loopback that holds TXT records: what customers put into DNS to prove their domains.

Its port is taken when this module is imported, because the environment names it before anything starts.
"""

import atexit
import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Final

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

_SOCKET: Final = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
_SOCKET.bind(("127.0.0.1", 0))
atexit.register(_SOCKET.close)
PORT: Final[int] = _SOCKET.getsockname()[1]

_MAX_QUERY_BYTES: Final = 512
_zone: Final[dict[str, list[str]]] = {}
_silent: Final[set[str]] = set()


def publish(name: str, *texts: str) -> None:
    """Put TXT records at a name, in the place of those that were there."""
    _zone[name.rstrip(".").lower()] = list(texts)


@contextlib.contextmanager
def silent_about(name: str) -> Iterator[None]:
    """Leave questions about a name unanswered within the block."""
    _silent.add(name)
    try:
        yield
    finally:
        _silent.discard(name)


@contextlib.contextmanager
def failing_for(name: str) -> Iterator[None]:
    """Answer SERVFAIL to questions about a name within the block."""
    _failing.add(name)
    try:
        yield
    finally:
        _failing.discard(name)


def start() -> None:
    """Begin to answer; the thread ends with the process."""
    if not _started.is_set():
        _started.set()
        threading.Thread(target=_answer_all, daemon=True).start()


_failing: Final[set[str]] = set()
_started: Final = threading.Event()


def _answer_all() -> None:
    while True:
        try:
            wire, sender = _SOCKET.recvfrom(_MAX_QUERY_BYTES)
        except OSError:
            return
        if (answer := _answer(dns.message.from_wire(wire))) is not None:
            _SOCKET.sendto(answer.to_wire(), sender)


def _answer(query: dns.message.Message) -> dns.message.Message | None:
    question = query.question[0]
    name = question.name.to_text(omit_final_dot=True).lower()
    if name in _silent:
        return None
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.AA
    if name in _failing:
        answer.set_rcode(dns.rcode.SERVFAIL)
    elif name not in _zone:
        answer.set_rcode(dns.rcode.NXDOMAIN)
    elif question.rdtype == dns.rdatatype.TXT:
        for text in _zone[name]:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", "TXT", f'"{text}"'))
    return answer
