"""GET /v1/customers/{customer_id}: read one customer."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.customers.repository import CustomerRepository
from nexstock.customers.schemas import CustomerView
from nexstock.customers.service import CustomerVault
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown

app = Api()


@app.get("/v1/customers/{customer_id}", requires=Permission.CUSTOMERS_READ)
def get_customer(customer_id: str, caller: CallerDep) -> Response[CustomerView]:
    """Read a customer.

    Raises:
        NotFound: no such customer here (404).
    """
    vault = CustomerVault(caller.tenant)
    customer = vault.read(customer_id, CustomerRepository(caller.tenant))
    return shown(CustomerView.of(customer, vault.details_of(customer)))


handler = app.handler
