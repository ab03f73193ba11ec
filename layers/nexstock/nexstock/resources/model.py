"""The beginning of every resource's model."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Something with an identity and versions, that can be deleted and restored.

    A field with a default is one that a merge patch may remove: it then is what it would be had nobody named it.
    """

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
