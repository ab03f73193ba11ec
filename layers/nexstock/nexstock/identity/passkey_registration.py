"""Adding a passkey: challenge, passkey, claim of its credential id and the person change in one transaction."""

from nexstock.auth.passkeys import NotProven, ProvenPasskey, prove_new
from nexstock.auth.principals import Caller, RequestOrigin
from nexstock.clock import Clock, utc_now
from nexstock.errors import Unauthenticated
from nexstock.identity import passkey_challenges, recovery_codes, second_factors
from nexstock.identity.errors import InvalidPasskey, PasskeyTaken, TooManyPasskeys
from nexstock.identity.mfa_schemas import AddPasskey, NewPasskeyView
from nexstock.identity.passkeys import MAX_PASSKEYS, PasskeyItem, PasskeyOwnerItem, owner_item, shown
from nexstock.identity.people import get_person
from nexstock.identity.second_factors import Factor
from nexstock.ids import PasskeyId, new_id
from nexstock.persistence import identity_keys
from nexstock.persistence.tenant_items import changed_meanwhile
from nexstock.persistence.transaction import RawItem


def add_passkey(
    command: AddPasskey, *, caller: Caller, origin: RequestOrigin, clock: Clock = utc_now
) -> NewPasskeyView:
    """Stage a passkey that the caller's authenticator made; other sessions end.

    Raises:
        InvalidPasskey: not made for a challenge of this session, for this domain, or by the person (422).
        PasskeyTaken: its credential id is registered already (409).
        TooManyPasskeys: the caller has as many as one can (409).
    """
    now = clock()
    person = get_person(caller.user_id)
    if caller.session_id is None:
        raise Unauthenticated
    if person.passkeys >= MAX_PASSKEYS:
        raise TooManyPasskeys
    challenge = passkey_challenges.challenge_in(command.credential.response.client_data_json)
    made = _proven(command, challenge)
    transaction = caller.tenant.transaction
    passkey_challenges.stage_spending(challenge, caller.session_id, transaction, now)
    passkey_id = PasskeyId(new_id("psk", now))
    item = PasskeyItem(
        identity_keys.user_partition(caller.user_id),
        identity_keys.passkey_sort_key(passkey_id),
        name=command.name,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        synced=made.synced,
        created_at=now,
    )
    transaction.put(item, condition=PasskeyItem.pk.does_not_exist(), refusal=changed_meanwhile)
    owner = owner_item(made.credential_id)
    owner.user_id, owner.passkey_id = caller.user_id, passkey_id
    transaction.put(owner, condition=PasskeyOwnerItem.pk.does_not_exist(), refusal=_taken)
    second_factors.stage_begin(Factor.PASSKEY, person, caller=caller, origin=origin, now=now)
    codes = None if person.second_factors else recovery_codes.stage_new(caller.user_id, transaction, now)
    return NewPasskeyView(**shown(item).model_dump(), recovery_codes=codes)


def _proven(command: AddPasskey, challenge: bytes) -> ProvenPasskey:
    try:
        return prove_new(command.credential.as_json(), challenge)
    except NotProven:
        raise InvalidPasskey from None


def _taken(_standing: RawItem | None) -> Exception:
    return PasskeyTaken()
