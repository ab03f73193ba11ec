"""The catalogue through its handlers: what is written is read, in one organization, version by version."""

from typing import Any

import pytest

from nexstock.clock import utc_now
from nexstock.ids import new_id
from tests.support.api import Reply, call
from tests.support.people import StaffedOrganization, an_organization

_FULL: dict[str, Any] = {
    "sku": "BOLT-8",
    "name": "Bolt M8",
    "description": "Zinc plated\n40 mm",
    "unit": "box",
    "price": {"amount": 1999, "currency": "USD"},
    "cost": {"amount": 700, "currency": "USD"},
    "barcodes": ["4006381333931", "4006381333931"],
    "category": "fasteners",
    "attributes": {"self": "a", "_user_instantiated": "b", "a.b": "c", "~/#": "", "null": "d", "Größe": "é🚚"},
    "reorderPoint": 12.5,
    "reorderQuantity": 12345678901.2345,
    "allowBackorder": True,
}


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _create(organization: StaffedOrganization, **fields: Any) -> Reply:  # noqa: ANN401 (fields of a body)
    return call("POST", "/v1/products", token=organization.member.token, body={"sku": "A", "name": "Thing", **fields})


def _get(organization: StaffedOrganization, location: str) -> Reply:
    return call("GET", location, token=organization.member.token)


def _patch(organization: StaffedOrganization, location: str, patch: Any, **headers: str) -> Reply:  # noqa: ANN401
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return call("PATCH", location, token=organization.member.token, body=patch, headers=sent)


def test_product_is_read_as_it_was_written(organization: StaffedOrganization) -> None:
    created = _create(organization, **_FULL)
    read = _get(organization, created.headers["Location"])

    assert (created.status, created.headers["ETag"]) == (201, '"1"')
    assert created.headers["Location"] == f"/v1/products/{created.json['id']}"
    assert _FULL.items() <= created.json.items()
    assert (read.status, read.headers["ETag"], read.json) == (200, '"1"', created.json)


def test_smallest_product_has_defaults(organization: StaffedOrganization) -> None:
    body = _create(organization).json

    assert (body["unit"], body["barcodes"], body["attributes"], body["allowBackorder"]) == ("each", [], {}, False)
    assert [body[name] for name in ("description", "price", "cost", "category", "reorderPoint")] == [None] * 5


def test_patch_makes_the_next_version(organization: StaffedOrganization) -> None:
    location = _create(organization, **_FULL).headers["Location"]

    patched = _patch(organization, location, {"price": None, "attributes": {"self": None, "new": "x"}})

    assert (patched.status, patched.headers["ETag"], patched.json["version"]) == (200, '"2"', 2)
    assert patched.json["price"] is None
    assert patched.json["attributes"] == {**{k: v for k, v in _FULL["attributes"].items() if k != "self"}, "new": "x"}
    assert _get(organization, location).json == patched.json
    assert patched.json["updatedAt"] >= patched.json["createdAt"]


def test_merge_patch_may_say_so_in_its_type(organization: StaffedOrganization) -> None:
    location = _create(organization).headers["Location"]

    reply = _patch(organization, location, '{"name": "x"}', Content_Type="application/merge-patch+json; charset=utf-8")

    assert (reply.status, reply.json["name"]) == (200, "x")


def test_patch_that_changes_nothing_makes_no_version(organization: StaffedOrganization) -> None:
    location = _create(organization, **_FULL).headers["Location"]

    assert _patch(organization, location, {"name": "Bolt M8", "reorderPoint": 12.50}).headers["ETag"] == '"1"'
    assert _get(organization, location).json["version"] == 1


@pytest.mark.parametrize("condition", ['"1"', "*"])
def test_change_of_the_version_that_was_seen_is_made(organization: StaffedOrganization, condition: str) -> None:
    location = _create(organization).headers["Location"]

    assert _patch(organization, location, {"name": "x"}, If_Match=condition).status == 200


@pytest.mark.parametrize("condition", ['"2"', 'W/"1"', "1", '"x"'])
def test_change_of_another_version_is_refused_and_not_made(organization: StaffedOrganization, condition: str) -> None:
    location = _create(organization).headers["Location"]

    stale = _patch(organization, location, {"name": "x"}, If_Match=condition)
    delete = call("DELETE", location, token=organization.member.token, headers={"If-Match": condition})

    assert (stale.status, stale.json["code"], delete.status) == (412, "stale_version", 412)
    assert _get(organization, location).json["name"] == "Thing"


def test_of_two_changes_of_one_version_the_second_is_stale(organization: StaffedOrganization) -> None:
    location = _create(organization).headers["Location"]

    replies = [_patch(organization, location, {"name": name}, If_Match='"1"') for name in ("first", "second")]

    assert [reply.status for reply in replies] == [200, 412]
    assert _get(organization, location).json["name"] == "first"


def test_deleted_product_is_gone_until_it_is_restored(organization: StaffedOrganization) -> None:
    created = _create(organization, **_FULL)
    location = created.headers["Location"]

    deleted = call("DELETE", location, token=organization.member.token, headers={"If-Match": '"1"'})

    assert (deleted.status, deleted.text) == (204, "")
    assert _get(organization, location).status == 404
    assert _patch(organization, location, {"name": "x"}).status == 404
    assert call("DELETE", location, token=organization.member.token).status == 404

    restored = call("POST", f"{location}/restore", token=organization.member.token)
    assert (restored.status, restored.headers["ETag"]) == (200, '"3"')
    unchanged = {name: value for name, value in created.json.items() if name not in {"version", "updatedAt"}}
    assert unchanged.items() <= restored.json.items()
    assert _get(organization, location).json == restored.json


