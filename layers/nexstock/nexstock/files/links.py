"""Ways to a file that clients are given; apart from the storage, so that showing one loads nothing of AWS."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

LINK_LIFETIME: Final = timedelta(minutes=15)
"""Whoever has a link or a form can use it, so neither is good for long."""


@dataclass(frozen=True, slots=True)
class UploadForm:
    """What a client posts a file with: to `url`, these fields first and the file last, before `expires_at`."""

    url: str
    fields: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """Where a file can be had until `expires_at`."""

    url: str
    expires_at: datetime
