"""What each operation asks of DynamoDB and what that costs (docs/access-patterns.md): calls and capacity units.

A number here changes only together with the page that lists the access patterns.
"""

from typing import Any

import pytest

from nexstock.auth.gate import judge
from nexstock.clock import utc_now
from nexstock.identity import multi_factor, sign_in
from nexstock.identity.mfa_schemas import LogInWithPasskey, LogInWithSecondFactor
from nexstock.identity.schemas import LogIn
from tests.support.api import Reply, call
from tests.support.calls import recorded_calls
from tests.support.costs import Cost, cost_of, handler_cost, priced
from tests.support.events import api_event
from tests.support.people import ORIGIN, PASSWORD, StaffedOrganization, an_organization
from tests.support.second_factors import request_options, waiting_sign_in, with_passkey, with_totp

_PRODUCT = {"sku": "A", "name": "Thing", "attributes": {"colour": "blue"}}


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _authorizer(credential: str) -> Cost:
    event = {**api_event("GET", "/v1/products", headers={"Authorization": f"Bearer {credential}"}), "methodArn": "arn"}
    judge(event, utc_now())
    with recorded_calls() as recording:
        judge(event, utc_now())
    return cost_of(recording)


def _created(organization: StaffedOrganization, **fields: Any) -> Reply:  # noqa: ANN401 (fields of a body)
    return call("POST", "/v1/products", token=organization.owner.token, body={**_PRODUCT, **fields})


def _of(product: Reply, suffix: str = "") -> dict[str, Any]:
    resource = f"/v1/products/{{product_id}}{suffix}"
    return {"resource": resource, "path_parameters": {"product_id": product.json["id"]}}


def test_authorizer_with_an_access_token_makes_three_calls(organization: StaffedOrganization) -> None:
    # The address's bucket, session and member together, the session's bucket.
    assert _authorizer(organization.owner.token) == priced(["UpdateItem", "BatchGetItem", "UpdateItem"], 4, 2)


def test_authorizer_with_an_api_key_makes_four_calls(organization: StaffedOrganization) -> None:
    # As above, and the verifier first, because it names the creator.
    cost = _authorizer(organization.credentials["read_key"])

    assert cost == priced(["UpdateItem", "GetItem", "BatchGetItem", "UpdateItem"], 3, 2)


def test_reading_a_product_is_one_call_and_one_unit(organization: StaffedOrganization) -> None:
    product = _created(organization)

    cost = handler_cost("products.get_product", organization, "GET", product.headers["Location"], **_of(product))

    assert cost == priced(["GetItem"], 1, 0)


def test_listing_a_page_of_products_is_one_call(organization: StaffedOrganization) -> None:
    for number in range(5):
        _created(organization, sku=f"SKU-{number}")

    cost = handler_cost("products.list_products", organization, "GET", "/v1/products")

    assert cost == priced(["Query"], 1, 0)


def test_creating_a_product_is_one_call(organization: StaffedOrganization) -> None:
    cost = handler_cost("products.create_product", organization, "POST", "/v1/products", body=_PRODUCT)

    # The product and the claim of its SKU, of which a unit costs double in a transaction, and three indexes.
    assert cost == priced(["TransactWriteItems"], 0, 7)


def test_idempotency_key_adds_no_call(organization: StaffedOrganization) -> None:
    cost = handler_cost(
        "products.create_product",
        organization,
        "POST",
        "/v1/products",
        body=_PRODUCT,
        headers={"Idempotency-Key": "key-1"},
    )

    assert cost == priced(["TransactWriteItems"], 0, 9)


def test_changing_a_product_is_one_read_and_one_write(organization: StaffedOrganization) -> None:
    product = _created(organization)

    cost = handler_cost(
        "products.update_product",
        organization,
        "PATCH",
        product.headers["Location"],
        body={"unit": "box"},
        **_of(product),
    )

    # The product moves in the index by the time of change: an entry goes and one comes.
    assert cost == priced(["GetItem", "TransactWriteItems"], 1, 4)


