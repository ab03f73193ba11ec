"""Invitations on the wire."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints

from nexstock.auth.permissions import Role
from nexstock.http.schemas import Command, Email, Instant, Name, View
from nexstock.identity.schemas import Password
from nexstock.invitations.model import Invitation


class CreateInvitation(Command):
    """Whom to invite, and as what."""

    email: Email
    role: Role


class AcceptInvitation(Command):
    """The mailed token; name and password are for those who have no account yet."""

    token: Annotated[str, StringConstraints(max_length=128), Field(repr=False)]
    name: Name | None = None
    password: Annotated[Password | None, Field(repr=False)] = None


class InvitationView(View):
    """An invitation, without its token."""

    id: str
    email: str
    role: Role
    status: Literal["pending", "accepted", "expired"]
    invited_by: str
    expires_at: Instant
    accepted_at: Instant | None
    version: int
    created_at: Instant

    @classmethod
    def of(cls, invitation: Invitation, now: datetime) -> Self:
        """Return the view of an invitation at an instant."""
        return cls(
            id=invitation.id,
            email=invitation.email,
            role=invitation.role,
            status="accepted" if invitation.accepted_at else "pending" if now < invitation.expires_at else "expired",
            invited_by=invitation.invited_by,
            expires_at=invitation.expires_at,
            accepted_at=invitation.accepted_at,
            version=invitation.version,
            created_at=invitation.created_at,
        )


class AcceptedInvitationView(View):
    """Where the person belongs now. It is no session: they sign in like everybody else."""

    organization_id: str
    user_id: str
    role: Role
