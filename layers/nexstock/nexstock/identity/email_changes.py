"""Another e-mail address: asked for with a step-up proof, done once the code mailed to the new address is entered.

Whether the new address is taken is never told; its owner gets a notice, and nobody a code. The old address hears of
both steps, so an owner whose session was taken over learns of it where the other party cannot read.
"""

from functools import partial

from nexstock.auth.principals import Caller, RequestOrigin
from nexstock.clock import Clock, to_rfc3339, utc_now
from nexstock.errors import FieldError, InvalidRequest
from nexstock.identity import challenges
from nexstock.identity.challenges import Purpose
from nexstock.identity.errors import InvalidCode
from nexstock.identity.items import EmailOwnerItem, UserItem
from nexstock.identity.people import email_owner, get_person
from nexstock.identity.profile import stage_in_memberships
from nexstock.mail.outbox import Template, post
from nexstock.persistence import identity_keys
from nexstock.persistence.tenant_items import changed_meanwhile
from nexstock.persistence.transaction import RawItem


def request_email_change(new_email: str, *, caller: Caller, origin: RequestOrigin, clock: Clock = utc_now) -> None:
    """Mail a code to the new address and a notice to the old one.

    Raises:
        InvalidRequest: it is the present address (422).
    """
    now = clock()
    person = get_person(caller.user_id)
    if new_email == person.email:
        raise InvalidRequest([FieldError("/newEmail", "is your present address")])
    when_and_where = {"at": to_rfc3339(now), "ip": origin.ip}
    taken = email_owner(new_email) is not None
    digits = challenges.issue(caller.user_id, Purpose.CHANGE_EMAIL, now, address=new_email)
    if taken:
        post(Template.EMAIL_TAKEN, to=new_email, values=when_and_where, now=now)
    else:
        post(Template.CHANGE_EMAIL, to=new_email, values={"code": digits, **when_and_where}, now=now)
    post(Template.EMAIL_CHANGE_ASKED, to=person.email, values={"name": person.name, **when_and_where}, now=now)


def confirm_email_change(code: str, *, caller: Caller, origin: RequestOrigin, clock: Clock = utc_now) -> None:
    """Stage the move to the new address: the code, both addresses, the person and their memberships change as one.

    Raises:
        InvalidCode: wrong, spent, too old, or too often tried; or the address was taken meanwhile (422).
    """
    now = clock()
    person = get_person(caller.user_id)
    challenge = challenges.attempt(caller.user_id, Purpose.CHANGE_EMAIL, code, now)
    if challenge.address is None:
        raise InvalidCode
    old, new = person.email, challenge.address
    transaction = caller.tenant.transaction
    challenges.stage_spending(challenge, transaction)
    claim = EmailOwnerItem(identity_keys.email_partition(new), identity_keys.OWNER, user_id=caller.user_id)
    transaction.put(claim, condition=EmailOwnerItem.pk.does_not_exist(), refusal=_taken)
    transaction.delete(
        EmailOwnerItem(identity_keys.email_partition(old), identity_keys.OWNER),
        condition=EmailOwnerItem.user_id == caller.user_id,
        refusal=changed_meanwhile,
    )
    transaction.update(
        UserItem(identity_keys.user_partition(caller.user_id), identity_keys.PROFILE),
        [UserItem.email.set(new), UserItem.version.add(1)],
        condition=UserItem.version == person.version,
        refusal=changed_meanwhile,
    )
    stage_in_memberships(caller.user_id, person, caller.tenant.actor, origin, transaction, now=now, email=new)
    values = {"name": person.name, "old": old, "new": new, "at": to_rfc3339(now), "ip": origin.ip}
    for address in (old, new):
        transaction.after_commit(partial(post, Template.EMAIL_CHANGED, to=address, values=values, now=now))


def _taken(_standing: RawItem | None) -> Exception:
    return InvalidCode()
