"""Names and connections under a test's control: what DNS answers, and a list of every address that is called."""

import errno
import socket
from collections.abc import Sequence
from typing import Any, Final

import pytest

ResolverAnswer = Sequence[tuple[int, int, int, str, tuple[Any, ...]]]

_REAL_RESOLVER: Final = socket.getaddrinfo
_REAL_CONNECT: Final = socket.socket.connect


class Resolver:
    """Stands in for DNS: each name has a list of answers, given one after the other, the last one for ever."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._answers: dict[str, list[list[str]]] = {}
        self._for_all: str | None = None
        monkeypatch.setattr(socket, "getaddrinfo", self._resolve)

    def answer(self, name: str, *answers: list[str]) -> None:
        """Set what a name resolves to, the first time, the second time, and so on."""
        self._answers[name] = [list(answer) for answer in answers]

    def answer_all(self, address: str) -> None:
        """Have every name, and everything else that is asked for, resolve to one address."""
        self._for_all = address

    def _resolve(self, host: str, port: int, *_rest: int, **_options: int) -> ResolverAnswer:
        if self._for_all is not None and host not in self._answers:
            return [_entry(self._for_all, port)]
        if host not in self._answers:
            # Addresses need no DNS; unknown names have none.
            return _REAL_RESOLVER(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        answers = self._answers[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [_entry(address, port) for address in addresses]


class ConnectionSpy:
    """Records the address of every `connect`; nothing but loopback is really called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.addresses: list[str] = []

        def connect(caller: socket.socket, address: Any) -> None:  # noqa: ANN401 (an address of any family)
            self.addresses.append(str(address[0]))
            if not str(address[0]).startswith("127."):
                raise ConnectionRefusedError
            _REAL_CONNECT(caller, address)

        def connect_ex(caller: socket.socket, address: Any) -> int:  # noqa: ANN401 (an address of any family)
            try:
                connect(caller, address)
            except OSError as refusal:
                return refusal.errno or errno.ECONNREFUSED
            return 0

        monkeypatch.setattr(socket.socket, "connect", connect)
        monkeypatch.setattr(socket.socket, "connect_ex", connect_ex)


def _entry(address: str, port: int) -> tuple[int, int, int, str, tuple[Any, ...]]:
    family, place = (socket.AF_INET6, (address, port, 0, 0)) if ":" in address else (socket.AF_INET, (address, port))
    return int(family), int(socket.SOCK_STREAM), socket.IPPROTO_TCP, "", place
