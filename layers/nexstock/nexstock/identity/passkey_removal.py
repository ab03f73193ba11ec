"""Removing a passkey: it, the claim of its credential id and the person change in one transaction."""

from nexstock.auth.principals import Caller, RequestOrigin
from nexstock.clock import Clock, utc_now
from nexstock.errors import NotFound
from nexstock.identity import second_factors
from nexstock.identity.passkeys import PasskeyItem, PasskeyOwnerItem, find_passkey, owner_item
from nexstock.identity.people import get_person
from nexstock.identity.second_factors import Factor
from nexstock.ids import is_id
from nexstock.persistence.tenant_items import changed_meanwhile


def delete_passkey(passkey_id: str, *, caller: Caller, origin: RequestOrigin, clock: Clock = utc_now) -> None:
    """Stage the end of one of the caller's passkeys, and of the recovery codes if nothing else needs them.

    Raises:
        NotFound: the caller has no such passkey (404).
        PasswordTooShort: it is the last second factor, and the password is too short to stand alone (409).
    """
    now = clock()
    item = find_passkey(caller.user_id, passkey_id) if is_id(passkey_id, "psk") else None
    if item is None:
        raise NotFound
    person = get_person(caller.user_id)
    transaction = caller.tenant.transaction
    second_factors.stage_end(Factor.PASSKEY, person, caller=caller, origin=origin, now=now)
    transaction.delete(item, condition=PasskeyItem.pk.exists(), refusal=changed_meanwhile)
    owner = owner_item(item.credential_id)
    transaction.delete(owner, condition=PasskeyOwnerItem.passkey_id == passkey_id, refusal=changed_meanwhile)
