"""Warehouses through their handlers: what is written is read, one code is one warehouse's, addresses are merged."""

from typing import Any, Final

import pytest

from tests.support.api import Reply, call
from tests.support.containers import authorized, replies_at_once
from tests.support.crashes import crash_points
from tests.support.people import StaffedOrganization, an_organization

_PATH: Final = "/v1/warehouses"
_ADDRESS: Final[dict[str, Any]] = {
    "line1": "Pier 4",
    "line2": "Hall B",
    "city": "Rotterdam",
    "postalCode": "3011 AA",
    "state": None,
    "country": "NL",
}
_FULL: Final[dict[str, Any]] = {"code": "RTM-1", "name": "Rotterdam", "address": _ADDRESS}


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _create(organization: StaffedOrganization, **fields: Any) -> Reply:  # noqa: ANN401 (fields of a body)
    return call("POST", _PATH, token=organization.member.token, body={"code": "A", "name": "North", **fields})


def _get(organization: StaffedOrganization, location: str) -> Reply:
    return call("GET", location, token=organization.member.token)


def _patch(organization: StaffedOrganization, location: str, patch: Any) -> Reply:  # noqa: ANN401 (any JSON value)
    return call("PATCH", location, token=organization.member.token, body=patch)


def _codes(organization: StaffedOrganization, **query: str) -> list[str]:
    listed = call("GET", _PATH, token=organization.member.token, query=query)
    return [item["code"] for item in listed.json["items"]]


def test_warehouse_is_read_as_it_was_written(organization: StaffedOrganization) -> None:
    created = _create(organization, **_FULL)
    read = _get(organization, created.headers["Location"])

    assert (created.status, created.headers["ETag"]) == (201, '"1"')
    assert _FULL.items() <= created.json.items()
    assert (read.status, read.headers["ETag"], read.json) == (200, '"1"', created.json)


def test_smallest_warehouse_has_no_address(organization: StaffedOrganization) -> None:
    assert _create(organization).json["address"] is None


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"address": {"city": "Delft"}}, {**_ADDRESS, "city": "Delft"}),
        ({"address": {"line2": None, "state": "ZH"}}, {**_ADDRESS, "line2": None, "state": "ZH"}),
        ({"address": None}, None),
        ({"address": dict.fromkeys(_ADDRESS)}, None),
    ],
    ids=str,
)
def test_patch_changes_the_parts_of_an_address_that_it_names(
    organization: StaffedOrganization, patch: dict[str, Any], expected: dict[str, Any] | None
) -> None:
    location = _create(organization, **_FULL).headers["Location"]

    patched = _patch(organization, location, patch)

    assert (patched.status, patched.json["address"], patched.json["version"]) == (200, expected, 2)
    assert _get(organization, location).json == patched.json


def test_patch_with_an_address_as_it_is_makes_no_version(organization: StaffedOrganization) -> None:
    location = _create(organization, **_FULL).headers["Location"]

    assert _patch(organization, location, {"address": {"city": "Rotterdam"}}).json["version"] == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "x"}, "/code"),
        ({"code": "A"}, "/name"),
        ({"code": " ", "name": "x"}, "/code"),
        ({"code": "x" * 65, "name": "x"}, "/code"),
        ({"code": "A", "name": "x", "address": {"country": "Netherlands"}}, "/address/country"),
        ({"code": "A", "name": "x", "address": {"country": "XX"}}, "/address/country"),
        ({"code": "A", "name": "x", "address": {"street": "x"}}, "/address/street"),
        ({"code": "A", "name": "x", "address": {"city": ""}}, "/address/city"),
        ({"code": "A", "name": "x", "address": "Pier 4"}, "/address"),
        ({"code": "A", "name": "x", "stock": 1}, "/stock"),
    ],
    ids=str,
)
def test_wrong_body_is_told_where_and_leaves_nothing(
    organization: StaffedOrganization, body: dict[str, Any], pointer: str
) -> None:
    reply = call("POST", _PATH, token=organization.member.token, body=body)

    assert (reply.status, reply.json["code"]) == (422, "invalid_request")
    assert pointer in {error["pointer"] for error in reply.json["errors"]}
    assert _codes(organization) == []


def test_code_is_one_warehouses(organization: StaffedOrganization) -> None:
    _create(organization, code="A")
    other = _create(organization, code="B").headers["Location"]

    created, patched = _create(organization, code="A"), _patch(organization, other, {"code": "A"})

    assert [(reply.status, reply.json["code"]) for reply in (created, patched)] == [(409, "warehouse_code_taken")] * 2
    assert sorted(_codes(organization)) == ["A", "B"]


def test_code_of_a_deleted_or_renamed_warehouse_is_free(organization: StaffedOrganization) -> None:
    deleted = _create(organization, code="A").headers["Location"]
    renamed = _create(organization, code="B").headers["Location"]
    call("DELETE", deleted, token=organization.member.token)
    _patch(organization, renamed, {"code": "C"})

    assert [_create(organization, code=code).status for code in ("A", "B")] == [201, 201]
    restored = call("POST", f"{deleted}/restore", token=organization.member.token)
    assert (restored.status, restored.json["code"]) == (409, "warehouse_code_taken")


def test_restored_warehouse_is_as_it_was(organization: StaffedOrganization) -> None:
    created = _create(organization, **_FULL)
    location = created.headers["Location"]
    call("DELETE", location, token=organization.member.token)
    assert _get(organization, location).status == 404

    restored = call("POST", f"{location}/restore", token=organization.member.token)

    changed = {"version": 3, "updatedAt": restored.json["updatedAt"]}
    assert (restored.status, restored.json) == (200, {**created.json, **changed})
    assert _get(organization, location).json == restored.json


def test_filter_by_code_finds_the_warehouse_at_once_and_no_other(organization: StaffedOrganization) -> None:
    for code in ("A", "a", "AB"):
        _create(organization, code=code)

    assert _codes(organization, code="A") == ["A"]
    assert _codes(organization, code="B") == []


def test_filter_by_code_finds_no_deleted_warehouse(organization: StaffedOrganization) -> None:
    location = _create(organization, code="A").headers["Location"]
    call("DELETE", location, token=organization.member.token)

    assert _codes(organization, code="A") == []


def test_filter_by_code_finds_no_other_organizations_warehouse(organization: StaffedOrganization) -> None:
    _create(an_organization(), code="A")

    assert _codes(organization, code="A") == []


def test_of_many_warehouses_with_one_code_at_once_exactly_one_is_made(organization: StaffedOrganization) -> None:
    body = {"code": "A", "name": "North"}
    events = [authorized(organization.member.token, "POST", _PATH, body=body) for _ in range(6)]

    replies = replies_at_once("functions.warehouses.create_warehouse", events)

    assert sorted(reply.status for reply in replies) == [201, *[409] * 5]
    assert _codes(organization) == ["A"]


def test_crash_anywhere_leaves_the_warehouse_and_its_claim_or_neither(organization: StaffedOrganization) -> None:
    for number, point in enumerate(crash_points()):
        body, headers = {"code": f"C{number}", "name": "North"}, {"Idempotency-Key": f"key-{number}"}
        with point:
            call("POST", _PATH, token=organization.member.token, body=body, headers=headers)

        again = call("POST", _PATH, token=organization.member.token, body=body, headers=headers)

        assert again.status == 201, point
        assert _codes(organization, code=f"C{number}") == [f"C{number}"], point
    made = _codes(organization, limit="100")
    assert len(made) == len(set(made)) == number + 1
