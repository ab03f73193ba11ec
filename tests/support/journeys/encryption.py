"""Journeys of the functions that rotate organizations' keys, and show them."""

import json

from nexstock.clock import to_rfc3339, utc_now
from nexstock.crypto.stored_keys import DataKeyItem, stored_data_keys
from nexstock.encryption.rotation import KEPT_FOR
from nexstock.ids import OrganizationId
from tests.support.journeys.catalogue import CUSTOMERS, SUPPLIERS
from tests.support.journeys.single_sign_on import connection_body
from tests.support.journeys.webhooks import endpoint
from tests.support.journeys.world import Visit, World
from tests.support.rotations import LATER
from tests.support.single_sign_on import CONNECTION


def list_encryption_keys(visit: Visit) -> None:
    """Some keys, and who may not see them."""
    _sealed(visit.world)
    visit.request(200, by="admin")
    visit.request(403, by="member")


def get_rotation_report(visit: Visit) -> None:
    """A report, and who may not have one."""
    _sealed(visit.world)
    visit.request(200, by="admin")
    visit.request(403, by="member")


def rotate_encryption_keys(visit: Visit) -> None:
    """Keys that are young, the same once more, and who may not."""
    key = {"Idempotency-Key": visit.world.canary("idempotency key")}
    _sealed(visit.world)
    for _ in range(2):
        visit.request(202, by="admin", headers=key)
    visit.request(409, by="admin")
    visit.request(403, by="member")


def rotate_data_keys(visit: Visit) -> None:
    """All organizations, keys that are too old, some that nothing is under any more, and no message of ours."""
    world = visit.world
    _sealed(world)
    _aged(world.organization.id)
    notes: list[dict[str, str]] = [
        *({"shard": str(shard)} for shard in range(8)),
        {"organizationId": world.organization.id},
    ]
    for note in notes:
        assert _told(visit, note)
    began_at, counts = utc_now() + KEPT_FOR + LATER, dict.fromkeys(("total", "seen", "renewed", "stuck"), "0")
    for _ in range(2):
        for kind in ("customer", "supplier", "webhook_endpoint", "single_sign_on", "idempotency"):
            place = {"organizationId": world.organization.id, "kind": kind, "version": "V0002", **counts}
            assert _told(visit, {**place, "beganAt": to_rfc3339(began_at)})
    assert not _told(visit, {"organizationId": world.canary("organization")})


def begin_data_key_rotations(visit: Visit) -> None:
    """One run."""
    visit.invoke({})


def _sealed(world: World) -> None:
    """Have something of every kind sealed."""
    for resources in (CUSTOMERS, SUPPLIERS):
        world.made(resources.path, resources.body(world), key=world.canary("idempotency key"))
    endpoint(world)
    world.made(CONNECTION, connection_body(world))


def _aged(organization_id: OrganizationId) -> None:
    for item in stored_data_keys(organization_id):
        item.update([DataKeyItem.created_at.set(item.created_at - LATER)])


def _told(visit: Visit, note: dict[str, str]) -> bool:
    record = {"messageId": "1", "body": json.dumps(note)}
    return bool(visit.invoke({"Records": [record]}).answer == {"batchItemFailures": []})
