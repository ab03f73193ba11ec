"""Idempotency keys: one effect a key, the same answer again, and nobody else's key."""

from datetime import timedelta
from typing import Any

import pytest

from nexstock.auth.permissions import Role
from nexstock.clock import utc_now
from nexstock.idempotency import LIFETIME, IdempotencyKey, IdempotencyRecords, Keep
from tests.support.api import Reply, call
from tests.support.containers import authorized, replies_at_once
from tests.support.people import Person, StaffedOrganization, an_organization, change_role, remove_member
from tests.support.table_faults import instead_of, lose_answer

_BODY = {"sku": "A", "name": "Thing"}


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _create(token: str, key: str = "key-1", body: Any = None) -> Reply:  # noqa: ANN401 (a JSON body)
    return call("POST", "/v1/products", token=token, body=body or _BODY, headers={"Idempotency-Key": key})


def _count(organization: StaffedOrganization) -> int:
    return len(call("GET", "/v1/products", token=organization.owner.token).json["items"])


def test_repeated_request_gets_the_first_answer_and_has_no_second_effect(organization: StaffedOrganization) -> None:
    first, again = (_create(organization.member.token) for _ in range(2))

    assert (first.status, again.status, again.text) == (201, 201, first.text)
    for name in ("Location", "ETag", "Content-Type"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert _count(organization) == 1


@pytest.mark.parametrize("body", [{**_BODY, "name": "Other"}, {"sku": "B", "name": "Thing"}, {"sku": ""}], ids=str)
def test_key_of_another_body_is_refused_without_an_effect(
    organization: StaffedOrganization, body: dict[str, str]
) -> None:
    _create(organization.member.token)

    reply = _create(organization.member.token, body=body)

    assert (reply.status, reply.json["code"]) == (422, "idempotency_key_reused")
    assert _count(organization) == 1


def test_equal_requests_at_one_moment_have_one_effect_and_one_answer(organization: StaffedOrganization) -> None:
    events = [
        authorized(organization.member.token, "POST", "/v1/products", body=_BODY, headers={"Idempotency-Key": "k"})
        for _ in range(6)
    ]

    replies = replies_at_once("functions.products.create_product", events)

    assert {reply.status for reply in replies} == {201}
    assert len({reply.text for reply in replies}) == 1
    assert sum("Idempotency-Replayed" in reply.headers for reply in replies) == 5
    assert _count(organization) == 1


def test_different_requests_with_one_key_at_one_moment_have_one_effect(organization: StaffedOrganization) -> None:
    events = [
        authorized(
            organization.member.token,
            "POST",
            "/v1/products",
            body={"sku": f"SKU-{number}", "name": "Thing"},
            headers={"Idempotency-Key": "k"},
        )
        for number in range(4)
    ]

    replies = replies_at_once("functions.products.create_product", events)

    assert sorted(reply.status for reply in replies) == [201, 422, 422, 422]
    assert _count(organization) == 1


def test_same_key_of_another_caller_is_another_key(organization: StaffedOrganization) -> None:
    foreign = an_organization()
    callers: list[Person] = [organization.owner, organization.member, foreign.owner]

    replies = [_create(person.token, body={"sku": person.id, "name": "Thing"}) for person in callers]
    replies.append(_create(organization.credentials["write_key"], body={"sku": "K", "name": "Thing"}))

    assert [reply.status for reply in replies] == [201] * 4
    assert not [reply for reply in replies if "Idempotency-Replayed" in reply.headers]
    assert (_count(organization), _count(foreign)) == (3, 1)


def test_same_key_on_another_route_is_another_key(organization: StaffedOrganization) -> None:
    created = _create(organization.admin.token)
    location, headers = created.headers["Location"], {"Idempotency-Key": "key-1"}

    patched = call("PATCH", location, token=organization.admin.token, body={"name": "x"}, headers=headers)
    again = call("PATCH", location, token=organization.admin.token, body={"name": "x"}, headers=headers)

    assert (patched.status, patched.json["version"]) == (200, 2)
    assert (again.text, again.headers["ETag"]) == (patched.text, '"2"')


@pytest.mark.parametrize(
    ("path", "body", "secret"),
    [
        ("/v1/api-keys", {"name": "Shop", "scope": "read"}, "key"),
        ("/v1/webhook-endpoints", {"url": "https://example.com/hook", "events": ["*"]}, "secret"),
    ],
)
def test_answer_that_showed_a_secret_is_not_shown_again(
    organization: StaffedOrganization, path: str, body: dict[str, Any], secret: str
) -> None:
    before = len(call("GET", path, token=organization.owner.token).json["items"])
    headers = {"Idempotency-Key": "key-1"}

    first, again = (call("POST", path, token=organization.owner.token, body=body, headers=headers) for _ in range(2))

    assert (first.status, again.status, again.json["code"]) == (201, 409, "answer_shown_once")
    assert first.json[secret] not in again.text
    assert len(call("GET", path, token=organization.owner.token).json["items"]) == before + 1


def test_repeated_delete_gets_the_first_answer(organization: StaffedOrganization) -> None:
    location = _create(organization.member.token).headers["Location"]
    headers = {"Idempotency-Key": "delete-1"}

    replies = [call("DELETE", location, token=organization.member.token, headers=headers) for _ in range(2)]
    without_key = call("DELETE", location, token=organization.member.token)

    assert [(reply.status, reply.text) for reply in replies] == [(204, ""), (204, "")]
    assert without_key.status == 404


def test_key_of_a_refused_request_can_be_used_again(organization: StaffedOrganization) -> None:
    taken = call("POST", "/v1/products", token=organization.owner.token, body=_BODY)
    assert _create(organization.owner.token).json["code"] == "sku_taken"
    assert _create(organization.owner.token, body={"sku": ""}).status == 422

    call("DELETE", taken.headers["Location"], token=organization.owner.token)
    reply = _create(organization.owner.token)

    assert reply.status == 201
    assert "Idempotency-Replayed" not in reply.headers


@pytest.mark.parametrize(("age", "replayed"), [(timedelta(hours=23), True), (LIFETIME + timedelta(seconds=1), False)])
def test_key_is_remembered_for_a_day_even_if_ttl_is_late(
    organization: StaffedOrganization,
    age: timedelta,
    replayed: bool,  # noqa: FBT001
) -> None:
    body, owner = '{"sku": "A", "name": "Thing"}', organization.owner
    tenant = organization.tenant()
    key = IdempotencyKey.of(
        "key-1",
        organization_id=tenant.organization_id,
        actor_id=owner.id,
        method="POST",
        path="/v1/products",
        body=body,
    )
    answer = {"statusCode": 201, "headers": {}, "body": '"the first answer"'}
    IdempotencyRecords(tenant).stage(key, answer, keep=Keep.PLAIN, now=utc_now() - age)
    tenant.transaction.commit()

    reply = _create(owner.token, body=body)

    assert (reply.text == '"the first answer"') == replayed
    assert _count(organization) == (0 if replayed else 1)
    assert _create(owner.token, body=body).headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "a\tb", "a\x00", "\u202e"])
