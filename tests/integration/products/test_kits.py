"""Kits: made of products that are there and are no kits, and that stay so for as long as a kit needs them."""

import itertools
from functools import partial
from typing import Any, Final

import pytest

from tests.support.api import Reply, call, invoke
from tests.support.containers import a_container, at_once, authorized, replies_at_once
from tests.support.crashes import crash_points
from tests.support.events import Json
from tests.support.people import StaffedOrganization, an_organization

_PATH: Final = "/v1/products"
_NUMBERS: Final = itertools.count(1)


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _send(organization: StaffedOrganization, method: str, path: str, body: Any = None) -> Reply:  # noqa: ANN401
    return call(method, path, token=organization.member.token, body=body)


def _body(*component_ids: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 (fields of a body)
    components = [{"productId": each, "quantity": 2} for each in component_ids]
    return {"sku": f"SKU-{next(_NUMBERS)}", "name": "Thing", "components": components, **fields}


def _create(organization: StaffedOrganization, *component_ids: str, **fields: Any) -> Reply:  # noqa: ANN401
    return _send(organization, "POST", _PATH, _body(*component_ids, **fields))


def _id(organization: StaffedOrganization, *component_ids: str) -> str:
    reply = _create(organization, *component_ids)
    assert reply.status == 201, reply.text
    return str(reply.json["id"])


def _together(*requests: tuple[str, Json]) -> list[Reply]:
    """Send requests to several functions at one moment."""
    outcomes = at_once(
        [partial(invoke, a_container(f"functions.products.{handler}"), event) for handler, event in requests]
    )
    return [outcome.value for outcome in outcomes if outcome.value is not None]


def _refusal(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.json["code"]


def _pointers(reply: Reply) -> list[str]:
    assert _refusal(reply) == (422, "invalid_request")
    return [error["pointer"] for error in reply.json["errors"]]


def test_kit_is_read_as_it_was_written(organization: StaffedOrganization) -> None:
    one, other = _id(organization), _id(organization)
    components = [{"productId": other, "quantity": 0.25}, {"productId": one, "quantity": 3}]

    created = _create(organization, components=components)

    assert created.json["components"] == components
    assert _send(organization, "GET", created.headers["Location"]).json == created.json


@pytest.mark.parametrize("removal", [None, []])
def test_kit_can_become_a_product_of_its_own_again(organization: StaffedOrganization, removal: object) -> None:
    component = _id(organization)
    kit = _id(organization, component)

    patched = _send(organization, "PATCH", f"{_PATH}/{kit}", {"components": removal})

    assert patched.json["components"] == []
    assert _send(organization, "DELETE", f"{_PATH}/{component}").status == 204


def test_component_has_to_be_a_product_here_that_is_no_kit(organization: StaffedOrganization) -> None:
    component, deleted = _id(organization), _id(organization)
    _send(organization, "DELETE", f"{_PATH}/{deleted}")
    kit, foreign = _id(organization, component), _id(an_organization())
    unsound = [deleted, component, kit, foreign, "prd_1"]

    created = _create(organization, *unsound)
    patched = _send(organization, "PATCH", f"{_PATH}/{component}", {"components": _body(kit, component)["components"]})

    assert _pointers(created) == [f"/components/{place}/productId" for place in (0, 2, 3, 4)]
    assert _pointers(patched) == ["/components/0/productId", "/components/1/productId"]


def test_component_is_not_kept_by_serial_numbers(organization: StaffedOrganization) -> None:
    by_lot, by_unit = (_create(organization, tracking=tracking).json["id"] for tracking in ("lot", "serial"))

    assert _create(organization, by_lot).status == 201
    assert _pointers(_create(organization, by_lot, by_unit)) == ["/components/1/productId"]


def test_kit_is_not_tracked(organization: StaffedOrganization) -> None:
    component = _id(organization)
    kit = _id(organization, component)

    assert _pointers(_create(organization, component, tracking="lot")) == ["/tracking"]
    assert _pointers(_send(organization, "PATCH", f"{_PATH}/{kit}", {"tracking": "serial"})) == ["/tracking"]
    assert _send(organization, "PATCH", f"{_PATH}/{kit}", {"tracking": "lot", "components": []}).status == 200


def test_component_stays_what_a_component_can_be_while_a_kit_needs_it(organization: StaffedOrganization) -> None:
    component, other = _id(organization), _id(organization)
    kits = [_id(organization, component), _id(organization, component, other)]
    to_kit = {"components": [{"productId": other, "quantity": 1}]}

    def refusals() -> list[tuple[int, str]]:
        deleted = _send(organization, "DELETE", f"{_PATH}/{component}")
        assert deleted.json.get("usedBy") == "kits"
        patched = [_send(organization, "PATCH", f"{_PATH}/{component}", to) for to in (to_kit, {"tracking": "serial"})]
        return [_refusal(each) for each in (deleted, *patched)]

    assert refusals() == [(409, "in_use")] * 3
    _send(organization, "DELETE", f"{_PATH}/{kits[0]}")
    assert refusals() == [(409, "in_use")] * 3
    _send(organization, "PATCH", f"{_PATH}/{kits[1]}", {"components": [{"productId": other, "quantity": 1}]})

    assert _send(organization, "PATCH", f"{_PATH}/{component}", to_kit).status == 200
    assert _send(organization, "DELETE", f"{_PATH}/{component}").status == 204


def test_other_changes_of_kits_and_components_stay_free(organization: StaffedOrganization) -> None:
    component = _id(organization)
    kit = _id(organization, component)

    for product in (component, kit):
        assert _send(organization, "PATCH", f"{_PATH}/{product}", {"name": "Other", "archived": True}).status == 200
    more = {"components": [{"productId": component, "quantity": 9}]}
    assert _send(organization, "PATCH", f"{_PATH}/{kit}", more).json["components"] == more["components"]


def test_restored_kit_needs_its_components_again(organization: StaffedOrganization) -> None:
    component = _id(organization)
    kit = _id(organization, component)
    _send(organization, "DELETE", f"{_PATH}/{kit}")
    _send(organization, "DELETE", f"{_PATH}/{component}")

    assert _refusal(_send(organization, "POST", f"{_PATH}/{kit}/restore")) == (409, "component_unavailable")
    _send(organization, "POST", f"{_PATH}/{component}/restore")
    assert _send(organization, "POST", f"{_PATH}/{kit}/restore").status == 200
    assert _refusal(_send(organization, "DELETE", f"{_PATH}/{component}")) == (409, "in_use")


def test_making_a_kit_and_deleting_its_component_at_once_never_leaves_a_kit_without_it(
    organization: StaffedOrganization,
) -> None:
    for _ in range(6):
        component = _id(organization)
        make = authorized(organization.member.token, "POST", _PATH, body=_body(component))
        delete = authorized(
            organization.member.token,
            "DELETE",
            f"{_PATH}/{component}",
            resource="/v1/products/{product_id}",
            path_parameters={"product_id": component},
        )

        made, deleted = _together(("create_product", make), ("delete_product", delete))

        there = _send(organization, "GET", f"{_PATH}/{component}").status == 200
        assert (made.status == 201) == there, (made.text, deleted.text)
        assert (deleted.status == 204) != there
        assert made.status in {201, 409, 422}
        assert deleted.status in {204, 409}


def test_two_products_made_kits_of_each_other_at_once_never_both_are(organization: StaffedOrganization) -> None:
    for _ in range(6):
        one, other = _id(organization), _id(organization)
        events = [
            authorized(
                organization.member.token,
                "PATCH",
                f"{_PATH}/{kit}",
                resource="/v1/products/{product_id}",
                path_parameters={"product_id": kit},
                body={"components": [{"productId": component, "quantity": 1}]},
            )
            for kit, component in ((one, other), (other, one))
        ]

        replies = replies_at_once("functions.products.update_product", events)

        won, lost = sorted(reply.status for reply in replies)
        assert won == 200
        assert lost in {409, 422}
        kits = [_send(organization, "GET", f"{_PATH}/{each}").json["components"] for each in (one, other)]
        assert sum(bool(components) for components in kits) == 1


def test_crash_anywhere_counts_a_component_once(organization: StaffedOrganization) -> None:
    for number, point in enumerate(crash_points()):
        component = _id(organization)
        body, headers = _body(component, sku=f"KIT-{number}"), {"Idempotency-Key": f"key-{number}"}
        with point:
            call("POST", _PATH, token=organization.member.token, body=body, headers=headers)
        made = call("POST", _PATH, token=organization.member.token, body=body, headers=headers)
        assert made.status == 201, point

        assert _refusal(_send(organization, "DELETE", f"{_PATH}/{component}")) == (409, "in_use"), point
        assert _send(organization, "DELETE", made.headers["Location"]).status == 204, point
        assert _send(organization, "DELETE", f"{_PATH}/{component}").status == 204, point