def test_sku_is_free_again_once_its_product_is_deleted(organization: StaffedOrganization) -> None:
    first = _create(organization).headers["Location"]
    assert _create(organization).json["code"] == "sku_taken"

    call("DELETE", first, token=organization.member.token)
    second = _create(organization)

    assert second.status == 201
    taken = call("POST", f"{first}/restore", token=organization.member.token)
    assert (taken.status, taken.json["code"]) == (409, "sku_taken")

    call("DELETE", second.headers["Location"], token=organization.member.token)
    assert call("POST", f"{first}/restore", token=organization.member.token).status == 200
    assert _create(organization).status == 409


def test_changed_sku_frees_the_old_one_and_takes_the_new_one(organization: StaffedOrganization) -> None:
    location = _create(organization, sku="OLD").headers["Location"]

    assert _patch(organization, location, {"sku": "NEW"}).status == 200
    assert _create(organization, sku="NEW").status == 409
    other = _create(organization, sku="OLD")
    assert other.status == 201
    assert _patch(organization, other.headers["Location"], {"sku": "NEW"}).json["code"] == "sku_taken"
    assert _get(organization, other.headers["Location"]).json["sku"] == "OLD"


def test_sku_is_unique_in_one_organization_and_not_between_two(organization: StaffedOrganization) -> None:
    assert _create(organization).status == 201
    assert _create(an_organization()).status == 201
    assert _create(organization, sku=" A ").status == 409


@pytest.mark.asvs("8.2.2")
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE", "POST"])
def test_foreign_missing_and_malformed_ids_are_one_answer(organization: StaffedOrganization, method: str) -> None:
    theirs = _create(an_organization()).json["id"]
    ids = [
        theirs,
        new_id("prd", utc_now()),
        organization.id,
        "x",
        "..",
        "%00",
        'a"b',
        "a#b",
        "a\\b",
        "\u202e",
        theirs.lower(),
        "a" * 3000,
    ]
    suffix = "/restore" if method == "POST" else ""
    body = {"name": "x"} if method == "PATCH" else None

    replies = [
        call(method, f"/v1/products/{product}{suffix}", token=organization.owner.token, body=body) for product in ids
    ]

    assert {reply.status for reply in replies} == {404}
    assert len({reply.text.replace(reply.json["instance"], "") for reply in replies}) == 1
    assert len({tuple(sorted(set(reply.headers) - {"X-Request-Id"})) for reply in replies}) == 1


def test_nothing_of_another_organization_is_changed_or_listed(organization: StaffedOrganization) -> None:
    foreign = an_organization()
    theirs = _create(foreign)

    for method, suffix, body in (("PATCH", "", {"name": "x"}), ("DELETE", "", None), ("POST", "/restore", None)):
        call(method, theirs.headers["Location"] + suffix, token=organization.owner.token, body=body)

    assert call("GET", "/v1/products", token=organization.owner.token).json["items"] == []
    assert _get(foreign, theirs.headers["Location"]).json == theirs.json


@pytest.mark.parametrize(
    "text",
    [
        '{"sku": "A"',
        '{"sku": "A", "sku": "B", "name": "x"}',
        '{"sku": "A", "name": "x", "reorderPoint": NaN}',
        "[" * 20_000,
    ],
    ids=["cut", "twice", "NaN", "deep"],
)
def test_body_that_is_no_json_is_told_apart_from_a_wrong_one(organization: StaffedOrganization, text: str) -> None:
    reply = call("POST", "/v1/products", token=organization.owner.token, body=text)

    assert (reply.status, reply.json["code"]) == (400, "malformed_request")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "x"}, "/sku"),
        ({"sku": "A", "name": "x", "price": {"amount": 1.5, "currency": "USD"}}, "/price/amount"),
        ({"sku": "A", "name": "x", "barcodes": ["1", ""]}, "/barcodes/1"),
        ({"sku": "A", "name": "x", "colour": "red"}, "/colour"),
        ({"sku": "A", "name": "x", "description": "\ud800"}, "/description"),
        ([], ""),
        (None, ""),
    ],
    ids=str,
)
def test_wrong_body_is_told_where(organization: StaffedOrganization, body: Any, pointer: str) -> None:  # noqa: ANN401
    reply = call("POST", "/v1/products", token=organization.owner.token, body=body)

    assert (reply.status, reply.json["code"]) == (422, "invalid_request")
    assert pointer in {error["pointer"] for error in reply.json["errors"]}


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"unknown": "1"}], ids=str)
def test_wrong_parameter_is_named(organization: StaffedOrganization, query: dict[str, str]) -> None:
    reply = call("GET", "/v1/products", token=organization.owner.token, query=query)

    assert reply.status == 422
    assert [error["pointer"] for error in reply.json["errors"]] == [f"?{name}" for name in query]


def test_body_larger_than_any_operation_takes_is_refused(organization: StaffedOrganization) -> None:
    reply = _create(organization, description="x" * 300_000)

    assert (reply.status, reply.json["code"]) == (413, "content_too_large")
