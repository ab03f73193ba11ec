"""DynamoDB: a transaction that is sent again with its token is known again.

Restores "TransactWriteItems" of the Amazon DynamoDB API Reference: calls with
one client request token have the effect of one, and only a call with other
parameters is an IdempotentParameterMismatchException.
Stock compares with what it made of the first call while it carried it out,
numbers as they are stored, so that a transaction with a number such as 5.00
is taken for another one when its answer was lost.
"""

import copy
import threading
from typing import Final

from ministack.services import dynamodb

from infra.local.corrections.patching import EngineRecord, EngineResponse, replace, require

_APART: Final = "ClientRequestToken"


class _AsSent(threading.local):
    """The parameters of the transaction that this thread carries out, before the engine changes them."""

    parameters: EngineRecord | None = None


def apply() -> None:
    """Have transactions remembered as they were sent."""
    require(dynamodb, "_txn_token_lookup")
    as_sent = _AsSent()

    def write(data: EngineRecord) -> EngineResponse:
        as_sent.parameters = copy.deepcopy({name: each for name, each in data.items() if name != _APART})
        try:
            answer: EngineResponse = stock_write(data)
        finally:
            as_sent.parameters = None
        return answer

    def store(token: str, entry: EngineRecord) -> None:
        stock_store(token, entry if as_sent.parameters is None else {**entry, "signature": as_sent.parameters})

    stock_write = replace(dynamodb, "_transact_write_items", write)
    stock_store = replace(dynamodb, "_txn_token_store", store)
