"""POST /v1/products/import: create and change products by the rows of a table."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, CsvBodyDep
from nexstock.http.requests import CSV
from nexstock.http.results import answered
from nexstock.imports import service
from nexstock.imports.repository import ImportRepository
from nexstock.imports.schemas import ImportMetadataView
from nexstock.queues import send

DryRunParam = Annotated[bool, Query(alias="dryRun", description="Say what would come of it, and change nothing.")]

app = Api()


@app.post("/v1/products/import", requires=Permission.PRODUCTS_WRITE, answers=HTTPStatus.ACCEPTED, takes=CSV)
def import_products(
    text: CsvBodyDep, caller: CallerDep, *, dry_run: DryRunParam = False
) -> Response[ImportMetadataView]:
    """Import products; a row that fails stops no other.

    Raises:
        InvalidRequest: the table cannot be read, has columns that there are not, no rows or too many (422).
    """
    table = service.ReceivedTable("products", text, dry_run)
    created = service.import_table(table, tenant=caller.tenant, imports=ImportRepository(caller.tenant), send=send)
    location = {"Location": f"/v1/imports/{created.id}"}
    return answered(ImportMetadataView.of(created), status=HTTPStatus.ACCEPTED, headers=location)


handler = app.handler
