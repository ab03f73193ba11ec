"""Registering: a person and an organization, once the mailed code proves the address.

Whether an address is taken is never told: both cases do the same work and get the same answer; its owner gets a
notice instead of a code.
"""

from datetime import datetime, timedelta
from typing import Final

from nexstock.auth.passwords import hash_password, require_acceptable
from nexstock.auth.principals import Actor, ActorType, RequestOrigin, founding_tenant
from nexstock.clock import Clock, to_rfc3339, utc_now
from nexstock.config import aws_region
from nexstock.identity import codes
from nexstock.identity.errors import InvalidCode
from nexstock.identity.items import EmailOwnerItem, RegistrationItem, UserItem
from nexstock.identity.people import email_owner
from nexstock.identity.schemas import Register, RegistrationView, ResendCode, VerifyEmail
from nexstock.ids import OrganizationId, UserId, new_id, stand_in_id
from nexstock.mail.outbox import Template, post
from nexstock.organizations.founding import stage_founding
from nexstock.organizations.model import Organization
from nexstock.persistence import identity_keys
from nexstock.persistence.tables import conditional_update
from nexstock.persistence.transaction import RawItem, Transaction

_LIFETIME: Final = timedelta(hours=24)
_MOST_OPEN: Final = 5
_PURPOSE: Final = "verify_email"


def register(command: Register, origin: RequestOrigin, *, clock: Clock = utc_now) -> RegistrationView:
    """Store an open registration and mail its code.

    Raises:
        InvalidRequest: the password is not acceptable (422).
    """
    context = [command.email.partition("@")[0], command.name, command.organization_name]
    require_acceptable(command.password, context=context, pointer="/password")
    now = clock()
    user_id = UserId(new_id("usr", now))
    password = hash_password(command.password)
    code = codes.new_code(_PURPOSE, user_id)
    item = RegistrationItem(
        identity_keys.email_partition(command.email),
        identity_keys.registration_sort_key(user_id),
        user_id=user_id,
        email=command.email,
        name=command.name,
        organization_name=command.organization_name,
        password_hash=password.value,
        pepper_version=password.pepper_version,
        code_digest=code.digest,
        code_key_version=code.key_version,
        code_ends_at=now + codes.LIFETIME,
        expires_at=int((now + _LIFETIME).timestamp()),
    )
    item.save(RegistrationItem.pk.does_not_exist())
    _mail(item, code.digits, origin, now, taken=email_owner(command.email) is not None)
    return RegistrationView(user_id=user_id)


def resend_code(command: ResendCode, origin: RequestOrigin, *, clock: Clock = utc_now) -> None:
    """Mail a new code for a registration: the one that is named, or the newest of the address; its old code ends.

    For an address without an open registration the same work is done, and no mail sent.
    """
    now = clock()
    registration = next(iter(_meant(command.email, command.user_id, now)), None)
    item = registration or _nobodys(command.email, now)
    code = codes.new_code(_PURPOSE, item.user_id)
    renewal = conditional_update(
        item,
        [
            RegistrationItem.code_digest.set(code.digest),
            RegistrationItem.code_key_version.set(code.key_version),
            RegistrationItem.code_ends_at.set(now + codes.LIFETIME),
            RegistrationItem.tries.set(0),
            # A registration keeps its end; nobody's needs one.
            RegistrationItem.expires_at.set(item.expires_at),
        ],
        RegistrationItem.user_id.exists() if registration else RegistrationItem.user_id.does_not_exist(),
    )
    taken = email_owner(command.email) is not None
    _mail(item, code.digits, origin, now, taken=taken, withheld=registration is None or not renewal.held)


def verify_email(command: VerifyEmail, origin: RequestOrigin, *, clock: Clock = utc_now) -> None:
    """Turn the registration that the code belongs to into a person and an organization.

    Raises:
        InvalidCode: wrong, spent, too old, or too often tried (422).
    """
    now = clock()
    meant = _meant(command.email, command.user_id, now)
    for item in meant or [_nobodys(command.email, now)]:
        # The try is counted before the code is compared: parallel guesses get no free ones.
        counted = conditional_update(
            item,
            [RegistrationItem.tries.add(1)],
            (RegistrationItem.tries < codes.MAX_TRIES) & (RegistrationItem.code_ends_at > now),
        )
        if meant and counted.held and counted.item is not None and _matches(counted.item, command.code):
            _activate(counted.item, origin, now)
            return
    raise InvalidCode


