"""Partition and sort keys of people, their credentials, and what stands for them: table `Identity` (see keys.py)."""

from typing import Final

PROFILE: Final = "PROFILE"
TOTP: Final = "TOTP"
RECOVERY_CODES: Final = "RECOVERY_CODES"
PENDING: Final = "PENDING"
CHALLENGE: Final = "CHALLENGE"
OWNER: Final = "OWNER"
VERIFIER: Final = "VERIFIER"


def email_partition(email: str) -> str:
    """Return the partition of one e-mail address: its owner and its open registrations."""
    return f"EMAIL#{email}"


def registration_sort_key(user_id: str) -> str:
    """Return the sort key of an open registration below its e-mail address."""
    return f"REGISTRATION#{user_id}"


def user_partition(user_id: str) -> str:
    """Return the partition of one person: profile, credential, sessions."""
    return f"USER#{user_id}"


def challenge_sort_key(purpose: str) -> str:
    """Return the sort key, below a person, of the one-time code for a purpose."""
    return f"CHALLENGE#{purpose}"


def proof_sort_key(digest: str) -> str:
    """Return the sort key, below a person, of a step-up proof."""
    return f"PROOF#{digest}"


def passkey_sort_key(passkey_id: str) -> str:
    """Return the sort key, below a person, of one passkey."""
    return f"PASSKEY#{passkey_id}"


def passkey_partition(digest: str) -> str:
    """Return the partition that tells whose passkey a credential id is."""
    return f"PASSKEY#{digest}"


def passkey_challenge_partition(digest: str) -> str:
    """Return the partition of a challenge that some passkey is to answer."""
    return f"PASSKEY_CHALLENGE#{digest}"


def pending_sign_in_partition(digest: str) -> str:
    """Return the partition of a sign-in that waits for its second factor."""
    return f"SIGN_IN#{digest}"


def session_sort_key(session_id: str) -> str:
    """Return the sort key, below a person, of one session (a refresh-token family)."""
    return f"SESSION#{session_id}"


def api_key_partition(api_key_id: str) -> str:
    """Return the partition of one API key's verifier."""
    return f"API_KEY#{api_key_id}"


def invitation_partition(invitation_id: str) -> str:
    """Return the partition of one invitation's verifier."""
    return f"INVITATION#{invitation_id}"


def domain_partition(name: str) -> str:
    """Return the partition of one domain of e-mail addresses: which organization has verified it."""
    return f"DOMAIN#{name}"


def sign_on_partition(state_digest: str) -> str:
    """Return the partition of one sign-in that waits for its browser to come back from the identity provider."""
    return f"SIGN_ON#{state_digest}"
