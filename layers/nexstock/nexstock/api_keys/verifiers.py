"""What proves an API key: in `Identity`, because the key has to be found before its organization is known."""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from nexstock.api_keys.model import LastUse
from nexstock.auth.api_key_format import ApiKeyText
from nexstock.auth.permissions import Scope
from nexstock.ids import ApiKeyId, OrganizationId, UserId
from nexstock.observability import log_fault
from nexstock.persistence.identity_keys import VERIFIER, api_key_partition
from nexstock.persistence.tables import TABLES, InstantAttribute, Item, batch_get, conditional_update, text_list

NOTED_EVERY: Final = timedelta(minutes=1)
"""How exactly a key's last use is known; within it, uses cost no write."""


class VerifierItem(Item):
    """A verifier as stored; it is gone once the key is revoked."""

    class Meta:
        """People and credentials."""

        table_name = TABLES.identity

    digest = BinaryAttribute(legacy_encoding=False)
    previous_digest = BinaryAttribute(attr_name="previousDigest", legacy_encoding=False, null=True)
    previous_ends_at = InstantAttribute(attr_name="previousEndsAt", null=True)
    organization = UnicodeAttribute(attr_name="organizationId")
    name = UnicodeAttribute()
    scope_name = UnicodeAttribute(attr_name="scope")
    creator = UnicodeAttribute(attr_name="createdBy")
    enabled = BooleanAttribute()
    resource_names = text_list("resources", null=True)
    networks = text_list("allowedIps", null=True)
    ends_at = InstantAttribute(attr_name="endsAt", null=True)
    last_used_at = InstantAttribute(attr_name="lastUsedAt", null=True)
    last_used_ip = UnicodeAttribute(attr_name="lastUsedIp", null=True)

    @property
    def organization_id(self) -> OrganizationId:
        """Whose key it is."""
        return OrganizationId(self.organization)

    @property
    def created_by(self) -> UserId:
        """Whose role bounds it."""
        return UserId(self.creator)

    @property
    def scope(self) -> Scope:
        """What it was made for."""
        return Scope(self.scope_name)

    @property
    def resources(self) -> frozenset[str] | None:
        """What it is narrowed to."""
        return None if self.resource_names is None else frozenset(self.resource_names)

    @property
    def allowed_ips(self) -> tuple[str, ...] | None:
        """The networks that it may be used from."""
        return None if self.networks is None else tuple(self.networks)

    @property
    def last_use(self) -> LastUse | None:
        """When and from where it was last used."""
        return LastUse(self.last_used_at, self.last_used_ip or "") if self.last_used_at else None

    def accepts(self, key: ApiKeyText, now: datetime) -> bool:
        """Tell whether this key is good now: its present text, or the one before a rotation while it has its grace."""
        presented = key.digest
        is_present = hmac.compare_digest(self.digest, presented)
        # Compared in any case, so that the time tells nothing about the kind of text that was sent.
        is_previous = hmac.compare_digest(self.previous_digest or b"", presented)
        in_grace = self.previous_ends_at is not None and now < self.previous_ends_at
        has_ended = self.ends_at is not None and now >= self.ends_at
        return (is_present or (is_previous and in_grace)) and self.enabled and not has_ended


def verifier_item(api_key_id: ApiKeyId) -> VerifierItem:
    """Return the item of a key's verifier, still empty."""
    return VerifierItem(api_key_partition(api_key_id), VERIFIER)


def find_verifier(api_key_id: ApiKeyId) -> VerifierItem | None:
    """Return a key's verifier, read consistently, so that a revoked key is refused at once."""
    try:
        return VerifierItem.get(api_key_partition(api_key_id), VERIFIER, consistent_read=True)
    except DoesNotExist:
        return None


def last_uses(api_key_ids: Sequence[ApiKeyId]) -> list[LastUse | None]:
    """Return when each of up to 100 keys was last used; all in one call."""
    if not api_key_ids:
        return []
    found = batch_get([(VerifierItem, api_key_partition(each), VERIFIER) for each in api_key_ids])
    return [item.last_use if isinstance(item, VerifierItem) else None for item in found]


def note_use(verifier: VerifierItem, ip: str, now: datetime) -> None:
    """Note that a key is being used, unless that was noted within the minute; a note that fails is left out.

    The verifier, as it was read for this very request, tells when the last note was made, so most requests write
    nothing. Of two at the same moment the condition lets one write.
    """
    threshold = now - NOTED_EVERY
    if verifier.last_used_at is not None and verifier.last_used_at > threshold:
        return
    try:
        conditional_update(
            VerifierItem(verifier.pk, verifier.sk),
            [VerifierItem.last_used_at.set(now), VerifierItem.last_used_ip.set(ip)],
            # A key that was revoked meanwhile must not come back as an item without a digest.
            VerifierItem.pk.exists()
            & (VerifierItem.last_used_at.does_not_exist() | (VerifierItem.last_used_at <= threshold)),
        )
    except Exception as error:  # noqa: BLE001 (a request is worth more than the note of it)
        log_fault("use of a key not noted", error)
