"""What erasing customers asks of DynamoDB (docs/access-patterns.md)."""

from typing import Any

import pytest

from nexstock.crypto.checkpoint_signer import public_keys
from tests.support.costs import Cost, handler_cost, priced
from tests.support.erasure_requests import PATH, an_erased_customer
from tests.support.orders import a_customer
from tests.support.people import StaffedOrganization, an_organization


@pytest.fixture
def home() -> StaffedOrganization:
    return an_organization()


def _cost(home: StaffedOrganization, handler: str, method: str, customer_id: str, end: str = "") -> Cost:
    place: dict[str, Any] = {
        "resource": f"{PATH}/{{customer_id}}{end}",
        "path_parameters": {"customer_id": customer_id},
    }
    return handler_cost(f"customers.{handler}", home, method, f"{PATH}/{customer_id}{end}", **place)


def test_an_erasure_is_one_transaction_of_customer_key_receipt_and_the_count_of_open_orders(
    home: StaffedOrganization,
) -> None:
    # Which key signs stays in the container.
    public_keys("any log of ours")
    erased = _cost(home, "erase_customer", "POST", a_customer(home), "/erase")
    # The customer; a receipt that may be there; the customer's key; the newest checkpoint.
    assert erased == priced(["GetItem", "GetItem", "BatchGetItem", "Query", "TransactWriteItems"], 4, 13)


def test_the_receipt_of_an_erasure_is_one_read(home: StaffedOrganization) -> None:
    assert _cost(home, "get_customer_erasure", "GET", an_erased_customer(home), "/erasure") == priced(["GetItem"], 1, 0)


def test_a_deletion_writes_the_end_of_the_key_beside_the_customer(home: StaffedOrganization) -> None:
    deleted = _cost(home, "delete_customer", "DELETE", a_customer(home))
    assert deleted == priced(["GetItem", "TransactWriteItems"], 1, 10)
