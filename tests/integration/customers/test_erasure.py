"""Erasing customers: nothing personal is left, what they ordered is, and a receipt proves it offline."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from functions.streams import write_audit
from nexstock.auth.principals import system_tenant
from nexstock.changes import Change
from nexstock.crypto.lifetimes import OPENED_KEYS_LIVE
from nexstock.crypto.places import SealedPlace
from nexstock.crypto.stored_keys import ItemKeyItem, item_key_address
from nexstock.customers.repository import CustomerItem
from nexstock.ids import MessageId
from nexstock.persistence.keys import Kind, item_keys_partition, tenant_partition
from nexstock.webhooks import payloads
from nexstock_verify.command import main as verify
from tests.support.api import Reply, call
from tests.support.calls import sent_to_dynamodb
from tests.support.checkpoints import checkpointed, keys_of
from tests.support.crashes import crash_points
from tests.support.erasure_requests import PATH, an_erased_customer, erase, with_an_open_order
from tests.support.events import Json
from tests.support.orders import ORDERS, order_body
from tests.support.people import StaffedOrganization, an_organization
from tests.support.records import records_of, run
from tests.support.sealing import forget_opened_keys
from tests.support.shredding import partition_of, put_back, refusing_to_sign
from tests.support.stock_keeping import Shop
from tests.support.webhook_requests import an_endpoint

_FULL: Final[Json] = {
    "name": "Grace Quay",
    "email": "grace@quay.example",
    "phone": "+31 15 555 01 23",
    "address": {"line1": "Canalside 9", "city": "Delft", "country": "NL"},
    "taxId": "NL001234567B01",
    "notes": "Rings twice",
}
_CLEAR: Final = ("Grace", "quay.example", "555 01 23", "Canalside", "Delft", "NL0012", "Rings twice")
_GONE: Final = dict.fromkeys(_FULL)


@pytest.fixture
def home() -> StaffedOrganization:
    return an_organization()


def _created(home: StaffedOrganization, **parts: Any) -> Json:  # noqa: ANN401 (parts of a request)
    reply = call("POST", PATH, token=home.member.token, body=_FULL, **parts)
    assert reply.status == 201, reply.text
    return dict(reply.json)


def _get(home: StaffedOrganization, customer_id: str) -> Reply:
    return call("GET", f"{PATH}/{customer_id}", token=home.member.token)


def _receipt(home: StaffedOrganization, customer_id: str) -> Reply:
    return call("GET", f"{PATH}/{customer_id}/erasure", token=home.owner.token)


def _stored(home: StaffedOrganization, customer_id: str) -> CustomerItem:
    return CustomerItem.get(tenant_partition(home.id, Kind.CUSTOMER), customer_id, consistent_read=True)


def _key(home: StaffedOrganization, customer_id: str) -> ItemKeyItem:
    model, pk, sk = item_key_address(SealedPlace(home.id, "customer", customer_id, "personal"))
    return model.get(pk, sk, consistent_read=True)


def test_an_erased_customer_stays_as_the_nameless_party_of_what_they_ordered(home: StaffedOrganization) -> None:
    customer, shop = _created(home), Shop(home)
    body = order_body(shop.product(), shop.warehouse(), customerId=customer["id"])
    order = shop.send("POST", ORDERS, body).json
    assert shop.send("POST", f"{ORDERS}/{order['id']}/cancel").status == 200

    receipt = erase(home, customer["id"])

    shown = _get(home, customer["id"])
    assert (receipt.status, shown.status) == (200, 200)
    erased = {**customer, **_GONE, "erasedAt": receipt.json["destroyedAt"], "version": 2}
    assert shown.json == {**erased, "updatedAt": receipt.json["destroyedAt"]}
    assert shop.send("GET", f"{ORDERS}/{order['id']}").json["customerId"] == customer["id"]
    assert shop.send("GET", PATH).json["items"] == [shown.json]
    assert shop.send("GET", PATH, query={"email": _FULL["email"]}).json["items"] == []


def test_nothing_of_the_person_is_left_in_the_item_and_its_key_is_gone(home: StaffedOrganization) -> None:
    customer_id = _created(home)["id"]
    receipt = erase(home, customer_id).json

    item, key = _stored(home, customer_id), _key(home, customer_id)

    assert {name for name, value in item.attribute_values.items() if value is not None} == {
        *("pk", "sk", "kind", "version", "created_at", "updated_at", "changed_by", "event", "erased_at"),
        *("gsi1_pk", "gsi1_sk"),
    }
    assert key.sealed is None
    assert key.id == receipt["keyId"]
    assert key.destroyed_at == item.erased_at == datetime.fromisoformat(receipt["destroyedAt"])


def test_the_receipt_is_verified_offline_and_names_the_end_of_every_copy(
    home: StaffedOrganization, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    customer_id = _created(home)["id"]
    assert run(write_audit.handler, records_of(home.id)) == []
    assert checkpointed(home.id) == []

    receipt = erase(home, customer_id).json

    (tmp_path / "receipt.txt").write_text(receipt["document"])
    keys = [each for key in keys_of(home.id) for each in ("--key", key.text)]
    capsys.readouterr()
    assert verify(["document", str(tmp_path / "receipt.txt"), *keys, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["kind"] == "erasure-receipt"
    assert told["body"] == {name: value for name, value in receipt.items() if name != "document"}
    at = datetime.fromisoformat(receipt["destroyedAt"])
    assert {name: datetime.fromisoformat(end) - at for name, end in receipt["backups"].items()} == {
        "keysEnd": timedelta(days=7),
        "containersEnd": OPENED_KEYS_LIVE,
        "exportedFilesEnd": timedelta(days=2),
        "keptResponsesEnd": timedelta(days=1),
    }
    head = call("GET", "/v1/audit-logs/checkpoints", token=home.owner.token).json["items"][0]
    assert receipt["lastCheckpoint"]["note"] == head["note"]


def test_erasing_again_gives_the_same_receipt_which_can_be_read_again(home: StaffedOrganization) -> None:
    customer_id = _created(home)["id"]
    assert _receipt(home, customer_id).status == 404

    first, second = erase(home, customer_id, body={"reason": "objection"}), erase(home, customer_id)

    assert first.json == second.json == _receipt(home, customer_id).json
    assert first.json["reason"] == "objection"
    assert _get(home, customer_id).json["version"] == 2


def test_an_erased_customer_is_neither_changed_nor_restored_and_gets_no_new_order(home: StaffedOrganization) -> None:
    customer_id, shop = an_erased_customer(home), Shop(home)

    patched = shop.send("PATCH", f"{PATH}/{customer_id}", {"name": "Grace again"})
    ordered = shop.send("POST", ORDERS, order_body(shop.product(), shop.warehouse(), customerId=customer_id))
    deleted = shop.send("DELETE", f"{PATH}/{customer_id}")
    restored = shop.send("POST", f"{PATH}/{customer_id}/restore")

    assert [(each.status, each.json["code"]) for each in (patched, restored)] == [(409, "customer_erased")] * 2
    assert (ordered.status, ordered.json["errors"][0]["pointer"], deleted.status) == (422, "/customerId", 204)
    assert _get(home, customer_id).status == 404


def test_a_deleted_customer_is_erased_and_stays_deleted(home: StaffedOrganization) -> None:
    customer_id = _created(home)["id"]
    assert call("DELETE", f"{PATH}/{customer_id}", token=home.member.token).status == 204
    ends_at = _stored(home, customer_id).expires_at

    assert erase(home, customer_id).status == 200

    item = _stored(home, customer_id)
    assert [item.personal, item.email_index] == [None, None]
    assert item.expires_at == ends_at
    assert _get(home, customer_id).status == 404
    assert _receipt(home, customer_id).status == 200


def test_a_customer_with_an_open_order_is_not_erased(home: StaffedOrganization) -> None:
    customer_id = with_an_open_order(home)

    refused = erase(home, customer_id)

    assert (refused.status, refused.json["code"], refused.json["usedBy"]) == (409, "in_use", "orders")
    assert (_receipt(home, customer_id).status, _get(home, customer_id).json["erasedAt"]) == (404, None)


def test_what_cannot_be_certified_is_not_erased(home: StaffedOrganization) -> None:
    customer = _created(home)

    with refusing_to_sign():
        failed = erase(home, customer["id"])

    assert failed.status >= 500
    assert _get(home, customer["id"]).json == customer


def test_a_crash_anywhere_erases_all_or_nothing_and_a_repetition_erases(home: StaffedOrganization) -> None:
    for point in crash_points():
        customer = _created(home)
        with point:
            erase(home, customer["id"])
        item, key = _stored(home, customer["id"]), _key(home, customer["id"])
        certified = _receipt(home, customer["id"]).status == 200
        assert (item.personal is None, key.sealed is None) == (certified, certified), point

        again = erase(home, customer["id"])

        assert (again.status, again.json) == (200, _receipt(home, customer["id"]).json), point
        assert _get(home, customer["id"]).json["version"] == 2


def test_a_customer_from_a_backup_opens_nowhere_and_is_erased_again_under_the_same_receipt(
    home: StaffedOrganization,
) -> None:
    customer_id = _created(home)["id"]
    backup = partition_of("tenants", tenant_partition(home.id, Kind.CUSTOMER))
    receipt = erase(home, customer_id)
    put_back("tenants", backup)
    forget_opened_keys()
    token = home.owner.token

    ways_in = [
        _get(home, customer_id),
        call("GET", PATH, token=token),
        call("GET", PATH, token=token, query={"email": _FULL["email"]}),
        call("PATCH", f"{PATH}/{customer_id}", token=token, body={"name": "X"}),
        call("POST", f"{PATH}/{customer_id}/restore", token=token),
    ]

    assert [reply.status for reply in ways_in] == [500] * 5
    assert not any(part in reply.text for part in _CLEAR for reply in ways_in)
    assert erase(home, customer_id).json == receipt.json
    assert _get(home, customer_id).json["name"] is None


def test_log_and_webhooks_tell_of_an_erasure_and_of_nobody(home: StaffedOrganization) -> None:
    with sent_to_dynamodb() as sent:
        customer_id = _created(home, headers={"Idempotency-Key": "canary"})["id"]
        erase(home, customer_id, body={"reason": "consent_withdrawn"})
        assert run(write_audit.handler, records_of(home.id)) == []
    changes = [Change.parse(record) for record in records_of(home.id)]
    (erasure,) = [each for each in changes if each is not None and each.event_type == "customer.erased"]

    message = json.loads(payloads.body_of(erasure, MessageId("msg_1"), system_tenant(home.id, "webhooks")))

    assert not any(part in text for part in _CLEAR for text in sent)
    erased_at = _receipt(home, customer_id).json["destroyedAt"]
    assert (message["type"], message["data"]["erasedAt"]) == ("customer.erased", erased_at)
    query = {"action": "customer.erased"}
    (entry,) = call("GET", "/v1/audit-logs", token=home.owner.token, query=query).json["items"]
    assert (entry["resource"]["id"], entry["actor"]["id"]) == (customer_id, home.owner.id)
    after = {each["path"]: each["after"] for each in entry["diff"]}
    assert (after["/erasureReason"], after["/personal"]) == ("consent_withdrawn", None)
    assert call("GET", "/v1/audit-logs/verification", token=home.owner.token).json["intact"] is True


def test_other_customers_are_untouched(home: StaffedOrganization) -> None:
    foreign = an_organization()
    others = [(home, _created(home)), (foreign, _created(foreign))]

    an_erased_customer(home)

    forget_opened_keys()
    assert [_get(where, customer["id"]).json for where, customer in others] == [customer for _, customer in others]


def test_an_old_version_is_refused_and_nothing_is_erased(home: StaffedOrganization) -> None:
    customer = _created(home)

    refused = erase(home, customer["id"], headers={"If-Match": '"7"'})

    assert (refused.status, refused.json["code"]) == (412, "stale_version")
    assert _get(home, customer["id"]).json == customer


@pytest.mark.parametrize("path", [PATH, "/v1/suppliers"])
def test_the_key_of_a_deleted_resource_ends_with_it_unless_it_is_restored(path: str, home: StaffedOrganization) -> None:
    token, kind = home.member.token, path.removeprefix("/v1/").removesuffix("s")
    resource_id = call("POST", path, token=token, body={"name": "Grace Quay"}).json["id"]

    def ends() -> list[Any]:
        kept = partition_of("tenants", tenant_partition(home.id, Kind(kind.upper())))
        (key,) = partition_of("keys", item_keys_partition(home.id, kind))
        return [item.get("expiresAt") for item in (*kept, key)]

    assert ends() == [None, None]
    assert call("DELETE", f"{path}/{resource_id}", token=token).status == 204
    item_ends, key_ends = ends()
    assert item_ends is not None
    assert item_ends == key_ends
    assert call("POST", f"{path}/{resource_id}/restore", token=token).json["name"] == "Grace Quay"
    assert ends() == [None, None]


def test_the_key_of_a_deleted_webhook_endpoint_goes_with_it(home: StaffedOrganization) -> None:
    endpoint_id = an_endpoint(home)
    deleted = call("DELETE", f"/v1/webhook-endpoints/{endpoint_id}", token=home.owner.token)
    assert (deleted.status, partition_of("keys", item_keys_partition(home.id, "webhook_endpoint"))) == (204, [])
