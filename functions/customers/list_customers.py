"""GET /v1/customers: list the customers, newest first."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from nexstock.auth.permissions import Permission
from nexstock.customers.repository import CustomerRepository
from nexstock.customers.schemas import CustomerView
from nexstock.customers.service import CustomerVault
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.filters import UpdatedSinceParam
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.http.schemas import Email
from nexstock.persistence.cursors import Cursors

app = Api()

EmailParam = Annotated[Email | None, Query(description="Only those with this e-mail address.")]


@app.get("/v1/customers", requires=Permission.CUSTOMERS_READ)
def list_customers(
    caller: CallerDep,
    limit: LimitParam = 25,
    cursor: CursorParam = None,
    email: EmailParam = None,
    updated_since: UpdatedSinceParam = None,
) -> Response[ListView[CustomerView]]:
    """List customers.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    customers, vault = CustomerRepository(caller.tenant), CustomerVault(caller.tenant)
    return listed(
        ListView[CustomerView],
        lambda opened: CustomerView.of(*opened),
        lambda after: vault.open_page(
            customers.list_page(email_indexes=vault.email_indexes(email), since=updated_since, limit=limit, after=after)
        ),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path, email, updated_since),
        cursor=cursor,
    )


handler = app.handler
