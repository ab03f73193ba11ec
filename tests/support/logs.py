"""Reads what the layer logs, as the lines that go to CloudWatch, and the metrics that CloudWatch finds in them."""

import contextlib
import io
import json
import logging
from collections.abc import Iterator, Mapping
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


def metrics_in(text: str) -> list[Mapping[str, Any]]:
    """Return the metrics of what was printed: of each line their values, and its dimensions, by name."""
    lines = [json.loads(line) for line in text.splitlines() if '"_aws"' in line]
    return [{name: value for name, value in line.items() if name != "_aws"} for line in lines]


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
