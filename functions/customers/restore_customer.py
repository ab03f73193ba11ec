"""POST /v1/customers/{customer_id}/restore: bring a deleted customer back."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.customers.repository import CustomerRepository
from nexstock.customers.schemas import CustomerView
from nexstock.customers.service import CustomerVault
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.idempotency import Keep
from nexstock.resources import lifecycle

app = Api()


@app.post(
    "/v1/customers/{customer_id}/restore", requires=Permission.CUSTOMERS_WRITE, answers=HTTPStatus.OK, keep=Keep.SEALED
)
def restore_customer(customer_id: str, caller: CallerDep) -> Response[CustomerView]:
    """Restore a customer.

    Raises:
        NotFound: no such customer here, or deleted more than 30 days ago (404).
    """
    customer = lifecycle.restore(customer_id, resources=CustomerRepository(caller.tenant))
    return shown(CustomerView.of(customer, CustomerVault(caller.tenant).open(customer.id, customer.details)))


handler = app.handler
