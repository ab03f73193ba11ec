"""Removing passkeys: each goes with the claim of its credential id, in the transaction that changes the person."""

from nexstock.auth.principals import Caller, RequestOrigin
from nexstock.clock import Clock, utc_now
from nexstock.errors import NotFound
from nexstock.identity import second_factors
from nexstock.identity.items import RecoveryCodesItem, TotpItem, UserItem
from nexstock.identity.passkeys import PasskeyItem, PasskeyOwnerItem, find_passkey, owner_item, passkeys_of
from nexstock.identity.people import get_person
from nexstock.identity.second_factors import Factor
from nexstock.ids import UserId, is_id
from nexstock.persistence import identity_keys
from nexstock.persistence.tenant_items import changed_meanwhile
from nexstock.persistence.transaction import Transaction


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
    second_factors.stage_end(Factor.PASSKEY, person, caller=caller, origin=origin, now=now)
    _stage_removal(item, caller.tenant.transaction)


def stage_end_of_all(user_id: UserId, person: UserItem, transaction: Transaction) -> None:
    """Stage the end of all second factors of a person who goes altogether."""
    partition = identity_keys.user_partition(user_id)
    if person.has_totp:
        app = TotpItem(partition, identity_keys.TOTP)
        transaction.delete(app, condition=TotpItem.pk.exists(), refusal=changed_meanwhile)
    if person.second_factors:
        codes = RecoveryCodesItem(partition, identity_keys.RECOVERY_CODES)
        transaction.delete(codes, condition=RecoveryCodesItem.pk.exists(), refusal=changed_meanwhile)
    for item in passkeys_of(user_id) if person.passkeys else []:
        _stage_removal(item, transaction)


def _stage_removal(item: PasskeyItem, transaction: Transaction) -> None:
    transaction.delete(item, condition=PasskeyItem.pk.exists(), refusal=changed_meanwhile)
    owner = owner_item(item.credential_id)
    transaction.delete(owner, condition=PasskeyOwnerItem.passkey_id == item.id, refusal=changed_meanwhile)
