"""Whether a membership counts right now: the member is not removed, and the organization not deleted."""

from nexstock.ids import OrganizationId
from nexstock.members.repository import MemberItem
from nexstock.organizations.repository import OrganizationItem
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.persistence.tables import Item


def membership_keys(organization_id: OrganizationId, user_id: str) -> list[tuple[type[Item], str, str]]:
    """Return what to read, as `batch_get` takes it: the member, then the organization."""
    return [
        (MemberItem, tenant_partition(organization_id, Kind.MEMBER), user_id),
        (OrganizationItem, tenant_partition(organization_id, Kind.ORGANIZATION), organization_id),
    ]


def present_member(member: Item | None, organization: Item | None) -> MemberItem | None:
    """Return the member if the membership counts."""
    if not isinstance(member, MemberItem) or not isinstance(organization, OrganizationItem):
        return None
    return member if member.deleted_at is None and organization.deleted_at is None else None
