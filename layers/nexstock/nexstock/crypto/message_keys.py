"""The Ed25519 keys that an organization's webhook messages are signed with, beside each endpoint's secret.

A key pair belongs to one organization: with one for all, whoever registers your receiver's URL with an organization
of their own would have messages delivered to you that verify. It is derived from a secret of the platform by HKDF
(RFC 5869), so that no organization waits for a key, and a new version of the secret is a new key for all. A key is
published before it signs, and its predecessor goes on signing beside it for a while
(docs/adr/0027-webhook-signing-keys.md).
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from nexstock.crypto.lifetimes import OVERLAP, PUBLISHED_AHEAD
from nexstock.crypto.platform_secrets import PlatformSecret, every_secret
from nexstock.crypto.stored_secrets import Purpose
from nexstock.errors import NotFound
from nexstock.ids import OrganizationId, is_id

PREFIX: Final = "whpk_"
_SEED_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class MessageKey:
    """One key pair of one organization, and the time in which it signs; `ends` is None without a successor."""

    id: str
    begins: datetime
    ends: datetime | None
    private: Ed25519PrivateKey = field(repr=False)

    @property
    def public_text(self) -> str:
        """The public half as Standard Webhooks writes it: `whpk_` and base64."""
        return PREFIX + base64.b64encode(self.private.public_key().public_bytes_raw()).decode()

    def signs_at(self, instant: datetime) -> bool:
        """Tell whether messages are signed with this key at an instant."""
        return self.begins <= instant and not self.is_over(instant)

    def is_over(self, instant: datetime) -> bool:
        """Tell whether nothing is signed with this key any more."""
        return self.ends is not None and self.ends <= instant


def published_keys(organization_id: str, now: datetime) -> list[MessageKey]:
    """Return the keys that sign now or will, the newest first.

    Raises:
        NotFound: not an organization's id (404).
    """
    if not is_id(organization_id, "org"):
        raise NotFound
    keys = keys_of(OrganizationId(organization_id), every_secret(Purpose.WEBHOOK_SIGNING))
    return [key for key in keys if not key.is_over(now)]


def signing_keys(organization_id: OrganizationId, now: datetime) -> list[Ed25519PrivateKey]:
    """Return what signs now, the newest first.

    Raises:
        LookupError: the deployment has not provisioned its secrets.
    """
    keys = keys_of(organization_id, every_secret(Purpose.WEBHOOK_SIGNING))
    if not keys:
        message = f"no secret for {Purpose.WEBHOOK_SIGNING}"
        raise LookupError(message)
    # A clock that is behind the one that made the first key signs with that key all the same.
    return [key.private for key in keys if key.signs_at(now)] or [keys[-1].private]


def keys_of(organization_id: OrganizationId, secrets: Sequence[PlatformSecret]) -> list[MessageKey]:
    """Return an organization's key for each version of the secret, in the order given: the newest first.

    The oldest signs from the beginning, because nobody can have kept an earlier list. Every other waits for its time,
    and ends its predecessor after the overlap.
    """
    keys: list[MessageKey] = []
    for place, secret in enumerate(secrets):
        is_oldest = place == len(secrets) - 1
        begins = secret.created_at + (timedelta() if is_oldest else PUBLISHED_AHEAD)
        ends = keys[-1].begins + OVERLAP if keys else None
        keys.append(MessageKey(secret.version, begins, ends, _derived(secret, organization_id)))
    return keys


def _derived(secret: PlatformSecret, organization_id: OrganizationId) -> Ed25519PrivateKey:
    seed = HKDFExpand(hashes.SHA256(), _SEED_BYTES, organization_id.encode()).derive(secret.value)
    return Ed25519PrivateKey.from_private_bytes(seed)
