"""The frame around every operation: no body makes a fault, and faults tell nothing."""

import importlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.api import call, invoke
from tests.support.containers import authorized
from tests.support.environment import ALLOWED_ORIGIN
from tests.support.logs import logged
from tests.support.people import StaffedOrganization, an_organization
from tests.support.table_faults import error_answer, instead_of

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["\ud800", "9999-12-31T23:59:59-14:00", "1e999", "self", "https://[::1]/", "*", "whsec_"])
)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
_NAMES = {
    "/v1/products": ["sku", "name", "description", "price", "barcodes", "attributes", "reorderPoint", "allowBackorder"],
    "/v1/api-keys": ["name", "scope", "expiresAt"],
    "/v1/webhook-endpoints": ["url", "events", "description", "enabled"],
}
_VALID: dict[str, dict[str, Any]] = {
    "/v1/products": {"sku": "A", "name": "Thing"},
    "/v1/api-keys": {"name": "Shop", "scope": "read"},
    "/v1/webhook-endpoints": {"url": "https://example.com/", "events": ["*"]},
}


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


@pytest.mark.parametrize("path", _NAMES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_value_of_any_field_makes_a_fault(organization: StaffedOrganization, path: str, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(_NAMES[path]))
    value = data.draw(_VALUES)

    reply = call("POST", path, token=organization.owner.token, body={**_VALID[path], field: value})

    assert reply.status in {201, 400, 409, 422}
    assert reply.status != 201 or call("GET", reply.headers["Location"], token=organization.owner.token).status == 200


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60) | _VALUES.map(json.dumps))
def test_no_text_makes_a_fault(organization: StaffedOrganization, text: str) -> None:
    assert call("POST", "/v1/products", token=organization.owner.token, body=text).status in {400, 422}


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp", "x"],
)
@pytest.mark.parametrize("body", ['{"sku": "A", "name": "x"}', "sku=A&name=x", None])
def test_nothing_but_json_is_read(organization: StaffedOrganization, content_type: str, body: str | None) -> None:
    headers = {"Content-Type": content_type}

    reply = call("POST", "/v1/products", token=organization.owner.token, body=body, headers=headers)

    assert reply.status in ({415} if body else {415, 422})
    assert call("GET", "/v1/products", token=organization.owner.token).json["items"] == []


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=UTF-8", "application/json ;x"])
def test_json_is_read_however_its_type_is_written(organization: StaffedOrganization, content_type: str) -> None:
    body, headers = '{"sku": "A", "name": "x"}', {"content-type": content_type}

    assert call("POST", "/v1/products", token=organization.owner.token, body=body, headers=headers).status == 201


def test_merge_patch_is_no_type_for_anything_but_a_patch(organization: StaffedOrganization) -> None:
    headers = {"Content-Type": "application/merge-patch+json"}

    reply = call("POST", "/v1/products", token=organization.owner.token, body='{"sku": "A"}', headers=headers)

    assert reply.status == 415


@pytest.mark.asvs("16.5.1")
def test_fault_tells_the_client_its_request_and_nothing_else(organization: StaffedOrganization) -> None:
    token = organization.owner.token
    location = call("POST", "/v1/products", token=token, body={"sku": "A", "name": "x"}).headers["Location"]

    with (
        logged() as log,
        instead_of("GetItem", lambda request: error_answer(request, "AccessDeniedException", detail="arn:aws:x")),
    ):
        reply = call("GET", location, token=token, headers={"Origin": ALLOWED_ORIGIN})

    assert reply.status == 500
    assert reply.json == {
        "type": "https://nexstock.com/problems/internal_error",
        "title": "Something failed on our side",
        "status": 500,
        "code": "internal_error",
        "instance": f"urn:request:{reply.headers['X-Request-Id']}",
    }
    assert reply.headers["Access-Control-Allow-Origin"] == ALLOWED_ORIGIN
    assert "arn:aws" not in log.text
    assert organization.id in log.text


def test_refusal_is_logged_with_its_request_and_without_its_body(organization: StaffedOrganization) -> None:
    with logged() as log:
        reply = call("POST", "/v1/products", token=organization.owner.token, body={"sku": "secret-sku", "x": 1})

    (line,) = log.lines
    assert (line["level"], line["problem"], line["status"]) == ("INFO", "invalid_request", 422)
    assert (line["request_id"], line["organization_id"]) == (reply.headers["X-Request-Id"], organization.id)
    assert "secret-sku" not in log.text
    assert organization.owner.token not in log.text


def test_container_that_served_one_organization_logs_nothing_of_it_for_the_next() -> None:
    one, other = an_organization(), an_organization()
    call("GET", "/v1/products/x", token=one.owner.token)

    with logged() as log:
        call("GET", "/v1/products/x", token=other.owner.token)
        call("POST", "/v1/auth/login", body={})

    assert one.id not in log.text
    assert "organization_id" not in log.lines[-1]


@pytest.mark.parametrize("authorizer", [None, {}, {"organizationId": "org_1"}, {"principalId": "user"}], ids=str)
def test_handler_that_no_authorizer_spoke_to_lets_nobody_in(
    organization: StaffedOrganization, authorizer: dict[str, Any] | None
) -> None:
    module = importlib.import_module("functions.products.list_products")
    event = authorized(organization.owner.token, "GET", "/v1/products")
    assert invoke(module, event).status == 200

    event["requestContext"]["authorizer"] = authorizer

    assert invoke(module, event).status == 401


def test_path_that_is_not_the_handlers_is_not_found(organization: StaffedOrganization) -> None:
    module = importlib.import_module("functions.products.get_product")

    reply = invoke(module, authorized(organization.owner.token, "GET", "/v1/products/x/y"))

    assert (reply.status, reply.json["code"]) == (404, "not_found")


@pytest.mark.asvs("3.4.2")
def test_only_our_page_may_read_an_answer(organization: StaffedOrganization) -> None:
    ours, foreign = (
        call("GET", "/v1/products", token=organization.owner.token, headers={"Origin": origin})
        for origin in (ALLOWED_ORIGIN, "https://evil.example")
    )

    assert ours.headers["Access-Control-Allow-Origin"] == ALLOWED_ORIGIN
    assert not [name for name in foreign.headers if name.startswith("Access-Control")]
    assert ours.headers["Vary"] == foreign.headers["Vary"] == "Origin"
