"""Journeys of the functions that keep the platform itself going."""

import json
import secrets
from typing import Final

from nexstock.clock import utc_now
from nexstock.ids import new_id
from tests.support.journeys.credentials import product_record
from tests.support.journeys.world import Visit


def public_page(visit: Visit) -> None:
    """One request without a credential."""
    visit.request(200)


def get_webhook_keys(visit: Visit) -> None:
    """The keys of an organization, and of something that is none."""
    visit.request(200, path={"organization_id": visit.world.organization.id})
    visit.request(404, path={"organization_id": visit.world.canary("organization")})


def write_audit(visit: Visit) -> None:
    """A change, the same once more, alone and with another, and a record that is none of this table's."""
    event = {"Records": [product_record(visit.world)]}
    for _ in range(2):
        assert visit.invoke(event).answer == {"batchItemFailures": []}
    both = [*event["Records"], product_record(visit.world)]
    assert visit.invoke({"Records": both}).answer == {"batchItemFailures": []}
    poison = {"dynamodb": {"SequenceNumber": "1", "Keys": {"PK": {"S": visit.world.canary("partition key")}}}}
    outcome = visit.invoke({"Records": [*event["Records"], poison]})
    assert outcome.answer == {"batchItemFailures": []}


KEY_OF_RESEND: Final = f"re_{secrets.token_hex(16)}"


def send_mail(visit: Visit) -> None:
    """A mail, the same once more, and one that lacks a value of its template."""
    mail = _queued(visit, 1, _mail(visit))
    lacking = _queued(visit, 2, {"id": "mail_2", "template": "verify_email", "to": visit.world.email()})
    for _ in range(2):
        answer = visit.invoke({"Records": [mail, lacking]}).answer
        assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}


def send_mail_through_resend(visit: Visit) -> None:
    """A mail that is taken, one while the provider is away, and one that it refuses."""
    visit.world.keep("key of Resend", KEY_OF_RESEND)
    records = [_queued(visit, number, _mail(visit)) for number in (1, 2, 3)]
    assert visit.invoke({"Records": records}).answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}


def _mail(visit: Visit) -> dict[str, str]:
    world = visit.world
    values = {f"value_{name}": world.canary(name) for name in ("name", "organization", "at", "ip")}
    code = {"value_code": world.keep("code", "908172")}
    mail_id = new_id("mail", utc_now())
    return {"id": mail_id, "template": "verify_email", "to": world.email(), **values, **code}


def _queued(visit: Visit, number: int, mail: dict[str, str]) -> dict[str, object]:
    receipt = visit.world.canary("receipt handle")
    attributes = {"ApproximateReceiveCount": "1"}
    return {"messageId": str(number), "receiptHandle": receipt, "attributes": attributes, "body": json.dumps(mail)}


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
