"""A receipt, and until when copies of what was destroyed can lie somewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

ORGANIZATION: Final = "ORGANIZATION"
"""What the receipt of a whole organization is of; that of a customer is of their id."""

FILES_END_AFTER: Final = timedelta(days=2)
"""An exported file is expired a day after it was made, at the midnight that follows (infra/data.yaml)."""


Sign = Callable[[str, dict[str, Any]], str]
"""Signs a document of a kind, and returns it as a file."""


class DocumentKind(StrEnum):
    """What a receipt is, as it is signed."""

    DESTRUCTION = "destruction-receipt"
    ERASURE = "erasure-receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """That something was destroyed, and that backups of its keys end at `keys_end`.

    `document` is the signed text, `told_at` when all were told whom it concerns.
    """

    about: str
    destroyed_at: datetime
    keys_end: datetime
    document: str
    told_at: datetime | None = None
