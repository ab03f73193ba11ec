"""Step-up: before what cannot be undone, the person shows once more that they are there.

A code that is mailed to them is exchanged for a proof; the proof is good for one person, one session, one action and
one use within five minutes. It is spent in the transaction of the action itself, so it is gone if and only if the
action happened. Threat: a session in somebody else's hands. ASVS 7.5.1, 7.5.3.
"""

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from nexstock.auth.principals import Caller
from nexstock.errors import StepUpRequired
from nexstock.persistence import identity_keys
from nexstock.persistence.tables import TABLES, InstantAttribute, Item
from nexstock.persistence.transaction import RawItem

HEADER: Final = "X-Step-Up"
LIFETIME: Final = timedelta(minutes=5)
_FORM: Final = re.compile(r"nxp_[0-9A-Za-z_-]{43}")


class Action(StrEnum):
    """What has to be confirmed by whom it concerns."""

    ADD_PASSKEY = "add_passkey"
    CHANGE_EMAIL = "change_email"
    DELETE_ACCOUNT = "delete_account"
    DELETE_ORGANIZATION = "delete_organization"
    DISABLE_MFA = "disable_mfa"
    TRANSFER_OWNERSHIP = "transfer_ownership"


class _ProofItem(Item):
    class Meta:
        table_name = TABLES.identity

    action = UnicodeAttribute()
    session_id = UnicodeAttribute(attr_name="sessionId")
    ends_at = InstantAttribute(attr_name="endsAt")


def grant(action: Action, caller: Caller, now: datetime) -> str:
    """Store a proof for one action of the caller's session and return its text, which is kept nowhere."""
    text = f"nxp_{secrets.token_urlsafe(32)}"
    item = _item(text, caller)
    item.action, item.session_id, item.ends_at = action.value, caller.session_id or "", now + LIFETIME
    item.expires_at = int(item.ends_at.timestamp())
    item.save(_ProofItem.pk.does_not_exist())
    return text


def stage_use(text: str | None, action: Action, caller: Caller, now: datetime) -> None:
    """Check a proof and stage its end on the caller's transaction; of two uses at once, one commits.

    Raises:
        StepUpRequired: none, or not for this person, session and action, or too old, or used (403).
    """
    if text is None or _FORM.fullmatch(text) is None:
        raise StepUpRequired(action)
    wanted = _item(text, caller)
    try:
        standing = _ProofItem.get(wanted.pk, wanted.sk, consistent_read=True)
    except DoesNotExist:
        raise StepUpRequired(action) from None
    if (standing.action, standing.session_id) != (action.value, caller.session_id) or standing.ends_at <= now:
        raise StepUpRequired(action)

    def used(_standing: RawItem | None) -> Exception:
        return StepUpRequired(action)

    caller.tenant.transaction.delete(standing, condition=_ProofItem.pk.exists(), refusal=used)


def _item(text: str, caller: Caller) -> _ProofItem:
    # The proof has 256 random bits, so its plain SHA-256 gives nothing to guess.
    digest = hashlib.sha256(text.encode()).hexdigest()
    return _ProofItem(identity_keys.user_partition(caller.user_id), identity_keys.proof_sort_key(digest))
