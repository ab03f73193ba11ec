"""POST /v1/customers/{customer_id}/erase: erase a customer for good, and give a signed receipt of it."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from nexstock.auth.permissions import Permission
from nexstock.crypto.documents import signed_document
from nexstock.customers.erasure import Erasures
from nexstock.customers.schemas import EraseCustomer
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import answered
from nexstock.receipts.schemas import ErasureReceiptView

app = Api()


@app.post(
    "/v1/customers/{customer_id}/erase",
    requires=Permission.CUSTOMERS_ADMIN,
    answers=HTTPStatus.OK,
    takes_if_match=True,
)
def erase_customer(
    customer_id: str,
    caller: CallerDep,
    expected: ExpectedVersionDep,
    command: Annotated[EraseCustomer | None, Body()] = None,
) -> Response[ErasureReceiptView]:
    """Erase a customer's personal data; what they ordered stays, of nobody.

    Raises:
        NotFound: no such customer here (404).
        PreconditionFailed: `If-Match` names another version (412).
        InUse: an order of theirs is open (409).
    """
    erasures = Erasures(caller.tenant, sign=signed_document)
    reason = command.reason if command else None
    return answered(ErasureReceiptView.of(erasures.erase(customer_id, reason, expected=expected)))


handler = app.handler
