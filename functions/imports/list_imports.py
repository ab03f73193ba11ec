"""GET /v1/imports: list the imports of the last 30 days, newest first."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.imports.repository import ImportRepository
from nexstock.imports.schemas import ImportMetadataView
from nexstock.persistence.cursors import Cursors

app = Api()


@app.get("/v1/imports", requires=Permission.IMPORTS_READ)
def list_imports(
    caller: CallerDep, limit: LimitParam = 25, cursor: CursorParam = None
) -> Response[ListView[ImportMetadataView]]:
    """List imports.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    repository = ImportRepository(caller.tenant)
    return listed(
        ListView[ImportMetadataView],
        ImportMetadataView.of,
        lambda after: repository.list_newest_first(limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path),
        cursor=cursor,
    )


handler = app.handler
