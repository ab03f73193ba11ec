"""Invitations as the invited get them."""

from tests.support.api import call
from tests.support.mailbox import mails_to
from tests.support.people import StaffedOrganization


def an_invitation_token(organization: StaffedOrganization, email: str, role: str = "member") -> str:
    """Invite an address, as the organization's owner, and return the token that it was mailed."""
    body = {"email": email, "role": role}
    invited = call("POST", "/v1/invitations", token=organization.owner.token, body=body)
    assert invited.status == 201, invited.text
    return token_in(mails_to(email)[-1])


def token_in(mail: dict[str, str]) -> str:
    """Return the token that an invitation's link carries."""
    return mail["value_link"].partition("#")[2]
