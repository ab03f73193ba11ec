"""Products under requests at the same moment: one winner, and losers who are told why."""

from tests.support.api import call
from tests.support.containers import authorized, replies_at_once
from tests.support.people import StaffedOrganization, an_organization
from tests.support.table_faults import cancelled, instead_of

_CREATE = "functions.products.create_product"
_UPDATE = "functions.products.update_product"
_RESTORE = "functions.products.restore_product"


def _count(organization: StaffedOrganization) -> int:
    return len(call("GET", "/v1/products", token=organization.owner.token, query={"limit": "100"}).json["items"])


def test_of_eight_products_with_one_sku_at_once_exactly_one_is_made() -> None:
    organization = an_organization()
    token = organization.member.token
    events = [
        authorized(token, "POST", "/v1/products", body={"sku": "A", "name": f"Thing {number}"}) for number in range(8)
    ]

    replies = replies_at_once(_CREATE, events)

    assert sorted(reply.status for reply in replies) == [201, *[409] * 7]
    assert {reply.json["code"] for reply in replies if reply.status == 409} == {"sku_taken"}
    assert _count(organization) == 1


def test_changes_at_once_without_a_condition_are_all_made() -> None:
    organization = an_organization()
    token = organization.member.token
    created = call("POST", "/v1/products", token=token, body={"sku": "A", "name": "Thing"})
    path = created.headers["Location"]
    parts = {"resource": "/v1/products/{product_id}", "path_parameters": {"product_id": created.json["id"]}}
    fields = [{"name": "x"}, {"category": "y"}, {"unit": "z"}]
    events = [authorized(token, "PATCH", path, body=field, **parts) for field in fields]

    replies = replies_at_once(_UPDATE, events)

    assert [reply.status for reply in replies] == [200, 200, 200]
    final = call("GET", path, token=token).json
    assert (final["name"], final["category"], final["unit"], final["version"]) == ("x", "y", "z", 4)


def test_of_changes_at_once_of_one_version_exactly_one_is_made() -> None:
    organization = an_organization()
    token = organization.member.token
    created = call("POST", "/v1/products", token=token, body={"sku": "A", "name": "Thing"})
    path = created.headers["Location"]
    parts = {"resource": "/v1/products/{product_id}", "path_parameters": {"product_id": created.json["id"]}}
    events = [
        authorized(token, "PATCH", path, body={"name": f"Name {number}"}, headers={"If-Match": '"1"'}, **parts)
        for number in range(4)
    ]

    replies = replies_at_once(_UPDATE, events)

    assert sorted(reply.status for reply in replies) == [200, 412, 412, 412]
    winner = next(reply.json["name"] for reply in replies if reply.status == 200)
    assert call("GET", path, token=token).json["name"] == winner


def test_restoring_and_reusing_a_sku_at_once_leaves_one_holder() -> None:
    organization = an_organization()
    token = organization.member.token
    made = []
    for _ in range(3):
        made.append(call("POST", "/v1/products", token=token, body={"sku": "A", "name": "Thing"}))
        call("DELETE", made[-1].headers["Location"], token=token)
    events = [
        authorized(
            token,
            "POST",
            f"{reply.headers['Location']}/restore",
            resource="/v1/products/{product_id}/restore",
            path_parameters={"product_id": reply.json["id"]},
        )
        for reply in made
    ]

    replies = replies_at_once(_RESTORE, events)

    assert sorted(reply.status for reply in replies) == [200, 409, 409]
    assert _count(organization) == 1


def test_change_that_is_always_overtaken_changes_nothing_and_may_be_tried_again() -> None:
    token = an_organization().member.token
    path = call("POST", "/v1/products", token=token, body={"sku": "A", "name": "Thing"}).headers["Location"]

    with instead_of("TransactWriteItems", lambda request: cancelled(request, "ConditionalCheckFailed")):
        reply = call("PATCH", path, token=token, body={"name": "x"})

    assert (reply.status, reply.json["code"]) == (503, "temporarily_unavailable")
    assert call("GET", path, token=token).json["name"] == "Thing"
