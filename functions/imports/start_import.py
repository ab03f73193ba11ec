"""POST /v1/imports/{import_id}/start: import the table that was uploaded."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import answered
from nexstock.imports import service
from nexstock.imports.repository import ImportRepository
from nexstock.imports.schemas import ImportMetadataView
from nexstock.queues import send

app = Api()


@app.post("/v1/imports/{import_id}/start", requires=Permission.IMPORTS_WRITE, answers=HTTPStatus.ACCEPTED)
def start_import(import_id: str, caller: CallerDep) -> Response[ImportMetadataView]:
    """Start an import; a second start changes nothing.

    Raises:
        NotFound: no such import here (404).
        Forbidden: the caller may not write what the table holds (403).
        UploadMissing: its file is not there (409).
        ImportEnded: it has ended (409).
    """
    started = service.start_import(import_id, caller=caller, imports=ImportRepository(caller.tenant), send=send)
    return answered(ImportMetadataView.of(started), status=HTTPStatus.ACCEPTED)


handler = app.handler
