"""Journeys of the functions that keep organizations, their members and invitations."""

import json

from nexstock.auth.permissions import Role
from nexstock.auth.step_up import HEADER, Action
from tests.support import endings
from tests.support.api import call
from tests.support.confirmations import a_proof
from tests.support.imports import numbered_products, posted
from tests.support.invitations import an_invitation_token, token_in
from tests.support.journeys.world import Visit, World
from tests.support.people import Person, add_person, an_organization
from tests.support.single_sign_on import a_domain, connected
from tests.support.webhook_requests import a_delivery

MISSING_MEMBER = "usr_01JD0000000000000000000000"
MISSING_INVITATION = "inv_01JD0000000000000000000000"


def get_organization(visit: Visit) -> None:
    """The caller's own."""
    visit.request(200, by="member")


def update_organization(visit: Visit) -> None:
    """A change, the same once more, one that the time zone forbids, and one that the role does."""
    world = visit.world
    body = {"name": world.canary("organization's name")}
    key = _a_key(world)
    visit.request(200, by="admin", body=body, headers=key)
    visit.request(200, by="admin", body=body, headers=key)
    visit.request(412, by="admin", body=body, headers={**_a_key(world), "If-Match": '"99"'})
    visit.request(422, by="admin", body={"timeZone": world.canary("time zone")})
    visit.request(403, by="member", body=body)


def create_organization(visit: Visit) -> None:
    """A further organization; an API key founds none."""
    body = {"name": visit.world.canary("organization's name")}
    visit.request(201, by="member", body=body)
    visit.request(403, by="admin_key", body=body)


def delete_organization(visit: Visit) -> None:
    """Without a proof, with one, and the same once more."""
    world = visit.world
    key = _a_key(world)
    visit.request(403, by="owner", headers=key)
    proof = {HEADER: world.keep("proof", a_proof(world.organization.owner.token, Action.DELETE_ORGANIZATION))}
    visit.request(403, by="admin", headers={**key, **proof})
    context = visit.context_of("owner")
    for _ in range(2):
        visit.request(202, context=context, headers={**key, **proof})


def transfer_ownership(visit: Visit) -> None:
    """To nobody, to a member, the same once more; and to somebody who is an owner already."""
    world = visit.world
    owner = world.organization.owner
    key = _a_key(world)
    visit.request(404, by="owner", body={"memberId": MISSING_MEMBER}, headers=_confirmed(world, owner, key))
    body, headers = {"memberId": world.organization.member.id}, _confirmed(world, owner, key)
    context = visit.context_of("owner")
    for _ in range(2):
        visit.request(204, context=context, body=body, headers=headers)
    other = an_organization()
    second = add_person(other, Role.OWNER)
    context = visit.context_of_token(second.token)
    visit.request(204, context=context, body={"memberId": other.owner.id}, headers=_confirmed(world, second, {}))


def list_members(visit: Visit) -> None:
    """Two pages."""
    first = visit.request(200, by="member", query={"limit": "1"})
    visit.request(200, by="member", query={"limit": "1", "cursor": visit.world.keep("cursor", first.json["next"])})


def get_member(visit: Visit) -> None:
    """One that is there and one that is not."""
    visit.request(200, by="member", path={"member_id": visit.world.organization.admin.id})
    visit.request(404, by="member", path={"member_id": MISSING_MEMBER})


def update_member(visit: Visit) -> None:
    """Another role, ownership from somebody who has none to give, ownership given, and taken again."""
    world = visit.world
    path = {"member_id": world.organization.member.id}
    key = _a_key(world)
    for _ in range(2):
        visit.request(200, by="admin", path=path, body={"role": "admin"}, headers=key)
    visit.request(403, by="admin", path=path, body={"role": "owner"}, headers=_a_key(world))
    visit.request(200, by="owner", path=path, body={"role": "owner"})
    visit.request(200, by="owner", path=path, body={"role": "member"})
    visit.request(409, by="owner", path={"member_id": world.organization.owner.id}, body={"role": "member"})


def remove_member(visit: Visit) -> None:
    """A member, the same once more, the last owner, and an owner where there is a second one."""
    world = visit.world
    key = _a_key(world)
    path = {"member_id": world.organization.member.id}
    for _ in range(2):
        visit.request(204, by="admin", path=path, headers=key)
    visit.request(404, by="admin", path=path)
    visit.request(409, by="owner", path={"member_id": world.organization.owner.id})
    visit.request(204, by="owner", path={"member_id": add_person(world.organization, Role.OWNER).id})


