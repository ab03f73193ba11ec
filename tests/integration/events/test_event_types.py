"""Types of events: what is listed is what is sent, and every message is valid by the schema that is listed."""

import json
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from nexstock.auth.principals import system_tenant
from nexstock.changes import Change
from nexstock.ids import MessageId
from nexstock.webhooks import payloads
from nexstock.webhooks.event_types import EVENT_TYPES, FILTERS, PING
from tests.support.api import call
from tests.support.catalogue_requests import BODIES
from tests.support.people import StaffedOrganization, an_organization
from tests.support.records import records_of

_CATALOGUE: Final = ("products", "warehouses", "suppliers", "customers")


@pytest.fixture(scope="module")
def owner_token() -> str:
    return an_organization().owner.token


def _listed(organization: StaffedOrganization) -> dict[str, Any]:
    reply = call("GET", "/v1/events/types", token=organization.credentials["read_key"])
    assert (reply.status, reply.json["next"]) == (200, None)
    return {item["type"]: item["schema"] for item in reply.json["items"]}


def test_every_type_is_listed_once_with_a_schema_that_is_one() -> None:
    listed = _listed(an_organization())

    assert sorted(listed) == sorted([PING, *(each for types in EVENT_TYPES.values() for each in types)])
    for name, schema in listed.items():
        Draft202012Validator.check_schema(schema)
        assert schema["properties"]["type"] == {"const": name}


def test_every_message_about_the_catalogue_is_valid_by_its_schema() -> None:
    organization = an_organization()
    token = organization.owner.token
    for resource in _CATALOGUE:
        path, variable = f"/v1/{resource}", f"{resource[:-1]}_id"
        location = call("POST", path, token=token, body=BODIES["POST", path](organization)).headers["Location"]
        call("PATCH", location, token=token, body=BODIES["PATCH", f"{path}/{{{variable}}}"](organization))
        call("DELETE", location, token=token)
        call("POST", f"{location}/restore", token=token)
    changes = [change for change in map(Change.parse, records_of(organization.id)) if change is not None]
    schemas, tenant = _listed(organization), system_tenant(organization.id, "webhooks")

    bodies = [
        json.loads(payloads.body_of(change, MessageId("msg_1"), tenant))
        for change in changes
        if payloads.is_event(change)
    ]

    for body in bodies:
        Draft202012Validator(schemas[body["type"]]).validate(body)
    verbs = ("created", "updated", "deleted", "restored")
    assert {f"{resource[:-1]}.{verb}" for resource in _CATALOGUE for verb in verbs} <= {body["type"] for body in bodies}


def test_schema_admits_fields_that_come_later() -> None:
    schema = _listed(an_organization())["warehouse.created"]
    address = dict.fromkeys(("line1", "line2", "city", "postalCode", "state", "country", "district"))
    data = {"id": "whs_1", "code": "A", "name": "A", "address": address, "version": 1, "area": 5}
    times = {"createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-01T00:00:00.000Z"}
    body = {
        "id": "msg_1",
        "type": "warehouse.created",
        "createdAt": times["createdAt"],
        "organizationId": "org_1",
        "sequence": 1,
        "data": {**data, **times},
    }

    Draft202012Validator(schema).validate(body)
    with pytest.raises(Exception, match="is a required property"):
        Draft202012Validator(schema).validate({**body, "data": times})


@pytest.mark.parametrize("wanted", sorted(FILTERS))
def test_endpoint_can_ask_for_every_type_and_every_resource(owner_token: str, wanted: str) -> None:
    body = {"url": "http://127.0.0.1:1/", "events": [wanted]}

    assert call("POST", "/v1/webhook-endpoints", token=owner_token, body=body).status == 201


@pytest.mark.parametrize("unknown", ["product.eaten", "produkt.*", "product", "*.created", "", "product.*.x", 7])
def test_endpoint_cannot_ask_for_what_no_event_is(owner_token: str, unknown: object) -> None:
    body = {"url": "http://127.0.0.1:1/", "events": ["product.created", unknown]}

    reply = call("POST", "/v1/webhook-endpoints", token=owner_token, body=body)

    assert (reply.status, [error["pointer"] for error in reply.json["errors"]]) == (422, ["/events/1"])
