"""The deployed platform and a record that no consumer can ever handle: it ends in the failure queue, and alone."""

import json
from typing import Any, Final

import boto3

from infra.local.platform.customer import Customer, SignedIn, eventually
from infra.local.platform.stack import RunningPlatform
from infra.redrive import unpacked
from tests.support.environment import REGION
from tests.support.receivers import Receiver, receiver

_PATIENCE_S: Final = 60.0
_TABLE: Final = "nexstock-local-tenants"
_FAILURES: Final = "nexstock-local-stream-failures"
_CONSUMERS: Final = ("nexstock-local-write-audit", "nexstock-local-fan-out-webhooks")


def _aws(running: RunningPlatform, service: str) -> Any:  # noqa: ANN401 (boto3 makes the class at run time)
    return boto3.client(
        service,
        endpoint_url=running.aws_endpoint_url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def _product(client: Customer, owner: SignedIn, sku: str) -> str:
    created = client.http.post("/v1/products", headers=owner.headers, json={"sku": sku, "name": "Anvil"})
    assert created.status_code == 201, created.text
    return str(created.json()["id"])


def _write_poison_between_copies(running: RunningPlatform, owner: SignedIn, product_id: str) -> list[str]:
    """Copy a product twice, with an item between them that is none of ours, in one write; return the copies' ids."""
    dynamodb, partition = _aws(running, "dynamodb"), f"ORG#{owner.organization_id}#PRODUCT"
    key = {"PK": {"S": partition}, "SK": {"S": product_id}}
    item = dynamodb.get_item(TableName=_TABLE, Key=key, ConsistentRead=True)["Item"]
    ids = [product_id[:-2] + suffix for suffix in ("00", "01")]
    copies = [{**item, "SK": {"S": copy_id}} for copy_id in ids]
    poison = {"PK": {"S": partition}, "SK": {"S": product_id[:-2] + "02"}, "strange": {"SS": ["a", "b"]}}
    puts = [{"Put": {"TableName": _TABLE, "Item": each}} for each in (copies[0], poison, copies[1])]
    dynamodb.transact_write_items(TransactItems=puts)
    return ids


def _audited(client: Customer, owner: SignedIn) -> set[str]:
    answer = client.http.get("/v1/audit-logs", headers=owner.headers, params={"limit": 100})
    return {entry["resource"]["id"] for entry in answer.json()["items"]}


def _delivered(server: Receiver) -> set[str]:
    return {json.loads(request.body)["data"]["id"] for request in server.received}


def _set_aside(running: RunningPlatform) -> list[dict[str, Any]]:
    sqs = _aws(running, "sqs")
    url = sqs.get_queue_url(QueueName=_FAILURES)["QueueUrl"]
    found: list[dict[str, Any]] = []

    def probe() -> bool:
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return len(found) >= len(_CONSUMERS)

    eventually(probe, _PATIENCE_S)
    return found


def test_a_poison_record_is_set_aside_alone_and_holds_up_nobody(client: Customer, deployed: RunningPlatform) -> None:
    with receiver() as server:
        owner = client.new_owner()
        endpoint = {"url": server.url, "events": ["product.*"]}
        assert client.http.post("/v1/webhook-endpoints", headers=owner.headers, json=endpoint).status_code == 201
        first = _product(client, owner, "A")
        copies = _write_poison_between_copies(deployed, owner, first)
        after = _product(client, owner, "B")
        expected = {first, *copies, after}
        eventually(lambda: expected <= _audited(client, owner), _PATIENCE_S)
        eventually(lambda: expected <= _delivered(server), _PATIENCE_S)
        failures = _set_aside(deployed)
    assert sorted(failure["function"] for failure in failures) == sorted(_CONSUMERS)
    poisoned = [unpacked(failure["record"])["dynamodb"]["NewImage"]["strange"] for failure in failures]
    assert [sorted(values["SS"]) for values in poisoned] == [["a", "b"]] * 2
