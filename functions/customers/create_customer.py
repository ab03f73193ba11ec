"""POST /v1/customers: add a customer to the calling organization's."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.customers import service
from nexstock.customers.repository import CustomerRepository
from nexstock.customers.schemas import CreateCustomer, CustomerView
from nexstock.customers.service import CustomerVault
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import created
from nexstock.idempotency import Keep

app = Api()


@app.post("/v1/customers", requires=Permission.CUSTOMERS_WRITE, keep=Keep.SEALED)
def create_customer(command: CreateCustomer, caller: CallerDep) -> Response[CustomerView]:
    """Create a customer."""
    customers, vault = CustomerRepository(caller.tenant), CustomerVault(caller.tenant)
    customer, details = service.create_customer(command, customers=customers, vault=vault)
    return created(CustomerView.of(customer, details), location=f"/v1/customers/{customer.id}")


handler = app.handler
