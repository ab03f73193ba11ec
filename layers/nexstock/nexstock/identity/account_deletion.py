"""The end of an account: the person leaves every organization, and their address is free again."""

from functools import partial

from nexstock.auth.principals import Caller, RequestOrigin, member_tenant
from nexstock.clock import Clock, to_rfc3339, utc_now
from nexstock.identity.items import EmailOwnerItem, UserItem
from nexstock.identity.memberships import memberships_of
from nexstock.identity.passkey_removal import stage_end_of_all
from nexstock.identity.people import get_person
from nexstock.mail.outbox import Template, post
from nexstock.members.owners import OwnerCount
from nexstock.members.repository import MemberRepository
from nexstock.members.service import stage_departure
from nexstock.persistence import identity_keys
from nexstock.persistence.tenant_items import changed_meanwhile


def delete_account(*, caller: Caller, origin: RequestOrigin, clock: Clock = utc_now) -> None:
    """Stage the end of the caller's account; sessions and the API keys that they made are refused from then on.

    Raises:
        LastOwner: at the commit, where an organization would be left without an owner (409).
    """
    now = clock()
    person = get_person(caller.user_id)
    transaction = caller.tenant.transaction
    for membership in memberships_of(caller.user_id, person.organization_ids):
        tenant = member_tenant(membership.organization_id, caller.tenant.actor, origin, transaction)
        members = MemberRepository(tenant)
        stage_departure(members.entity_of(membership.member), members, OwnerCount(tenant), now)
    stage_end_of_all(caller.user_id, person, transaction)
    transaction.delete(
        EmailOwnerItem(identity_keys.email_partition(person.email), identity_keys.OWNER),
        condition=EmailOwnerItem.user_id == caller.user_id,
        refusal=changed_meanwhile,
    )
    transaction.delete(
        UserItem(identity_keys.user_partition(caller.user_id), identity_keys.PROFILE),
        condition=UserItem.version == person.version,
        refusal=changed_meanwhile,
    )
    values = {"name": person.name, "at": to_rfc3339(now), "ip": origin.ip}
    transaction.after_commit(partial(post, Template.ACCOUNT_DELETED, to=person.email, values=values, now=now))
