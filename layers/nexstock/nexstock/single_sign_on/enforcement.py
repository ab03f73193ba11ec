"""Organizations that admit their people by single sign-on only.

Owners are always let in by what else they have, so that a provider that fails, or was set up wrongly, locks nobody out
for good.
"""

from nexstock.auth.permissions import Role
from nexstock.identity.memberships import Membership
from nexstock.single_sign_on.errors import SingleSignOnRequired
from nexstock.single_sign_on.repository import present_connection


def require_other_ways_allowed(membership: Membership) -> None:
    """Let somebody in who has shown in another way than single sign-on who they are.

    Raises:
        SingleSignOnRequired: the organization takes no other way (403).
    """
    if membership.role is Role.OWNER:
        return
    connection = present_connection(membership.organization_id)
    if connection is not None and connection.is_enforced:
        raise SingleSignOnRequired(membership.organization_id)
