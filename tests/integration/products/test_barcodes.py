"""A barcode belongs to one product at most, however many are written at once."""

from typing import Any, Final

import pytest

from nexstock.persistence.keys import Kind, tenant_partition, unique_claim
from nexstock.resources.repository import UniqueClaim
from tests.support.api import Reply, call
from tests.support.containers import authorized, replies_at_once
from tests.support.people import StaffedOrganization, an_organization

_PATH: Final = "/v1/products"


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _create(organization: StaffedOrganization, sku: str, *barcodes: str) -> Reply:
    body = {"sku": sku, "name": "Thing", "barcodes": barcodes}
    return call("POST", _PATH, token=organization.member.token, body=body)


def _patch(organization: StaffedOrganization, location: str, **patch: Any) -> Reply:  # noqa: ANN401 (fields of a body)
    return call("PATCH", location, token=organization.member.token, body=patch)


def test_taken_barcode_is_refused_and_pointed_at(organization: StaffedOrganization) -> None:
    _create(organization, "A", "1", "2")
    location = _create(organization, "B", "3").headers["Location"]

    created, patched = _create(organization, "C", "4", "2"), _patch(organization, location, barcodes=["3", "5", "1"])

    for reply, pointer in ((created, "/barcodes/1"), (patched, "/barcodes/2")):
        assert (reply.status, reply.json["code"]) == (409, "barcode_taken")
        assert [error["pointer"] for error in reply.json["errors"]] == [pointer]
    assert call("GET", location, token=organization.member.token).json["barcodes"] == ["3"]
    assert _create(organization, "C", "4", "5").status == 201


def test_barcode_that_was_given_up_is_free(organization: StaffedOrganization) -> None:
    changed = _create(organization, "A", "1", "2").headers["Location"]
    deleted = _create(organization, "B", "3").headers["Location"]
    _patch(organization, changed, barcodes=["2"])
    call("DELETE", deleted, token=organization.member.token)

    assert _create(organization, "C", "1", "3").status == 201
    restored = call("POST", f"{deleted}/restore", token=organization.member.token)
    assert (restored.status, restored.json["code"]) == (409, "barcode_taken")


def test_barcode_named_twice_or_in_another_order_is_one(organization: StaffedOrganization) -> None:
    location = _create(organization, "A", "1", "1").headers["Location"]

    assert _patch(organization, location, barcodes=["2", "1"]).json["barcodes"] == ["2", "1"]
    assert _patch(organization, location, barcodes=None).json["barcodes"] == []
    assert _create(organization, "B", "1", "2").status == 201


def test_of_many_products_with_one_barcode_at_once_exactly_one_is_made(organization: StaffedOrganization) -> None:
    events = [
        authorized(
            organization.member.token,
            "POST",
            _PATH,
            body={"sku": f"S{number}", "name": "Thing", "barcodes": [f"own-{number}", "shared"]},
        )
        for number in range(6)
    ]

    replies = replies_at_once("functions.products.create_product", events)

    assert sorted(reply.status for reply in replies) == [201, *[409] * 5]
    losers = [number for number, reply in enumerate(replies) if reply.status == 409]
    assert {_create(organization, f"S{number}", f"own-{number}").status for number in losers} == {201}


def test_twenty_barcodes_can_be_exchanged_for_twenty_others_at_once(organization: StaffedOrganization) -> None:
    location = _create(organization, "A", *(f"old-{number}" for number in range(20))).headers["Location"]

    assert _patch(organization, location, barcodes=[f"new-{number}" for number in range(20)]).status == 200


def test_barcode_that_was_stored_before_it_had_to_be_unique_can_be_changed(organization: StaffedOrganization) -> None:
    location = _create(organization, "A", "1").headers["Location"]
    claim = UniqueClaim(tenant_partition(organization.id, Kind.UNIQUE), unique_claim(Kind.PRODUCT, "BARCODE", "1"))
    assert claim.delete_if(UniqueClaim.owner_id == location.rpartition("/")[2])

    assert _patch(organization, location, barcodes=["2"]).status == 200
    assert _create(organization, "B", "2").json["code"] == "barcode_taken"
