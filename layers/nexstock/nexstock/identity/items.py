"""People in DynamoDB, table `Identity` (docs/access-patterns.md).

`EMAIL#<address>` holds the address's owner and its open registrations, `USER#<id>` a person's profile and
sessions.
"""

from datetime import datetime

from pynamodb.attributes import BinaryAttribute, BinarySetAttribute, BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from nexstock.persistence.tables import TABLES, InstantAttribute, Item, text_list


class _IdentityMeta:
    table_name = TABLES.identity


class EmailOwnerItem(Item):
    """Who an e-mail address belongs to; exists only once the address is verified."""

    class Meta(_IdentityMeta):
        """People."""

    user_id = UnicodeAttribute(attr_name="userId")


class RegistrationItem(Item):
    """A registration whose address is not verified yet.

    Nothing claims the address before its code was entered, so nobody can occupy another's address; each
    registration has its own code, so a code only ever activates the password it was mailed for.
    """

    class Meta(_IdentityMeta):
        """People."""

    user_id = UnicodeAttribute(attr_name="userId")
    email = UnicodeAttribute()
    name = UnicodeAttribute()
    organization_name = UnicodeAttribute(attr_name="organizationName")
    password_hash = UnicodeAttribute(attr_name="passwordHash")
    pepper_version = UnicodeAttribute(attr_name="pepperVersion")
    code_digest = BinaryAttribute(attr_name="codeDigest", legacy_encoding=False)
    code_key_version = UnicodeAttribute(attr_name="codeKeyVersion")
    code_ends_at = InstantAttribute(attr_name="codeEndsAt")
    tries = NumberAttribute(default=0)


class UserItem(Item):
    """A person with a verified address, and where they belong; the role stands with the member there.

    `version` counts the changes of what the person is shown of themselves.
    """

    class Meta(_IdentityMeta):
        """People."""

    email = UnicodeAttribute()
    name = UnicodeAttribute()
    # Neither is there for somebody who has only ever signed in at an identity provider.
    password_hash = UnicodeAttribute(attr_name="passwordHash", null=True)
    pepper_version = UnicodeAttribute(attr_name="pepperVersion", null=True)
    organization_ids = text_list("organizationIds")
    version = NumberAttribute(default=1)
    created_at = InstantAttribute(attr_name="createdAt")
    # Sessions that began earlier are over, but for the spared one: it ends them all at once, however many there are.
    sessions_since = InstantAttribute(attr_name="sessionsSince", null=True)
    spared_session = UnicodeAttribute(attr_name="sparedSession", null=True)
    # What signing in needs to know of second factors without another read. `has_totp` and `short_password` are there
    # only if they are true.
    has_totp = BooleanAttribute(attr_name="hasTotp", null=True)
    passkeys = NumberAttribute(default=0)
    short_password = BooleanAttribute(attr_name="shortPassword", null=True)

    @property
    def second_factors(self) -> list[str]:
        """The kinds of second factors that the person has; with any of them, a password alone opens no session."""
        return [*(["totp"] if self.has_totp else []), *(["passkey"] if self.passkeys else [])]

    def admits(self, session_id: str, began_at: datetime) -> bool:
        """Tell whether a session of this person that began at an instant still counts."""
        return self.sessions_since is None or began_at >= self.sessions_since or session_id == self.spared_session


class TotpItem(Item):
    """A person's authenticator app; it counts for nothing before it is confirmed."""

    class Meta(_IdentityMeta):
        """People."""

    sealed_seed = BinaryAttribute(attr_name="sealedSeed", legacy_encoding=False)
    created_at = InstantAttribute(attr_name="createdAt")
    confirmed_at = InstantAttribute(attr_name="confirmedAt", null=True)
    last_step = NumberAttribute(attr_name="lastStep", null=True)


class RecoveryCodesItem(Item):
    """The hashes of a person's recovery codes that are not used yet; the set is gone with its last one."""

    class Meta(_IdentityMeta):
        """People."""

    digests = BinarySetAttribute(null=True, legacy_encoding=False)
    key_version = UnicodeAttribute(attr_name="keyVersion")
    made_at = InstantAttribute(attr_name="madeAt")

    @classmethod
    def are_no_newer(cls, now: datetime) -> Condition:
        """Return the condition that a write made at an instant does not undo a later one."""
        condition: Condition = cls.made_at.does_not_exist() | (cls.made_at <= now)
        return condition


class SessionItem(Item):
    """A session: one family of refresh tokens, of which only the newest is good.

    `successor_pad` lets the bearer of the previous token, and nobody else, get the newest one within the grace.
    """

    class Meta(_IdentityMeta):
        """People."""

    organization_id = UnicodeAttribute(attr_name="organizationId")
    digest = BinaryAttribute(legacy_encoding=False)
    previous_digest = BinaryAttribute(attr_name="previousDigest", null=True, legacy_encoding=False)
    successor_pad = BinaryAttribute(attr_name="successorPad", null=True, legacy_encoding=False)
    rotated_at = InstantAttribute(attr_name="rotatedAt", null=True)
    created_at = InstantAttribute(attr_name="createdAt")
    idle_ends_at = InstantAttribute(attr_name="idleEndsAt")
    ends_at = InstantAttribute(attr_name="endsAt")
    revoked_at = InstantAttribute(attr_name="revokedAt", null=True)
    ip = UnicodeAttribute()
    user_agent = UnicodeAttribute(attr_name="userAgent")
    # An organization's identity provider vouched for the person, and speaks for that organization only.
    by_single_sign_on = BooleanAttribute(attr_name="bySingleSignOn", default=False)

    def is_open(self, now: datetime) -> bool:
        """Tell whether the session still lets its bearer in."""
        return self.revoked_at is None and now < self.idle_ends_at and now < self.ends_at
