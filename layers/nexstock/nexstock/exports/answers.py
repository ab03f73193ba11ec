"""How an export is answered: by a link, or by asking to come again."""

from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from aws_lambda_powertools.event_handler import Response

from nexstock.exports.model import Export, ExportScope, ExportStatus
from nexstock.exports.schemas import ExportView
from nexstock.files.storage import Area, FileStore
from nexstock.http.results import answered
from nexstock.ids import OrganizationId

_COME_AGAIN_S: Final = 5


def export_answer(export: Export, organization_id: OrganizationId, now: datetime) -> Response[Any]:
    """Return 200 with a link to an export that is ready, or 202 with `Retry-After`."""
    if export.status is not ExportStatus.READY:
        headers = {"Retry-After": str(_COME_AGAIN_S)}
        return answered(ExportView.of(export), status=HTTPStatus.ACCEPTED, headers=headers)
    files = FileStore(organization_id, Area.EXPORTS)
    return answered(ExportView.of(export, files.link(export.id, save_as=export.scope.file_name, now=now)))


def table_answer(table: str, scope: ExportScope) -> Response[Any]:
    """Return 200 with a table to be saved."""
    headers = {"Content-Disposition": f'attachment; filename="{scope.file_name}"'}
    return Response(HTTPStatus.OK, scope.media_type, table, headers)
