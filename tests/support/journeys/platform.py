"""Journeys of the functions that keep the platform itself going."""

import json

from tests.support.journeys.credentials import product_record
from tests.support.journeys.world import Visit


def public_page(visit: Visit) -> None:
    """One request without a credential."""
    visit.request(200)


def write_audit(visit: Visit) -> None:
    """A change, the same once more, and a record that is none of this table's."""
    event = {"Records": [product_record(visit.world)]}
    for _ in range(2):
        assert visit.invoke(event).answer == {"batchItemFailures": []}
    poison = {"dynamodb": {"SequenceNumber": "1", "Keys": {"PK": {"S": visit.world.canary("partition key")}}}}
    outcome = visit.invoke({"Records": [*event["Records"], poison]})
    assert outcome.answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def send_mail(visit: Visit) -> None:
    """A mail, and one that lacks a value of its template."""
    world = visit.world
    values = {f"value_{name}": world.canary(name) for name in ("name", "organization", "at", "ip")}
    mail = {"template": "verify_email", "to": world.email(), **values, "value_code": world.keep("code", "908172")}
    lacking = {"template": "verify_email", "to": world.email()}
    records = [{"messageId": str(number), "body": json.dumps(each)} for number, each in enumerate((mail, lacking))]
    assert visit.invoke({"Records": records}).answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def provision_keys(visit: Visit) -> None:
    """A deployment without keys, the next one, and the end of the stack."""
    for request in ("Create", "Update", "Delete"):
        visit.invoke(
            {
                "RequestType": request,
                "ResponseURL": f"{visit.world.taking}/{visit.world.canary('response URL')}",
                "StackId": "stack",
                "RequestId": "request",
                "LogicalResourceId": "PlatformKeys",
            }
        )
