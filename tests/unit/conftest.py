"""Unit tests reach nothing: a socket opened by one of them fails it."""

import pytest


@pytest.fixture(autouse=True)
def _nothing_is_reached(socket_disabled: None) -> None:
    """Have pytest-socket refuse every socket."""
