"""PATCH /v1/customers/{customer_id}: change a customer by a JSON merge patch."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.customers.repository import CustomerRepository
from nexstock.customers.schemas import CustomerView, UpdateCustomer
from nexstock.customers.service import CustomerVault
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.idempotency import Keep
from nexstock.personal_data.contacts import update_contact

app = Api()


@app.patch("/v1/customers/{customer_id}", requires=Permission.CUSTOMERS_WRITE, keep=Keep.SEALED)
def update_customer(
    customer_id: str, patch: UpdateCustomer, caller: CallerDep, expected: ExpectedVersionDep
) -> Response[CustomerView]:
    """Update a customer.

    Raises:
        NotFound: no such customer here (404).
        PreconditionFailed: `If-Match` names another version (412).
    """
    customers, vault = CustomerRepository(caller.tenant), CustomerVault(caller.tenant)
    customer, details = update_contact(customer_id, patch, expected=expected, contacts=customers, vault=vault)
    return shown(CustomerView.of(customer, details))


handler = app.handler
