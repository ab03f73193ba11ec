"""Imports on the wire."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints

from nexstock.files.links import UploadForm
from nexstock.http.schemas import Command, Instant, PlainText, View
from nexstock.imports.model import Import, RowError

FileName = Annotated[PlainText, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
KindName = Literal["products"]


class CreateImport(Command):
    """A table that is to be uploaded and then imported."""

    kind: KindName
    file_name: FileName | None = None
    dry_run: Annotated[bool, Field(strict=True)] = False


class RowErrorView(View):
    """One thing wrong with a row; `row` counts from 1 with the header, `field` is the column, null for the row."""

    row: int
    field: str | None
    detail: str


class UploadView(View):
    """How the file is uploaded: a form (multipart/form-data) of these fields, and last of all `file`, to `url`."""

    url: str
    method: Literal["POST"] = "POST"
    fields: dict[str, str]
    max_bytes: int
    expires_at: Instant

    @classmethod
    def of(cls, form: UploadForm, *, max_bytes: int) -> Self:
        """Return the view of a form."""
        return cls(url=form.url, fields=form.fields, max_bytes=max_bytes, expires_at=form.expires_at)


class ImportMetadataView(View):
    """An import without its errors, as lists and events show it.

    `rows` is null until the file was looked through; `processed` of them are done.
    """

    id: str
    kind: str
    file_name: str | None
    dry_run: bool
    status: str
    rows: int | None
    processed: int
    created: int
    updated: int
    unchanged: int
    failed: int
    version: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, each: Import) -> Self:
        """Return the view of an import."""
        return cls.model_validate(_metadata(each))


class ImportView(ImportMetadataView):
    """An import with what was wrong with its rows: the first 1,000 errors, and how many more there are."""

    errors: list[RowErrorView]
    errors_omitted: int

    @classmethod
    def with_errors(cls, each: Import, errors: Sequence[RowError]) -> Self:
        """Return the view of an import and its errors."""
        views = [RowErrorView(row=error.row, field=error.field, detail=error.detail) for error in errors]
        omitted = each.tally.errors - each.errors_kept
        return cls.model_validate({**_metadata(each), "errors": views, "errors_omitted": omitted})


class CreatedImportView(ImportMetadataView):
    """A new import, and how its file is uploaded."""

    upload: UploadView

    @classmethod
    def with_upload(cls, each: Import, upload: UploadView) -> Self:
        """Return the view of an import and its form."""
        return cls.model_validate({**_metadata(each), "upload": upload})


def _metadata(each: Import) -> dict[str, object]:
    return {
        "id": each.id,
        "kind": each.kind,
        "file_name": each.file_name,
        "dry_run": each.dry_run,
        "status": each.status.value,
        "rows": each.rows,
        "processed": each.tally.processed,
        "created": each.tally.created,
        "updated": each.tally.updated,
        "unchanged": each.tally.unchanged,
        "failed": each.tally.failed,
        "version": each.version,
        "created_at": each.created_at,
        "updated_at": each.updated_at,
    }
