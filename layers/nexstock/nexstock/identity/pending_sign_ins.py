"""Sign-ins that wait for their second factor: the password was right, and no session is open yet.

What the client holds meanwhile is a token with 256 random bits, of which the table has the hash; it is good for one
person and organization, five minutes, five tries and one use. A try is counted before anything is compared, so
parallel guesses get no free ones. ASVS 6.6.2, 6.6.3.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from nexstock.errors import Unauthenticated
from nexstock.identity.items import UserItem
from nexstock.ids import OrganizationId, UserId
from nexstock.persistence import identity_keys
from nexstock.persistence.tables import TABLES, InstantAttribute, Item, conditional_update
from nexstock.persistence.transaction import RawItem, Transaction

LIFETIME: Final = timedelta(minutes=5)
MAX_TRIES: Final = 5
_FORM: Final = re.compile(r"nxm_[0-9A-Za-z_-]{43}")

Method = Literal["totp", "recovery_code", "passkey"]


@dataclass(frozen=True, slots=True)
class SecondFactorRequired:
    """What a right password gives where a second factor is asked for as well."""

    token: str = field(repr=False)
    methods: list[Method]


class PendingSignInItem(Item):
    """A sign-in whose password was right."""

    class Meta:
        """People."""

        table_name = TABLES.identity

    user_id = UnicodeAttribute(attr_name="userId")
    organization_id = UnicodeAttribute(attr_name="organizationId")
    began_at = InstantAttribute(attr_name="beganAt")
    ends_at = InstantAttribute(attr_name="endsAt")
    tries = NumberAttribute(default=0)


def begin(user_id: UserId, person: UserItem, organization_id: OrganizationId, now: datetime) -> SecondFactorRequired:
    """Store a sign-in that waits and return its token, which is kept nowhere."""
    token = f"nxm_{secrets.token_urlsafe(32)}"
    item = _item(token)
    item.user_id, item.organization_id = user_id, organization_id
    item.began_at, item.ends_at = now, now + LIFETIME
    item.expires_at = int(item.ends_at.timestamp())
    item.save(PendingSignInItem.pk.does_not_exist())
    there_are: dict[Method, bool] = {
        "totp": bool(person.has_totp),
        "recovery_code": True,
        "passkey": bool(person.passkeys),
    }
    return SecondFactorRequired(token, [method for method, is_there in there_are.items() if is_there])


def attempt(token: str, now: datetime) -> PendingSignInItem:
    """Count a try and return the sign-in, which `stage_end` ends.

    Raises:
        Unauthenticated: unknown, ended, too old, or too often tried (401); it does not say which.
    """
    if _FORM.fullmatch(token) is None:
        raise Unauthenticated
    counted = conditional_update(
        _item(token),
        [PendingSignInItem.tries.add(1)],
        (PendingSignInItem.tries < MAX_TRIES) & (PendingSignInItem.ends_at > now),
    )
    if not counted.held or counted.item is None:
        raise Unauthenticated
    return counted.item


def stage_end(item: PendingSignInItem, transaction: Transaction) -> None:
    """Stage the end of a sign-in that waits; of two that complete it at once, one commits."""
    transaction.delete(item, condition=PendingSignInItem.pk.exists(), refusal=_ended)


def _item(token: str) -> PendingSignInItem:
    # The token has 256 random bits, so its plain SHA-256 gives nothing to guess.
    digest = hashlib.sha256(token.encode()).hexdigest()
    return PendingSignInItem(identity_keys.pending_sign_in_partition(digest), identity_keys.PENDING)


def _ended(_standing: RawItem | None) -> Exception:
    return Unauthenticated()
