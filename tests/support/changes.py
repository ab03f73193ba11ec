"""Stream records of the organizations' table, as DynamoDB Streams hands them to Lambda."""

import secrets
from typing import Any, Final

from nexstock.ids import OrganizationId
from nexstock.persistence.keys import Kind, tenant_partition

ORGANIZATION: Final = OrganizationId("org_01JD0000000000000000000000")
PRODUCT: Final = "prd_01JD0000000000000000000001"
AT: Final = "2026-03-01T12:00:00.000Z"

Image = dict[str, dict[str, Any]]


def an_image(
    *,
    version: int = 1,
    deleted: bool = False,
    kind: Kind = Kind.PRODUCT,
    item_id: str = PRODUCT,
    **attributes: dict[str, Any],
) -> Image:
    """Return an item's image; `attributes` are in DynamoDB's typed form."""
    changed_by = {
        "type": "user",
        "id": "usr_01JD0000000000000000000002",
        "name": "Pat",
        "ip": "203.0.113.7",
        "requestId": "request-1",
        "userAgent": "tests/1",
        "at": AT,
    }
    return {
        "PK": {"S": tenant_partition(ORGANIZATION, kind)},
        "SK": {"S": item_id},
        "kind": {"S": kind.value},
        "version": {"N": str(version)},
        "createdAt": {"S": AT},
        "updatedAt": {"S": AT},
        "changedBy": {"M": {name: {"S": value} for name, value in changed_by.items()}},
        **({"deletedAt": {"S": AT}, "expiresAt": {"N": "1775000000"}} if deleted else {}),
        **attributes,
    }


def a_record(
    before: Image | None, after: Image | None, *, partition: str | None = None, by_ttl: bool = False
) -> dict[str, Any]:
    """Return the record of a change from one image to another; None stands for no item."""
    image = after or before or an_image()
    images = {name: value for name, value in (("OldImage", before), ("NewImage", after)) if value is not None}
    names = {(False, True): "INSERT", (True, True): "MODIFY", (True, False): "REMOVE"}
    return {
        "eventID": secrets.token_hex(16),
        "eventName": names.get((before is not None, after is not None), "MODIFY"),
        "eventSource": "aws:dynamodb",
        **({"userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}} if by_ttl else {}),
        "dynamodb": {
            "Keys": {"PK": {"S": partition} if partition is not None else image["PK"], "SK": image["SK"]},
            "SequenceNumber": str(secrets.randbelow(10**20)),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **images,
        },
    }
