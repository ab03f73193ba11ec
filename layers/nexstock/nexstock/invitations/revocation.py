"""Taking an invitation back."""

from dataclasses import replace
from typing import Protocol

from nexstock.clock import Clock, utc_now
from nexstock.errors import Conflict
from nexstock.invitations.model import Invitation
from nexstock.persistence.tenant_items import require_version


class Invitations(Protocol):
    """The invitations of one organization, as far as their end needs them."""

    def get(self, entity_id: str) -> Invitation:
        """Return one that is not revoked, or raise `NotFound`."""

    def revoke(self, invitation: Invitation) -> None:
        """Stage the end of one."""


def revoke_invitation(
    invitation_id: str, *, expected: int | None, invitations: Invitations, clock: Clock = utc_now
) -> None:
    """Stage the end of an invitation; its token is refused from then on.

    Raises:
        NotFound: no such invitation here (404).
        PreconditionFailed: `expected` is not its version (412).
        Conflict: it was accepted already (409).
    """
    invitation = invitations.get(invitation_id)
    require_version(invitation, expected)
    if invitation.accepted_at is not None:
        detail = "The invitation was accepted; remove the member instead"
        raise Conflict(detail)
    now = clock()
    invitations.revoke(replace(invitation, version=invitation.version + 1, updated_at=now, deleted_at=now))
