"""Recovery codes: ten, each good once, for who has lost their second factor.

A code has 60 random bits; all that is stored is a keyed hash, bound to the person, as of one-time codes. Using one is
one conditional update that takes its hash out of the set: of two uses at once, one does. ASVS 6.5.1 to 6.5.4.
"""

import secrets
from datetime import datetime
from functools import partial
from typing import Final

from nexstock.auth.principals import Caller, RequestOrigin
from nexstock.clock import Clock, to_rfc3339, utc_now
from nexstock.crypto.platform_secrets import newest_secret, secret_of_version
from nexstock.crypto.stored_secrets import Purpose
from nexstock.errors import NotFound, Unauthenticated
from nexstock.identity import codes
from nexstock.identity.items import RecoveryCodesItem, UserItem
from nexstock.identity.people import find_recovery_codes, get_person
from nexstock.ids import UserId, encode_ulid
from nexstock.mail.outbox import Template, post
from nexstock.persistence import identity_keys
from nexstock.persistence.tenant_items import changed_meanwhile
from nexstock.persistence.transaction import RawItem, Transaction

COUNT: Final = 10
_BITS: Final = 60
_LENGTH: Final = 12
_PURPOSE: Final = "recovery_code"
_READ_AS: Final = str.maketrans("OIL", "011", "- ")


def stage_new(user_id: UserId, transaction: Transaction, now: datetime) -> list[str]:
    """Stage ten new codes in place of all earlier ones and return them; they are kept nowhere."""
    texts = [_new_text() for _ in range(COUNT)]
    key = newest_secret(Purpose.CODE_HASH)
    item = _item(user_id)
    item.digests = {codes.keyed_hash(key, _PURPOSE, user_id, text) for text in texts}
    item.key_version, item.made_at = key.version, now
    transaction.put(item, condition=RecoveryCodesItem.are_no_newer(now), refusal=changed_meanwhile)
    return texts


def renew(*, caller: Caller, origin: RequestOrigin, clock: Clock = utc_now) -> list[str]:
    """Stage ten new codes for the caller and return them; the old ones are worth nothing from then on.

    Raises:
        NotFound: the caller has no second factor that codes could stand in for (404).
    """
    now = clock()
    person = get_person(caller.user_id)
    if not person.second_factors:
        raise NotFound
    transaction = caller.tenant.transaction
    # A factor that ends at this moment takes the codes with it; without it, there must be none.
    transaction.check(
        UserItem(person.pk, identity_keys.PROFILE),
        condition=UserItem.has_totp.exists() | (UserItem.passkeys > 0),
        refusal=changed_meanwhile,
    )
    values = {"name": person.name, "at": to_rfc3339(now), "ip": origin.ip}
    transaction.after_commit(partial(post, Template.RECOVERY_CODES_RENEWED, to=person.email, values=values, now=now))
    return stage_new(caller.user_id, transaction, now)


def stage_use(user_id: UserId, text: str, transaction: Transaction) -> int | None:
    """Stage the end of a code and return how many are left after it; None if it is none of the person's."""
    item = find_recovery_codes(user_id)
    if item is None or not item.digests:
        return None
    key = secret_of_version(Purpose.CODE_HASH, item.key_version)
    digest = codes.keyed_hash(key, _PURPOSE, user_id, _normal(text))
    if digest not in item.digests:
        return None
    transaction.update(
        _item(user_id),
        [RecoveryCodesItem.digests.delete({digest})],
        condition=RecoveryCodesItem.digests.contains(digest),
        refusal=_used,
    )
    return len(item.digests) - 1


def _item(user_id: UserId) -> RecoveryCodesItem:
    return RecoveryCodesItem(identity_keys.user_partition(user_id), identity_keys.RECOVERY_CODES)


def _new_text() -> str:
    text = encode_ulid(secrets.randbits(_BITS))[-_LENGTH:]
    return "-".join(text[start : start + 4] for start in range(0, _LENGTH, 4))


def _normal(text: str) -> str:
    plain = text.upper().translate(_READ_AS)
    return "-".join(plain[start : start + 4] for start in range(0, len(plain), 4))


def _used(_standing: RawItem | None) -> Exception:
    return Unauthenticated()
