"""GET /v1/customers/{customer_id}/erasure: read the receipt of a customer's erasure."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import answered
from nexstock.receipts.repository import ReceiptRepository
from nexstock.receipts.schemas import ErasureReceiptView

app = Api()


@app.get("/v1/customers/{customer_id}/erasure", requires=Permission.CUSTOMERS_ADMIN)
def get_customer_erasure(customer_id: str, caller: CallerDep) -> Response[ErasureReceiptView]:
    """Read the receipt of a customer's erasure; it stays when the customer's item is gone.

    Raises:
        NotFound: no such customer here, or not erased (404).
    """
    return answered(ErasureReceiptView.of(ReceiptRepository(caller.tenant).get_of_customer(customer_id)))


handler = app.handler
