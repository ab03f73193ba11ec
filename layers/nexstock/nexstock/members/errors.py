"""Problems of memberships."""

from nexstock.errors import Conflict


class LastOwner(Conflict):
    """An organization keeps at least one owner (409)."""

    slug, title = "last_owner", "An organization keeps at least one owner"

    def __init__(self, organization_id: str) -> None:
        detail = "Make another member an owner first, or delete the organization"
        super().__init__(detail, extensions={"organizationId": organization_id})


class AlreadyMember(Conflict):
    """The invited address is a member's (409)."""

    slug, title = "already_member", "This address belongs to a member already"
