"""Inviting: an address is asked to join, and whether it has an account already is never told."""

from datetime import timedelta
from typing import Final, Protocol
from urllib.parse import urlsplit, urlunsplit

from nexstock.auth.permissions import Permission, Role
from nexstock.auth.principals import Caller
from nexstock.clock import Clock, utc_now
from nexstock.config import HttpSettings
from nexstock.errors import Forbidden
from nexstock.identity.people import email_owner
from nexstock.ids import InvitationId, UserId, new_id, stand_in_id
from nexstock.invitations.model import Invitation
from nexstock.invitations.schemas import CreateInvitation
from nexstock.invitations.tokens import InvitationToken
from nexstock.mail.outbox import Template, post
from nexstock.members.errors import AlreadyMember
from nexstock.members.presence import membership_keys, present_member
from nexstock.organizations.repository import OrganizationItem
from nexstock.persistence.tables import batch_get

LIFETIME: Final = timedelta(days=7)
_SETTINGS: Final = HttpSettings.from_env()


class Invitations(Protocol):
    """The invitations of one organization, as far as the service needs them."""

    def add_with_verifier(self, invitation: Invitation, token: InvitationToken) -> None:
        """Stage a new one."""


def create_invitation(
    command: CreateInvitation, *, caller: Caller, invitations: Invitations, clock: Clock = utc_now
) -> Invitation:
    """Stage an invitation, mail its token, and return it.

    Raises:
        Forbidden: ownership is offered by somebody who is no owner (403).
        AlreadyMember: the address is a member's (409).
    """
    if command.role is Role.OWNER and Permission.ORGANIZATION_OWNER not in caller.permissions:
        detail = "Only an owner grants ownership"
        raise Forbidden(detail)
    now = clock()
    # For an address that nobody has, the membership of nobody is looked up: the same calls either way.
    invited = email_owner(command.email) or UserId(stand_in_id("usr", command.email))
    member, organization = batch_get(membership_keys(caller.tenant.organization_id, invited))
    if present_member(member, organization):
        raise AlreadyMember
    invitation = Invitation(
        id=InvitationId(new_id("inv", now)),
        version=1,
        created_at=now,
        updated_at=now,
        email=command.email,
        role=command.role,
        invited_by=caller.user_id,
        expires_at=now + LIFETIME,
    )
    token = InvitationToken.generate(invitation.id)
    invitations.add_with_verifier(invitation, token)
    values = {
        "inviter": caller.tenant.actor.name,
        "organization": organization.name if isinstance(organization, OrganizationItem) else "",
        "role": command.role.value,
        "link": _link(token),
    }
    post(Template.INVITATION, to=command.email, values=values, now=now)
    return invitation


def _link(token: InvitationToken) -> str:
    # As a fragment the token reaches the page and no server's log (RFC 3986, 3.5).
    return urlunsplit(urlsplit(_SETTINGS.allowed_origin)._replace(path="/invitation", fragment=token.text))
