"""A new organization: its own item, its founder as the one owner, and the count of owners."""

from datetime import datetime

from nexstock.auth.permissions import Role
from nexstock.auth.principals import Tenant
from nexstock.ids import UserId
from nexstock.members.model import Member
from nexstock.members.owners import OwnerCount
from nexstock.members.repository import MemberRepository
from nexstock.organizations.model import Organization
from nexstock.organizations.repository import OrganizationRepository


def stage_founding(tenant: Tenant, organization: Organization, *, founder_email: str, now: datetime) -> None:
    """Stage an organization whose founder is the tenant's actor."""
    OrganizationRepository(tenant).add(organization)
    OwnerCount(tenant).begin()
    MemberRepository(tenant).add(
        Member(
            id=UserId(tenant.actor.id),
            version=1,
            created_at=now,
            updated_at=now,
            name=tenant.actor.name,
            email=founder_email,
            role=Role.OWNER,
        )
    )
