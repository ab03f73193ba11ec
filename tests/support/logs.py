"""Reads what the layer logs, as the lines that go to CloudWatch."""

import contextlib
import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nexstock.observability import logger


@dataclass(frozen=True)
class Logged:
    """The lines logged so far."""

    stream: io.StringIO

    @property
    def text(self) -> str:
        """All lines as they are."""
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each line's JSON."""
        return [json.loads(line) for line in self.text.splitlines()]


@contextlib.contextmanager
def logged() -> Iterator[Logged]:
    """Collect what is logged inside the block."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logger.registered_formatter)
    below = logging.getLogger(logger.name)
    below.addHandler(handler)
    try:
        yield Logged(handler.stream)
    finally:
        below.removeHandler(handler)
