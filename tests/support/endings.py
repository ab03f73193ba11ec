"""The end of organizations in tests: as their owner asks for it, and as the queues' consumers go on with it."""

import json
from dataclasses import replace
from types import ModuleType

from functions.queues import issue_receipt, remove_organization
from functions.streams import write_audit
from nexstock.auth.step_up import HEADER, Action
from nexstock.aws import client
from nexstock.clock import utc_now
from nexstock.ids import OrganizationId
from nexstock.organizations.repository import OrganizationRepository
from nexstock.persistence.keys import Kind, receipts_partition, tenant_partition
from nexstock.receipts.model import ORGANIZATION
from tests.support.api import Reply, call
from tests.support.checkpoints import checkpointed
from tests.support.confirmations import a_proof
from tests.support.environment import table_name
from tests.support.events import Context, Json
from tests.support.journeys.world import sent_messages, stored_item
from tests.support.people import Person, StaffedOrganization
from tests.support.records import run


def delete(owner: Person) -> Reply:
    """Delete the owner's organization."""
    headers = {HEADER: a_proof(owner.token, Action.DELETE_ORGANIZATION)}
    return call("DELETE", "/v1/organization", token=owner.token, headers=headers)


def marked_deleted(home: StaffedOrganization) -> Json:
    """Delete an organization in its table alone, and return what queues would say of it: quickly, for many of them."""
    tenant, now = home.tenant(), utc_now()
    organizations = OrganizationRepository(tenant)
    own = organizations.own()
    organizations.replace(replace(own, version=own.version + 1, updated_at=now, deleted_at=now))
    tenant.transaction.commit()
    return {"organizationId": home.id}


def event_of(message: Json) -> Json:
    """Return the event by which a queue hands a message over."""
    return {"Records": [{"messageId": "1", "body": json.dumps(message)}]}


def removed(message: Json) -> list[Json]:
    """Hand the consumer of removals a message, and return what it queued."""
    return _worked(remove_organization, message)


def told(message: Json) -> list[Json]:
    """Hand the consumer of receipts a message, and return what it queued."""
    return _worked(issue_receipt, message)


def recorded(organization_id: OrganizationId) -> None:
    """Have the deletion of an organization recorded in its log, and the log signed."""
    pk = tenant_partition(organization_id, Kind.ORGANIZATION)
    image = stored_item(table_name("tenants"), pk, organization_id)
    place = {"PK": {"S": pk}, "SK": {"S": organization_id}}
    before = {name: value for name, value in image.items() if name != "deletedAt"}
    before["version"] = {"N": str(int(image["version"]["N"]) - 1)}
    change = {
        "Keys": place,
        "OldImage": before,
        "NewImage": image,
        "SequenceNumber": "1",
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    assert run(write_audit.handler, [{"eventName": "MODIFY", "eventSource": "aws:dynamodb", "dynamodb": change}]) == []
    assert checkpointed(organization_id) == []


def untold(organization_id: OrganizationId) -> None:
    """Have the receipt be as it was before the owners were told of it."""
    client("dynamodb").update_item(
        TableName=table_name("keys"),
        Key={"PK": {"S": receipts_partition(organization_id)}, "SK": {"S": ORGANIZATION}},
        UpdateExpression="REMOVE toldAt",
    )


def shredded(owner: Person, organization_id: OrganizationId) -> None:
    """Delete an organization, and go on until its owners have the receipt; the rest of it is still there."""
    assert delete(owner).status == 202
    message = {"organizationId": organization_id}
    assert removed(message) == [message]
    recorded(organization_id)
    told(message)


def until_done(message: Json) -> None:
    """Deliver what is queued of the end of an organization until nothing is."""
    while removed(message):
        told(message)


def _worked(consumer: ModuleType, message: Json) -> list[Json]:
    with sent_messages() as queued:
        assert consumer.handler(event_of(message), Context()) == {"batchItemFailures": []}
    return list(queued)
