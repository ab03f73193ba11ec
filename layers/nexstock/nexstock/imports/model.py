"""An import, as the rest of the system sees it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from nexstock.auth.principals import Actor, RequestOrigin
from nexstock.files.tables import Position
from nexstock.ids import ImportId

MOST_ERRORS_KEPT: Final = 1_000
_SHOWN_OF_A_COLUMN: Final = 100


class ImportStatus(StrEnum):
    """How far an import has come; the last three are its ends."""

    CREATED = "created"
    """Its file may be uploaded."""
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_end(self) -> bool:
        """Whether nothing will change any more."""
        return self in {ImportStatus.DONE, ImportStatus.FAILED, ImportStatus.CANCELLED}


class Outcome(StrEnum):
    """What came of a row that did not fail."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing wrong with a row: in which column (None: with the row), and what; never the value itself."""

    row: int
    field: str | None
    detail: str

    @classmethod
    def at(cls, row: int, column: str | None, detail: str) -> Self:
        """Return an error of a column; customers name columns, so of a long name the beginning has to do."""
        return cls(row, None if column is None else column[:_SHOWN_OF_A_COLUMN], detail)


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of some rows; `errors` counts what is wrong with those that failed, a row may have several."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    errors: int = 0

    @property
    def processed(self) -> int:
        """How many rows they were."""
        return self.created + self.updated + self.unchanged + self.failed

    def __add__(self, other: Self) -> Self:
        """Return what came of both."""
        return type(self)(
            self.created + other.created,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.failed + other.failed,
            self.errors + other.errors,
        )

    def of_one_more(self, outcome: Outcome) -> Self:
        """Return the same with one row more that did not fail."""
        return replace(self, **{outcome.value: getattr(self, outcome.value) + 1})


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One table on its way in.

    `requester` and `origin` are who asked for it and from where: its changes are theirs. `etag` and `size` say which
    content is imported, once that is settled; `rows` how many rows it has, and `repeated_rows` which of them name what
    an earlier one names. Everything before `position` is done, and `tally` is what came of it.
    """

    id: ImportId
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    requester: Actor
    origin: RequestOrigin
    kind: str
    file_name: str | None = None
    dry_run: bool = False
    status: ImportStatus
    etag: str | None = None
    size: int = 0
    rows: int | None = None
    repeated_rows: tuple[int, ...] = ()
    position: Position = field(default_factory=Position)
    tally: Tally = field(default_factory=Tally)

    def next_version(self, now: datetime) -> Self:
        """Return the version that follows this one, the same in all else."""
        return replace(self, version=self.version + 1, updated_at=now)

    @property
    def errors_kept(self) -> int:
        """How many errors are kept; the others are only counted."""
        return min(self.tally.errors, MOST_ERRORS_KEPT)
