"""POST /v1/imports/{import_id}/cancel: end an import; what it did stays."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.imports import cancellation
from nexstock.imports.repository import ImportRepository
from nexstock.imports.schemas import ImportMetadataView

app = Api()


@app.post("/v1/imports/{import_id}/cancel", requires=Permission.IMPORTS_WRITE, answers=HTTPStatus.OK)
def cancel_import(import_id: str, caller: CallerDep) -> Response[ImportMetadataView]:
    """Cancel an import; no further row follows.

    Raises:
        NotFound: no such import here (404).
        Forbidden: the caller may not write what the table holds (403).
        ImportEnded: it has ended otherwise (409).
    """
    imports = ImportRepository(caller.tenant)
    return shown(ImportMetadataView.of(cancellation.cancel_import(import_id, caller=caller, imports=imports)))


handler = app.handler
