"""The authenticator app of a person: begun, confirmed by a first code, used, removed.

The seed is sealed for the person. A time step counts once: the step of a used code is stored by the same conditional
update that asks for an earlier one, so of two uses of a code at once exactly one counts. ASVS 6.5.1, 6.5.5.
"""

from datetime import datetime, timedelta
from typing import Final

from pynamodb.exceptions import DoesNotExist

from nexstock.auth import totp
from nexstock.auth.principals import Caller, RequestOrigin
from nexstock.clock import Clock, utc_now
from nexstock.crypto.envelope import open_sealed, seal
from nexstock.crypto.places import PERSON, SealedPlace
from nexstock.errors import NotFound, Unauthenticated
from nexstock.identity import recovery_codes, second_factors
from nexstock.identity.errors import FactorActive, InvalidCode
from nexstock.identity.items import TotpItem
from nexstock.identity.mfa_schemas import TotpView
from nexstock.identity.people import get_person
from nexstock.identity.second_factors import Factor
from nexstock.ids import UserId
from nexstock.persistence import identity_keys
from nexstock.persistence.tenant_items import changed_meanwhile
from nexstock.persistence.transaction import RawItem, Transaction

TIME_TO_CONFIRM: Final = timedelta(hours=1)


def begin(*, caller: Caller, clock: Clock = utc_now) -> TotpView:
    """Stage a new seed for the caller, in place of one that was not confirmed, and return it.

    Raises:
        FactorActive: the caller has an authenticator app already (409).
    """
    now = clock()
    person = get_person(caller.user_id)
    if person.has_totp:
        raise FactorActive
    seed = totp.new_seed()
    item = _item(caller.user_id)
    item.sealed_seed, item.created_at = seal(_place(caller.user_id), seed), now
    item.expires_at = int((now + TIME_TO_CONFIRM).timestamp())
    caller.tenant.transaction.put(item, condition=TotpItem.confirmed_at.does_not_exist(), refusal=_active)
    return TotpView(secret=totp.as_text(seed), otpauth_uri=totp.otpauth_uri(seed, person.email))


def confirm(code: str, *, caller: Caller, origin: RequestOrigin, clock: Clock = utc_now) -> list[str]:
    """Stage the beginning of the authenticator app and return new recovery codes; other sessions end.

    Raises:
        FactorActive: it was confirmed before (409).
        InvalidCode: the code is not the app's, or no app was begun within the hour (422).
    """
    now = clock()
    person = get_person(caller.user_id)
    if person.has_totp:
        raise FactorActive
    item = _find(caller.user_id)
    if item is None or now >= item.created_at + TIME_TO_CONFIRM:
        raise InvalidCode
    step = totp.matching_step(open_sealed(_place(caller.user_id), item.sealed_seed), code, now)
    if step is None:
        raise InvalidCode
    transaction = caller.tenant.transaction
    transaction.update(
        _item(caller.user_id),
        [TotpItem.confirmed_at.set(now), TotpItem.last_step.set(step), TotpItem.expires_at.remove()],
        condition=(TotpItem.sealed_seed == item.sealed_seed) & TotpItem.confirmed_at.does_not_exist(),
        refusal=changed_meanwhile,
    )
    second_factors.stage_begin(Factor.TOTP, person, caller=caller, origin=origin, now=now)
    return recovery_codes.stage_new(caller.user_id, transaction, now)


def remove(*, caller: Caller, origin: RequestOrigin, clock: Clock = utc_now) -> None:
    """Stage the end of the caller's authenticator app, and of the recovery codes if nothing else needs them.

    Raises:
        NotFound: the caller has none (404).
        PasswordTooShort: the password is too short to stand alone (409).
    """
    now = clock()
    person = get_person(caller.user_id)
    if not person.has_totp:
        raise NotFound
    transaction = caller.tenant.transaction
    second_factors.stage_end(Factor.TOTP, person, caller=caller, origin=origin, now=now)
    transaction.delete(_item(caller.user_id), condition=TotpItem.pk.exists(), refusal=changed_meanwhile)


def stage_use(user_id: UserId, code: str, transaction: Transaction, now: datetime) -> bool:
    """Stage the use of a code at a sign-in; tell whether it is the app's. The commit refuses a step used before."""
    item = _find(user_id)
    if item is None or item.confirmed_at is None:
        return False
    step = totp.matching_step(open_sealed(_place(user_id), item.sealed_seed), code, now)
    if step is None:
        return False
    transaction.update(
        _item(user_id),
        [TotpItem.last_step.set(step)],
        condition=(TotpItem.last_step < step) & (TotpItem.sealed_seed == item.sealed_seed),
        refusal=_used,
    )
    return True


def _find(user_id: UserId) -> TotpItem | None:
    try:
        return TotpItem.get(identity_keys.user_partition(user_id), identity_keys.TOTP, consistent_read=True)
    except DoesNotExist:
        return None


def _item(user_id: UserId) -> TotpItem:
    return TotpItem(identity_keys.user_partition(user_id), identity_keys.TOTP)


def _place(user_id: UserId) -> SealedPlace:
    return SealedPlace(PERSON, "totp", user_id, "seed")


def _active(_standing: RawItem | None) -> Exception:
    return FactorActive()


def _used(_standing: RawItem | None) -> Exception:
    return Unauthenticated()