def open_registrations(email: str, now: datetime) -> list[RegistrationItem]:
    """Return the registrations of an address that wait for their code, newest first, at most five."""
    items, _ = RegistrationItem.query_page(
        identity_keys.email_partition(email),
        RegistrationItem.sk.startswith(identity_keys.registration_sort_key("")),
        limit=_MOST_OPEN,
        newest_first=True,
    )
    return [item for item in items if (item.expires_at or 0) > now.timestamp()]


def _meant(email: str, user_id: str | None, now: datetime) -> list[RegistrationItem]:
    """Return the open registrations that a request means: the one that it names, or else the newest of the address.

    Strangers can register an address again and again. Whoever names theirs does not have it pushed aside.
    """
    if user_id is None:
        return open_registrations(email, now)
    try:
        found = RegistrationItem.get(
            identity_keys.email_partition(email), identity_keys.registration_sort_key(user_id), consistent_read=True
        )
    except RegistrationItem.DoesNotExist:
        return []
    return [found] if (found.expires_at or 0) > now.timestamp() else []


def _nobodys(email: str, now: datetime) -> RegistrationItem:
    """Return the registration on which the work is done for an address that has none; no code ever activates it."""
    user_id = stand_in_id("usr", email)
    return RegistrationItem(
        identity_keys.user_partition(user_id),
        identity_keys.registration_sort_key(user_id),
        user_id=user_id,
        email=email,
        name="",
        organization_name="",
        expires_at=int((now + codes.LIFETIME).timestamp()),
    )


def _matches(item: RegistrationItem, digits: str) -> bool:
    return codes.code_matches(
        digits, item.code_digest, key_version=item.code_key_version, purpose=_PURPOSE, subject=item.user_id
    )


def _activate(item: RegistrationItem, origin: RequestOrigin, now: datetime) -> None:
    user_id, organization_id = UserId(item.user_id), OrganizationId(new_id("org", now))
    transaction = Transaction()
    transaction.delete(item, condition=RegistrationItem.code_digest == item.code_digest, refusal=_spent)
    owner = EmailOwnerItem(identity_keys.email_partition(item.email), identity_keys.OWNER, user_id=user_id)
    transaction.put(owner, condition=EmailOwnerItem.pk.does_not_exist(), refusal=_spent)
    user = UserItem(
        identity_keys.user_partition(user_id),
        identity_keys.PROFILE,
        email=item.email,
        name=item.name,
        password_hash=item.password_hash,
        pepper_version=item.pepper_version,
        organization_ids=[organization_id],
        created_at=now,
    )
    transaction.put(user, condition=UserItem.pk.does_not_exist(), refusal=_spent)
    founder = Actor(ActorType.USER, user_id, item.name)
    tenant = founding_tenant(organization_id, founder, origin, transaction)
    organization = Organization(
        id=organization_id,
        version=1,
        created_at=now,
        updated_at=now,
        name=item.organization_name,
        region=aws_region(),
    )
    stage_founding(tenant, organization, founder_email=item.email, now=now)
    transaction.commit()


def _mail(  # noqa: PLR0913 (what a mail says, and which it is)
    item: RegistrationItem, digits: str, origin: RequestOrigin, now: datetime, *, taken: bool, withheld: bool = False
) -> None:
    values = {
        "name": item.name,
        "code": digits,
        "organization": item.organization_name,
        "at": to_rfc3339(now),
        "ip": origin.ip,
    }
    template = None if withheld else Template.EMAIL_TAKEN if taken else Template.VERIFY_EMAIL
    # The owner of the address must never get the code, or what somebody else called themselves.
    told = {name: values[name] for name in ("at", "ip")} if template is Template.EMAIL_TAKEN else values
    post(template, to=item.email, values=told, now=now)


def _spent(_standing: RawItem | None) -> Exception:
    return InvalidCode()
