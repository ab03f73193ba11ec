"""POST /v1/imports: prepare the import of a table that is uploaded apart, up to 50 MB."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import created
from nexstock.idempotency import Keep
from nexstock.imports import service
from nexstock.imports.repository import ImportRepository
from nexstock.imports.schemas import CreatedImportView, CreateImport, UploadView

app = Api()


@app.post("/v1/imports", requires=Permission.IMPORTS_WRITE, keep=Keep.NOTHING)
def create_import(command: CreateImport, caller: CallerDep) -> Response[CreatedImportView]:
    """Create an import and the form that takes its file.

    Raises:
        Forbidden: the caller may not write what the table holds (403).
    """
    new, form = service.create_import(command, caller=caller, imports=ImportRepository(caller.tenant))
    upload = UploadView.of(form, max_bytes=service.MAX_UPLOAD_BYTES)
    return created(CreatedImportView.with_upload(new, upload), location=f"/v1/imports/{new.id}")


handler = app.handler