def end_member_sessions(visit: Visit) -> None:
    """A member's, the same once more, and nobody's."""
    key = _a_key(visit.world)
    path = {"member_id": visit.world.organization.member.id}
    for _ in range(2):
        visit.request(204, by="admin", path=path, headers=key)
    visit.request(404, by="admin", path={"member_id": MISSING_MEMBER}, headers=_a_key(visit.world))


def create_invitation(visit: Visit) -> None:
    """An address that nobody has, the same once more, a member's, and ownership from somebody who has none."""
    world = visit.world
    body = {"email": world.email(), "role": "member"}
    key = _a_key(world)
    outcome = visit.request(201, by="admin", body=body, headers=key)
    (mail,) = [json.loads(call.parameters["MessageBody"]) for call in outcome.calls if call.operation == "SendMessage"]
    world.keep("invitation", token_in(mail))
    visit.request(201, by="admin", body=body, headers=key)
    visit.request(409, by="admin", body={**body, "email": world.organization.member.email})
    visit.request(403, by="admin", body={**body, "role": "owner"}, headers=_a_key(world))


def list_invitations(visit: Visit) -> None:
    """Two pages."""
    for _ in range(2):
        _invited(visit.world)
    first = visit.request(200, by="admin", query={"limit": "1"})
    visit.request(200, by="admin", query={"limit": "1", "cursor": visit.world.keep("cursor", first.json["next"])})


def get_invitation(visit: Visit) -> None:
    """One that is there and one that is not."""
    visit.request(200, by="admin", path={"invitation_id": _invited(visit.world)})
    visit.request(404, by="admin", path={"invitation_id": MISSING_INVITATION})


def revoke_invitation(visit: Visit) -> None:
    """One that is there, the same once more, and one that is not."""
    path = {"invitation_id": _invited(visit.world)}
    key = _a_key(visit.world)
    for _ in range(2):
        visit.request(204, by="admin", path=path, headers=key)
    visit.request(404, by="admin", path={"invitation_id": MISSING_INVITATION})


def accept_invitation(visit: Visit) -> None:
    """Somebody new as an owner, the same once more, somebody known, and a token of nothing."""
    world = visit.world
    token = world.keep("invitation", an_invitation_token(world.organization, world.email(), role="owner"))
    body = {"token": token, "name": world.canary("person's name"), "password": world.password()}
    visit.request(422, body={**body, "password": world.keep("password", "Xq7-too-short")})
    visit.request(200, body=body)
    visit.request(422, body=body)
    known = an_organization().member
    token = world.keep("invitation", an_invitation_token(world.organization, known.email))
    visit.request(200, body={"token": token})
    _removed(world, known.id)
    token = world.keep("invitation", an_invitation_token(world.organization, known.email))
    visit.request(200, body={"token": token})
    visit.request(422, body={"token": world.canary("invitation")})


def remove_organization(visit: Visit) -> None:
    """An organization that lives, and the same once it is deleted, as often as it takes."""
    world = visit.world
    world.made("/v1/products", world.product())
    _invited(world)
    posted(world.organization, numbered_products(1))
    assert call("GET", "/v1/organization/export", token=world.organization.owner.token).status == 202
    world.made("/v1/customers", {"name": world.canary("customer's name")})
    a_delivery(world.organization)
    connected(world.organization, "https://login.customer.example", a_domain())
    message = {"organizationId": world.organization.id}
    records = endings.event_of(message)
    assert visit.invoke(records).answer == {"batchItemFailures": []}
    assert endings.delete(world.organization.owner).status == 202
    assert visit.invoke(records).answer == {"batchItemFailures": []}
    endings.recorded(world.organization.id)
    endings.told(message)
    for _ in range(2):
        assert visit.invoke(records).answer == {"batchItemFailures": []}


def _a_key(world: World) -> dict[str, str]:
    return {"Idempotency-Key": world.canary("idempotency key")}


def _invited(world: World) -> str:
    return str(world.made("/v1/invitations", {"email": world.email(), "role": "member"}).json["id"])


def _removed(world: World, member_id: str) -> None:
    world.removed(f"/v1/members/{member_id}")


def _confirmed(world: World, person: Person, headers: dict[str, str]) -> dict[str, str]:
    return {**headers, HEADER: world.keep("proof", a_proof(person.token, Action.TRANSFER_OWNERSHIP))}
