"""Registration and sign-in on the wire."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from nexstock.auth.permissions import Role
from nexstock.auth.step_up import Action
from nexstock.http.schemas import Command, Email, Instant, Name, Patch, View
from nexstock.ids import pattern_of

Password = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
Code = Annotated[str, StringConstraints(pattern="^[0-9]{6}$")]
RegisteredId = Annotated[str, StringConstraints(pattern=pattern_of("usr"))]
Delivery = Literal["cookie", "body"]


class Register(Command):
    """A person, and the organization that they found."""

    email: Email
    password: Password
    name: Name
    organization_name: Name


class VerifyEmail(Command):
    """The code that was mailed to an address; `userId` names the registration, as its answer gave it."""

    email: Email
    code: Code
    user_id: RegisteredId | None = None


class ResendCode(Command):
    """An address whose registration needs a new code; `userId` names the registration, as its answer gave it."""

    email: Email
    user_id: RegisteredId | None = None


class LogIn(Command):
    """A sign-in with a password."""

    email: Email
    password: Password
    organization_id: Annotated[str, StringConstraints(max_length=64)] | None = None
    refresh_token_delivery: Delivery = "cookie"  # noqa: S105 (a way, not a token)


class RefreshSession(Command):
    """A refresh by a client that holds no cookies; browsers send the cookie and an empty body."""

    refresh_token: Annotated[str, StringConstraints(max_length=256)] | None = None


class ForgotPassword(Command):
    """An address whose owner needs a new password."""

    email: Email


class ResetPassword(Command):
    """A new password, and the code that was mailed for it."""

    email: Email
    code: Code
    new_password: Password


class ChangePassword(Command):
    """A new password in place of the present one."""

    current_password: Password
    new_password: Password


class SwitchOrganization(Command):
    """Another organization that the caller belongs to."""

    organization_id: Annotated[str, StringConstraints(max_length=64)]
    refresh_token_delivery: Delivery = "cookie"  # noqa: S105 (a way, not a token)


class RequestStepUp(Command):
    """What the person is about to do."""

    action: Action


class ConfirmStepUp(Command):
    """The code that was mailed for an action."""

    action: Action
    code: Code


class StepUpView(View):
    """A proof for one action, to be sent as `X-Step-Up`; shown this once."""

    proof: Annotated[str, Field(repr=False)]
    expires_in: int


class UpdateAccount(Patch):
    """What changes about a person (JSON merge patch)."""

    name: Name | None = None

    @classmethod
    def required_fields(cls) -> frozenset[str]:
        """A person always has a name."""
        return frozenset({"name"})


class ChangeEmail(Command):
    """Another e-mail address."""

    new_email: Email


class ConfirmEmail(Command):
    """The code that was mailed to the new address."""

    code: Code


class MembershipView(View):
    """An organization that a person belongs to, and what they are there."""

    id: str
    name: str
    role: Role


class AccountView(View):
    """A person, as they are shown themselves."""

    id: str
    email: str
    name: str
    email_verified: bool
    mfa_enabled: bool
    recovery_codes_left: int
    organizations: list[MembershipView]
    version: int
    created_at: Instant


class SessionView(View):
    """An open session."""

    id: str
    organization_id: str
    device: str
    ip: str
    is_current: bool
    created_at: Instant
    last_used_at: Instant


class SessionListView(View):
    """All open sessions of a person."""

    items: list[SessionView]
    next: None = None


class RegistrationView(View):
    """What everyone is told who registers, whether the address was free or not."""

    user_id: str
    status: Literal["verification_required"] = "verification_required"


class SignInView(View):
    """A successful sign-in. `refreshToken` is there only for clients that asked for it in the body."""

    access_token: str
    expires_in: int
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 (RFC 6750's word)
    organization_id: str
    role: str
    refresh_token: str | None = None


class AcceptedView(View):
    """The request was taken; what follows, follows by mail."""

    status: Literal["accepted"] = "accepted"