def test_malformed_key_is_refused_before_anything_happens(organization: StaffedOrganization, key: str) -> None:
    reply = _create(organization.owner.token, key=key)

    assert (reply.status, reply.json["code"]) == (400, "malformed_request")
    assert _count(organization) == 0


def test_longest_key_is_taken(organization: StaffedOrganization) -> None:
    replies = [_create(organization.owner.token, key="x" * 255) for _ in range(2)]

    assert [reply.status for reply in replies] == [201, 201]
    assert _count(organization) == 1


def test_replay_is_only_for_who_may_still_ask(organization: StaffedOrganization) -> None:
    headers, body = {"Idempotency-Key": "k"}, {"url": "https://example.com/hook", "events": ["*"]}
    endpoint = call("POST", "/v1/webhook-endpoints", token=organization.admin.token, body=body, headers=headers)
    assert endpoint.status == 201
    _create(organization.member.token)

    change_role(organization, organization.admin, Role.MEMBER)
    remove_member(organization, organization.member)

    again = call("POST", "/v1/webhook-endpoints", token=organization.admin.token, body=body, headers=headers)
    assert (again.status, _create(organization.member.token).status) == (403, 401)


def test_key_means_nothing_on_reads(organization: StaffedOrganization) -> None:
    headers = {"Idempotency-Key": "key-1"}
    before = call("GET", "/v1/products", token=organization.owner.token, headers=headers)
    _create(organization.owner.token)
    after = call("GET", "/v1/products", token=organization.owner.token, headers=headers)

    assert (len(before.json["items"]), len(after.json["items"])) == (0, 1)


def test_request_whose_answer_was_lost_on_every_try_is_answered_when_it_is_repeated(
    organization: StaffedOrganization,
) -> None:
    with instead_of("TransactWriteItems", lose_answer):
        lost = _create(organization.owner.token)
    again = _create(organization.owner.token)

    assert lost.status >= 500
    assert (again.status, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert _count(organization) == 1
