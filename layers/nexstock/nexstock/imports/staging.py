"""From the rows of a table to staged changes: what each asks for, or what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from nexstock.auth.principals import Tenant
from nexstock.files.tables import Header, Row
from nexstock.imports.inspection import values_of
from nexstock.imports.kinds import IMPORT_KINDS, ImportKind
from nexstock.imports.model import Import, RowError, Tally
from nexstock.imports.values import RowRefused, Values


@dataclass(slots=True)
class StagedRows:
    """What comes of some rows if what was staged for them is committed."""

    tally: Tally = field(default_factory=Tally)
    errors: list[RowError] = field(default_factory=list)

    @classmethod
    def refused(cls, row: Row, refusal: RowRefused) -> Self:
        """Return one row that fails."""
        staged = cls()
        staged.refuse(row, refusal)
        return staged

    def refuse(self, row: Row, refusal: RowRefused) -> None:
        """Count a row that fails."""
        self.tally += Tally(failed=1, errors=len(refusal.errors))
        self.errors += [RowError.at(row.number, column, detail) for column, detail in refusal.errors]


def stage_rows(rows: Sequence[Row], header: Header, job: Import, tenant: Tenant) -> StagedRows:
    """Stage what rows ask for on a tenant's transaction; for one that is refused nothing is staged.

    Raises:
        Problem: the organization's resources refuse one of the rows.
    """
    kind, staged = IMPORT_KINDS[job.kind], StagedRows()
    fit: list[tuple[Row, Values]] = []
    for row in rows:
        try:
            fit.append((row, _fit_values(row, header, job, kind)))
        except RowRefused as refusal:
            staged.refuse(row, refusal)
    apply = kind.read_ahead(tenant, [values for _row, values in fit])
    for row, values in fit:
        try:
            staged.tally = staged.tally.of_one_more(apply(values, tenant))
        except RowRefused as refusal:
            staged.refuse(row, refusal)
    staged.errors.sort(key=lambda error: error.row)
    return staged


def _fit_values(row: Row, header: Header, job: Import, kind: ImportKind) -> Values:
    values = values_of(row, header)
    if values is None:
        raise RowRefused([(None, f"{len(row.cells)} cells, where the header has {len(header.columns)}")])
    if not values.get(kind.key, "").strip():
        raise RowRefused([(kind.key, "required")])
    if row.number in job.repeated_rows:
        raise RowRefused([(kind.key, "an earlier row names the same")])
    return values
