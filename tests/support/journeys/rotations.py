"""Journeys of the functions that rotate secrets, and of those that do what comes after a rotation."""

from datetime import datetime, timedelta
from typing import Any, Final

import boto3

from nexstock.clock import to_rfc3339, utc_now
from nexstock.crypto import rotation_progress
from nexstock.crypto.stored_secrets import Purpose
from nexstock.persistence.keys import ROTATIONS, secret_partition
from tests.support.environment import table_name
from tests.support.journeys.webhooks import MISSING
from tests.support.journeys.world import Visit
from tests.support.platform_secrets import own_versions
from tests.support.webhook_secrets import MAX_AGE, WARNED_AT_AGE, a_replaced_endpoint, an_aged_endpoint, grow_older
from tests.support.webhooks import queue_event

KEYS_OF_AN_OLD_DEPLOYMENT: Final = table_name("old-keys")
"""The table whose secrets the journey of a rotation ages, since everybody needs those of the tests' own table."""

_NOWHERE: Final = "http://127.0.0.1:1/"


def reveal_webhook_secret(visit: Visit) -> None:
    """A secret that the platform made, the same request once more, one that was shown, and no endpoint."""
    home = visit.world.organization
    path = {"endpoint_id": a_replaced_endpoint(home).id}
    key = {"Idempotency-Key": visit.world.canary("idempotency key")}
    answer = visit.request(200, by="admin", path=path, headers=key).json
    visit.world.keep("signing secret", answer["secret"])
    visit.request(409, by="admin", path=path, headers=key)
    visit.request(409, by="admin", path=path, headers={"Idempotency-Key": "another"})
    visit.request(404, by="admin", path={"endpoint_id": MISSING}, headers={"Idempotency-Key": "a third"})


def rotate_webhook_secrets(visit: Visit) -> None:
    """A secret that is due, and one that is to be replaced."""
    home = visit.world.organization
    secrets = [an_aged_endpoint(home, _NOWHERE, age=WARNED_AT_AGE) for _ in range(2)]
    for endpoint in secrets:
        visit.world.keep("signing secret", endpoint.secret)
    visit.invoke({})
    grow_older(home, secrets[0].id, MAX_AGE - WARNED_AT_AGE)
    visit.invoke({})
    shown = [visit.world.read(f"/v1/webhook-endpoints/{endpoint.id}").json for endpoint in secrets]
    assert [each["secretPending"] for each in shown] == [True, False]


def rotate_platform_secrets(visit: Visit) -> None:
    """Secrets that are due and some that are over, a version that an operator asks for, and all steps of a rotation."""
    now = utc_now()
    for purpose in Purpose:
        for version, age_days in (("V0001", 800), ("V0002", 400)):
            _store(purpose, version, now - timedelta(days=age_days))
    outcomes = visit.invoke({}).answer
    assert [(each["newest_version"], each["is_new"]) for each in outcomes] == [("V0003", True)] * len(Purpose)
    _store(Purpose.BLIND_INDEX, "V0003", now - timedelta(hours=2))
    assert _step_of(visit) == "begins"
    _end_pass()
    assert _step_of(visit) == "finished"
    assert visit.invoke({"purpose": "code_hash"}).answer[0]["is_new"] is False


def _step_of(visit: Visit) -> str:
    (outcome,) = [each for each in visit.invoke({}).answer if each["purpose"] == Purpose.BLIND_INDEX]
    return str(outcome["step"])


def _store(purpose: Purpose, version: str, created_at: datetime) -> None:
    # None of them is opened by a rotation.
    item = {"PK": secret_partition(purpose), "SK": version, "sealed": b"sealed", "createdAt": to_rfc3339(created_at)}
    _keys().put_item(Item=item)


def _end_pass() -> None:
    _keys().update_item(
        Key={"PK": ROTATIONS, "SK": Purpose.BLIND_INDEX.value},
        UpdateExpression="SET endedShards = :all",
        ExpressionAttributeValues={":all": {str(shard) for shard in range(8)}},
    )


def _keys() -> Any:  # noqa: ANN401 (boto3 makes its classes as it goes)
    return boto3.resource("dynamodb").Table(KEYS_OF_AN_OLD_DEPLOYMENT)


def reindex_customers(visit: Visit) -> None:
    """The first of all customers, those of an organization, a pass that is over, and a message that is none."""
    home = visit.world.organization
    for email in ({"email": visit.world.email()}, {}):
        visit.world.made("/v1/customers", {"name": visit.world.canary("person's name"), **email})
    with own_versions(Purpose.BLIND_INDEX):
        # The secret stays as it is for everybody else's customers: what is indexed anew comes to the same.
        number = rotation_progress.begin_pass(Purpose.BLIND_INDEX, "V0002", after=None, organizations=1, now=utc_now())
        begin = {"version": "V0002", "pass": str(number), "shard": "0"}
        ours = {**begin, "organizationId": home.id, "after": "cus_0"}
        for message in (begin, ours, {**ours, "pass": "99"}):
            assert visit.invoke(queue_event(message)).answer == {"batchItemFailures": []}
        failed = visit.invoke(queue_event({"shard": visit.world.canary("shard")})).answer
        assert len(failed["batchItemFailures"]) == 1
