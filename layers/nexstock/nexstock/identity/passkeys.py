"""The passkeys of a person, prepared and listed.

Adding, using and removing one are modules of their own, because these load ciphers, signatures or the mail queue. A
passkey lies below its person, and an item of its own says whose a credential id is: a sign-in knows no more than that
id, and it is claimed once in the whole platform.
"""

import base64
import hashlib
from typing import Final

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from nexstock.auth.principals import Caller
from nexstock.clock import Clock, utc_now
from nexstock.config import HttpSettings
from nexstock.identity import passkey_challenges
from nexstock.identity.mfa_schemas import (
    CreationOptionsView,
    CredentialDescriptorView,
    CredentialParametersView,
    PasskeyListView,
    PasskeyUserView,
    PasskeyView,
    RelyingPartyView,
    RequestOptionsView,
)
from nexstock.identity.people import get_person
from nexstock.ids import UserId
from nexstock.persistence import identity_keys
from nexstock.persistence.tables import TABLES, InstantAttribute, Item

MAX_PASSKEYS: Final = 20
_NAME: Final = "NexStock"
_RELYING_PARTY_ID: Final = HttpSettings.from_env().relying_party_id
_COSE_ALGORITHMS: Final = (-8, -7, -257)
"""EdDSA, ES256 and RS256, the best first; what `auth.passkeys` accepts."""


class PasskeyItem(Item):
    """One passkey of a person: the public half of a key pair. `sign_count` is 0 for those that do not count."""

    class Meta:
        """People."""

        table_name = TABLES.identity

    name = UnicodeAttribute()
    credential_id = BinaryAttribute(attr_name="credentialId", legacy_encoding=False)
    public_key = BinaryAttribute(attr_name="publicKey", legacy_encoding=False)
    sign_count = NumberAttribute(attr_name="signCount")
    synced = BooleanAttribute()
    created_at = InstantAttribute(attr_name="createdAt")
    last_used_at = InstantAttribute(attr_name="lastUsedAt", null=True)

    @property
    def id(self) -> str:
        """The passkey's own id, which the API shows."""
        return self.sk.removeprefix(identity_keys.passkey_sort_key(""))


class PasskeyOwnerItem(Item):
    """Whose passkey a credential id is."""

    class Meta:
        """People."""

        table_name = TABLES.identity

    user_id = UnicodeAttribute(attr_name="userId")
    passkey_id = UnicodeAttribute(attr_name="passkeyId")


def creation_options(*, caller: Caller, clock: Clock = utc_now) -> CreationOptionsView:
    """Return what the caller's browser needs to have a passkey made; good for five minutes and this session."""
    person = get_person(caller.user_id)
    return CreationOptionsView(
        rp=RelyingPartyView(id=_RELYING_PARTY_ID, name=_NAME),
        user=PasskeyUserView(id=base64url(user_handle(caller.user_id)), name=person.email, display_name=person.name),
        challenge=passkey_challenges.issue(clock(), session_id=caller.session_id),
        pub_key_cred_params=[CredentialParametersView(alg=algorithm) for algorithm in _COSE_ALGORITHMS],
        timeout=passkey_challenges.LIFETIME_MS,
        exclude_credentials=[
            CredentialDescriptorView(id=base64url(item.credential_id)) for item in passkeys_of(caller.user_id)
        ],
    )


def request_options(*, clock: Clock = utc_now) -> RequestOptionsView:
    """Return what a browser needs to have some passkey used; no account is named, so none is told of."""
    return RequestOptionsView(
        challenge=passkey_challenges.issue(clock(), session_id=None),
        rp_id=_RELYING_PARTY_ID,
        timeout=passkey_challenges.LIFETIME_MS,
    )


def list_passkeys(caller: Caller) -> PasskeyListView:
    """Return the caller's passkeys, the newest first."""
    return PasskeyListView(items=[shown(item) for item in passkeys_of(caller.user_id)])


def passkeys_of(user_id: UserId) -> list[PasskeyItem]:
    """Return all passkeys of a person, the newest first."""
    items, _ = PasskeyItem.query_page(
        identity_keys.user_partition(user_id),
        PasskeyItem.sk.startswith(identity_keys.passkey_sort_key("")),
        limit=MAX_PASSKEYS,
        newest_first=True,
    )
    return items


def find_passkey(user_id: UserId, passkey_id: str) -> PasskeyItem | None:
    """Return a passkey of a person, if they have it."""
    try:
        return PasskeyItem.get(
            identity_keys.user_partition(user_id), identity_keys.passkey_sort_key(passkey_id), consistent_read=True
        )
    except DoesNotExist:
        return None


def find_owner(credential_id: bytes) -> PasskeyOwnerItem | None:
    """Return whose passkey a credential id is, if anybody's."""
    wanted = owner_item(credential_id)
    try:
        return PasskeyOwnerItem.get(wanted.pk, wanted.sk, consistent_read=True)
    except DoesNotExist:
        return None


def owner_item(credential_id: bytes) -> PasskeyOwnerItem:
    """Return the key of the item that says whose a credential id is."""
    return PasskeyOwnerItem(
        identity_keys.passkey_partition(hashlib.sha256(credential_id).hexdigest()), identity_keys.OWNER
    )


def user_handle(user_id: UserId) -> bytes:
    """Return what an authenticator keeps to say whose a passkey is; ids are not personal (WebAuthn Level 3, 14.6.1)."""
    return user_id.encode()


def shown(item: PasskeyItem) -> PasskeyView:
    """Return a passkey as its person sees it."""
    return PasskeyView(
        id=item.id,
        name=item.name,
        synced=item.synced,
        created_at=item.created_at,
        last_used_at=item.last_used_at,
    )


def base64url(raw: bytes) -> str:
    """Return bytes as WebAuthn writes them in JSON."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
