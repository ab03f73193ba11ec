"""Journeys of the functions that erase customers, and of those that show what came of it."""

from tests.support import endings
from tests.support.erasure_requests import with_an_open_order
from tests.support.journeys.catalogue import CUSTOMERS
from tests.support.journeys.world import Visit


def erase_customer(visit: Visit) -> None:
    """One, the same once more with and without the key, a deleted one, an old version, and one with an open order."""
    world = visit.world
    path, key = _a_customer(visit), {"Idempotency-Key": world.canary("idempotency key")}
    visit.request(412, by="admin", path=path, headers={"If-Match": '"9"', "Idempotency-Key": "another"})
    first = visit.request(200, by="admin", path=path, body={"reason": "objection"}, headers=key)
    assert visit.request(200, by="admin", path=path, body={"reason": "objection"}, headers=key).json == first.json
    assert visit.request(200, by="admin_key", path=path).json == first.json
    deleted = _a_customer(visit)
    world.removed(f"{CUSTOMERS.path}/{deleted['customer_id']}")
    visit.request(200, by="owner", path=deleted)
    busy = {"customer_id": with_an_open_order(world.organization)}
    visit.request(409, by="owner", path=busy)
    visit.request(404, by="owner", path={"customer_id": CUSTOMERS.missing})
    visit.request(422, by="owner", path=busy, body={"reason": world.canary("reason")})
    visit.request(403, by="member", path=busy)


def get_customer_erasure(visit: Visit) -> None:
    """Of one who was erased, one who was not, and nobody."""
    path = _a_customer(visit)
    visit.request(404, by="admin", path=path)
    visit.world.made(f"{CUSTOMERS.path}/{path['customer_id']}/erase", {})
    visit.request(200, by="admin", path=path)
    visit.request(404, by="admin", path={"customer_id": "ORGANIZATION"})
    visit.request(403, by="member", path=path)


def _a_customer(visit: Visit) -> dict[str, str]:
    made = visit.world.made(CUSTOMERS.path, CUSTOMERS.body(visit.world))
    return {CUSTOMERS.variable: made.json["id"]}


def issue_receipt(visit: Visit) -> None:
    """An organization that lives, one whose deletion is not signed yet, then is, and is told of a second time."""
    home = visit.world.organization
    visit.world.made(CUSTOMERS.path, CUSTOMERS.body(visit.world))
    message = {"organizationId": home.id}
    event = endings.event_of(message)
    visit.invoke(event)
    assert endings.delete(home.owner).status == 202
    endings.removed(message)
    visit.invoke(event)
    endings.recorded(home.id)
    visit.invoke(event)
    endings.untold(home.id)
    assert visit.invoke(event).answer == {"batchItemFailures": []}
