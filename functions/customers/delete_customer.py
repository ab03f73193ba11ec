"""DELETE /v1/customers/{customer_id}: delete a customer; it can be restored for 30 days."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.customers.repository import CustomerRepository
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import no_content
from nexstock.resources import lifecycle

app = Api()


@app.delete("/v1/customers/{customer_id}", requires=Permission.CUSTOMERS_WRITE)
def delete_customer(customer_id: str, caller: CallerDep, expected: ExpectedVersionDep) -> Response[None]:
    """Delete a customer.

    Raises:
        NotFound: no such customer here (404).
        PreconditionFailed: `If-Match` names another version (412).
        InUse: an order of theirs is open (409).
    """
    lifecycle.delete(customer_id, expected=expected, resources=CustomerRepository(caller.tenant))
    return no_content()


handler = app.handler
