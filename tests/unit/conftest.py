"""Unit tests reach nothing: a socket opened by one of them fails it."""

from collections.abc import Iterator

import pytest
import pytest_socket


@pytest.fixture(autouse=True)
def _nothing_is_reached(socket_disabled: None) -> Iterator[None]:  # noqa: ARG001 (a fixture is asked for by its name)
    """Have pytest-socket refuse every socket.

    A test that puts its own resolver in place puts back what it found, which is the refusal, and does so after
    pytest-socket has lifted it. Without lifting it here, the next test of this process could resolve no name.
    """
    yield
    pytest_socket.enable_socket()
