"""GET /v1/imports/{import_id}: see how far an import has come, and what was wrong with its rows."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.imports.repository import ImportRepository
from nexstock.imports.schemas import ImportView

app = Api()


@app.get("/v1/imports/{import_id}", requires=Permission.IMPORTS_READ)
def get_import(import_id: str, caller: CallerDep) -> Response[ImportView]:
    """Read an import.

    Raises:
        NotFound: no such import here (404).
    """
    imports = ImportRepository(caller.tenant)
    found = imports.get(import_id)
    return shown(ImportView.with_errors(found, imports.errors_of(found.id)))


handler = app.handler
