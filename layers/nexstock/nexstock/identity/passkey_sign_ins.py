"""Using a passkey to sign in: the answer to a challenge of ours, by a key of a person's, for that person.

The challenge is spent before anything is verified, so no answer is ever looked at twice. A counter that went backwards
means a copy of a passkey that should have none: the sign-in is refused and the owner told. Passkeys that are synced
between devices do not count and always say 0 (WebAuthn Level 3, 6.1.1).
"""

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime

from nexstock.auth.passkeys import NotProven, prove_use
from nexstock.auth.principals import RequestOrigin
from nexstock.clock import to_rfc3339
from nexstock.errors import Unauthenticated
from nexstock.identity import passkey_challenges
from nexstock.identity.errors import InvalidPasskey
from nexstock.identity.items import UserItem
from nexstock.identity.mfa_schemas import UsedCredential
from nexstock.identity.passkeys import PasskeyItem, find_owner, user_handle
from nexstock.ids import UserId
from nexstock.mail.outbox import Template, post
from nexstock.persistence import identity_keys
from nexstock.persistence.tables import batch_get
from nexstock.persistence.transaction import RawItem, Transaction


@dataclass(frozen=True, slots=True)
class UsedPasskey:
    """A passkey that proved who signs in, and its new counter."""

    user_id: UserId
    person: UserItem
    passkey: PasskeyItem
    sign_count: int

    def stage(self, transaction: Transaction, now: datetime) -> None:
        """Stage the new counter; the commit refuses one that another use has passed meanwhile."""
        earlier = PasskeyItem.sign_count < self.sign_count if self.sign_count else PasskeyItem.sign_count == 0
        transaction.update(
            PasskeyItem(self.passkey.pk, self.passkey.sk),
            [PasskeyItem.sign_count.set(self.sign_count), PasskeyItem.last_used_at.set(now)],
            condition=PasskeyItem.pk.exists() & earlier,
            refusal=_passed,
        )


def use_passkey(credential: UsedCredential, origin: RequestOrigin, now: datetime) -> UsedPasskey:
    """Return whose passkey answered a challenge of ours.

    Raises:
        Unauthenticated: nobody's, or not for us, or not by the person, or a copy (401); it does not say which.
    """
    challenge = _spent_challenge(credential, now)
    owner = find_owner(_bytes(credential.raw_id))
    if owner is None:
        raise Unauthenticated
    user_id = UserId(owner.user_id)
    person, passkey = batch_get(
        [
            (UserItem, identity_keys.user_partition(user_id), identity_keys.PROFILE),
            (PasskeyItem, identity_keys.user_partition(user_id), identity_keys.passkey_sort_key(owner.passkey_id)),
        ]
    )
    if not isinstance(person, UserItem) or not isinstance(passkey, PasskeyItem):
        raise Unauthenticated
    try:
        sign_count = prove_use(credential.as_json(), challenge, passkey.public_key)
    except NotProven:
        raise Unauthenticated from None
    _require_handle(credential, user_id)
    used = UsedPasskey(user_id, person, passkey, sign_count)
    if (sign_count or passkey.sign_count) and sign_count <= passkey.sign_count:
        _tell_of_copy(used, origin, now)
        raise Unauthenticated
    return used


def _spent_challenge(credential: UsedCredential, now: datetime) -> bytes:
    try:
        challenge = passkey_challenges.challenge_in(credential.response.client_data_json)
    except InvalidPasskey:
        raise Unauthenticated from None
    if not passkey_challenges.spend(challenge, now):
        raise Unauthenticated
    return challenge


def _require_handle(credential: UsedCredential, user_id: UserId) -> None:
    # Options that name no credential are answered with the handle (WebAuthn Level 3, 7.2, step 6).
    sent = credential.response.user_handle
    if sent is None or not hmac.compare_digest(_bytes(sent), user_handle(user_id)):
        raise Unauthenticated


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Unauthenticated from None


def _tell_of_copy(used: UsedPasskey, origin: RequestOrigin, now: datetime) -> None:
    person = used.person
    values = {"name": person.name, "passkey": used.passkey.name, "at": to_rfc3339(now), "ip": origin.ip}
    post(Template.PASSKEY_COPIED, to=person.email, values=values, now=now)


def _passed(_standing: RawItem | None) -> Exception:
    return Unauthenticated()