def test_change_that_changes_nothing_writes_nothing(organization: StaffedOrganization) -> None:
    product = _created(organization)

    cost = handler_cost(
        "products.update_product", organization, "PATCH", product.headers["Location"], body=_PRODUCT, **_of(product)
    )

    assert cost == priced(["GetItem"], 1, 0)


def test_deleting_and_restoring_a_product_are_one_write_each(organization: StaffedOrganization) -> None:
    product = _created(organization)
    path = product.headers["Location"]

    deleted = handler_cost("products.delete_product", organization, "DELETE", path, **_of(product))
    restored = handler_cost(
        "products.restore_product", organization, "POST", f"{path}/restore", **_of(product, "/restore")
    )

    # The product, its claim and three indexes; a delete looks for stock, and has the count of kits checked.
    assert deleted == priced(["GetItem", "Query", "TransactWriteItems"], 2, 9)
    assert restored == priced(["GetItem", "TransactWriteItems"], 1, 7)


def test_creating_an_api_key_is_one_call(organization: StaffedOrganization) -> None:
    body = {"name": "Shop", "scope": "read"}

    cost = handler_cost("api_keys.create_api_key", organization, "POST", "/v1/api-keys", body=body)

    assert cost == priced(["TransactWriteItems"], 0, 4)


def test_signing_in_makes_ten_calls(organization: StaffedOrganization) -> None:
    command = LogIn(email=organization.owner.email, password=PASSWORD)
    sign_in.log_in(command, ORIGIN)

    with recorded_calls() as recording:
        sign_in.log_in(command, ORIGIN)

    # A try is counted for the network and the account; address, person and registrations are read; both counts are
    # given back; member and organization are read; the session is stored with its record, and those that stand beside
    # it are counted.
    looked_up = ["UpdateItem", "UpdateItem", "GetItem", "GetItem", "Query"]
    let_in = ["UpdateItem", "DeleteItem", "BatchGetItem", "TransactWriteItems", "Query"]
    assert cost_of(recording) == priced([*looked_up, *let_in], 6, 8)


def test_completing_a_sign_in_with_an_apps_code_makes_ten_calls(organization: StaffedOrganization) -> None:
    app, _ = with_totp(organization.member.token)
    body = {"mfaToken": waiting_sign_in(organization.member, organization), "code": app.now()}
    command = LogInWithSecondFactor.model_validate(body)

    with recorded_calls() as recording:
        multi_factor.log_in_with_second_factor(command, ORIGIN)

    calls = ["UpdateItem", "GetItem", "BatchGetItem", "BatchGetItem", "UpdateItem", "GetItem"]
    assert cost_of(recording) == priced(
        [*calls, "TransactWriteItems", "DeleteItem", "TransactWriteItems", "Query"], 7, 11
    )


def test_signing_in_with_a_passkey_makes_eight_calls(organization: StaffedOrganization) -> None:
    device, _ = with_passkey(organization.member.token)
    command = LogInWithPasskey.model_validate({"credential": device.used(request_options())})

    with recorded_calls() as recording:
        multi_factor.log_in_with_passkey(command, ORIGIN)

    calls = ["DeleteItem", "GetItem", "BatchGetItem", "BatchGetItem", "BatchGetItem"]
    assert cost_of(recording) == priced([*calls, "TransactWriteItems", "TransactWriteItems", "Query"], 8, 7)


def test_refreshing_makes_two_calls(organization: StaffedOrganization) -> None:
    with recorded_calls() as recording:
        sign_in.refresh(organization.owner.refresh_token, ORIGIN)

    assert cost_of(recording) == priced(["UpdateItem", "BatchGetItem"], 3, 1)


def test_whole_request_for_a_product_costs_five_reads_and_two_writes(organization: StaffedOrganization) -> None:
    path = _created(organization).headers["Location"]

    with recorded_calls() as recording:
        call("GET", path, token=organization.owner.token)

    assert cost_of(recording) == priced(["UpdateItem", "BatchGetItem", "UpdateItem", "GetItem"], 5, 2)
