"""Checkpoints of audit logs in tests: made by the functions that make them, read and verified as a customer would."""

import json
import os
from collections.abc import Iterator
from typing import Any

import boto3

from functions.queues import make_checkpoint
from functions.streams import write_audit
from nexstock.audit.checkpoints import CheckpointRepository, log_name
from nexstock.auth.principals import Tenant, system_tenant
from nexstock.aws import client
from nexstock.crypto.checkpoint_signer import public_keys
from nexstock.ids import OrganizationId
from nexstock.persistence.keys import audit_checkpoint_sort_key, organization_partition
from nexstock_verify.notes import Checkpoint, PublicKey
from tests.support.bursts import a_burst
from tests.support.environment import AUDIT_ARCHIVE_BUCKET, table_name
from tests.support.events import Context
from tests.support.records import run


def a_tenant(organization_id: OrganizationId) -> Tenant:
    """Return the tenant in whose name the platform works on an organization's log."""
    return system_tenant(organization_id, "audit")


def grown_by(organization_id: OrganizationId, entries: int, *, text: str = "Thing") -> None:
    """Have so many further changes recorded."""
    records = a_burst(organization_id, entries, text=text)
    for begin in range(0, entries, 100):
        assert run(write_audit.handler, records[begin : begin + 100]) == []


def grown_too_long(organization_id: OrganizationId) -> None:
    """Have more recorded than one checkpoint goes on by."""
    grown_by(organization_id, 30, text="x" * 160_000)


def checkpointed(organization_id: OrganizationId) -> list[str]:
    """Have the log's checkpoint made as its queue has it made, and return the ids of messages that failed."""
    message = {"messageId": "1", "body": json.dumps({"organizationId": organization_id})}
    answer = make_checkpoint.handler({"Records": [message]}, Context())  # type: ignore[arg-type]
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def keys_of(organization_id: OrganizationId) -> list[PublicKey]:
    """Return the keys that verify an organization's checkpoints."""
    return public_keys(log_name(organization_id))


def archived(organization_id: OrganizationId, area: str) -> dict[str, bytes]:
    """Return what an area of the archive holds of an organization, by name."""
    found = {}
    for key in _keys_below(f"{area}/{organization_id}/"):
        body = client("s3").get_object(Bucket=AUDIT_ARCHIVE_BUCKET, Key=key)["Body"]
        found[key.partition(f"{organization_id}/")[2]] = body.read()
    return found


def archived_notes(organization_id: OrganizationId) -> list[str]:
    """Return the signed notes in the archive, the oldest first."""
    return [note.decode() for _name, note in sorted(archived(organization_id, "checkpoints").items())]


def archived_checkpoints(organization_id: OrganizationId) -> list[Checkpoint]:
    """Return the checkpoints in the archive, the oldest first, each verified."""
    return [Checkpoint.open(note, keys_of(organization_id)) for note in archived_notes(organization_id)]


def archived_lines(organization_id: OrganizationId) -> list[bytes]:
    """Return the archived entries as an export has them, each once, the oldest first."""
    lines = {line for content in archived(organization_id, "entries").values() for line in content.splitlines()}
    return sorted(lines, key=lambda line: int(json.loads(line)["sequence"]))


def forget_newest(organization_id: OrganizationId) -> None:
    """Remove the newest checkpoint from the table, as nobody but a test may."""
    newest = CheckpointRepository(a_tenant(organization_id)).newest()
    assert newest is not None
    remove(organization_id, audit_checkpoint_sort_key(newest.size))


def remove(organization_id: OrganizationId, sort_key: str) -> None:
    """Remove an item of an organization's log, as nobody but a test may."""
    _tables().delete_item(TableName=table_name("audit"), Key=_key(organization_id, sort_key))


def tampered(organization_id: OrganizationId, sort_key: str, **attributes: dict[str, str]) -> None:
    """Change attributes of an item of an organization's log behind everybody's back."""
    key = _key(organization_id, sort_key)
    item = _tables().get_item(TableName=table_name("audit"), Key=key, ConsistentRead=True)["Item"]
    _tables().put_item(TableName=table_name("audit"), Item={**item, **attributes})


def _key(organization_id: OrganizationId, sort_key: str) -> dict[str, dict[str, str]]:
    return {"PK": {"S": organization_partition(organization_id)}, "SK": {"S": sort_key}}


def _tables() -> Any:  # noqa: ANN401 (boto3 makes the class at run time)
    return boto3.client("dynamodb", endpoint_url=os.environ["AWS_ENDPOINT_URL_DYNAMODB"])


def _keys_below(prefix: str) -> Iterator[str]:
    for page in client("s3").get_paginator("list_objects_v2").paginate(Bucket=AUDIT_ARCHIVE_BUCKET, Prefix=prefix):
        yield from (each["Key"] for each in page.get("Contents", []))
