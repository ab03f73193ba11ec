"""What can be done with API keys."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from nexstock.api_keys.model import ApiKey
from nexstock.api_keys.schemas import CreateApiKey, RotateApiKey, UpdateApiKey
from nexstock.auth.api_key_format import ApiKeyText
from nexstock.auth.permissions import permissions_of
from nexstock.auth.principals import Caller
from nexstock.clock import Clock, utc_now
from nexstock.errors import FieldError, Forbidden, InvalidRequest
from nexstock.ids import ApiKeyId, new_id
from nexstock.persistence.tenant_items import require_version


class ApiKeys(Protocol):
    """The keys of one organization, as far as the service needs them."""

    def get(self, entity_id: str) -> ApiKey:
        """Return one that is not revoked, or raise `NotFound`."""

    def add_with_verifier(self, api_key: ApiKey, digest: bytes) -> None:
        """Stage a new one."""

    def change(self, api_key: ApiKey) -> None:
        """Stage the next version of one."""

    def rotate(self, api_key: ApiKey, digest: bytes) -> None:
        """Stage the next version of one, with a new text."""

    def revoke(self, api_key: ApiKey) -> None:
        """Stage the end of one."""


def create_api_key(
    command: CreateApiKey, *, caller: Caller, api_keys: ApiKeys, clock: Clock = utc_now
) -> tuple[ApiKey, ApiKeyText]:
    """Stage a new key and return its metadata and the key itself, which exists nowhere else.

    Raises:
        InvalidRequest: it would have ended already (422).
        Forbidden: it would reach further than the key that makes it (403).
    """
    now = clock()
    _require_future(command.expires_at, now)
    key = ApiKeyText.generate(ApiKeyId(new_id("key", now)))
    api_key = ApiKey(
        id=key.id,
        version=1,
        created_at=now,
        updated_at=now,
        name=command.name,
        scope=command.scope,
        resources=command.resources,
        allowed_ips=command.allowed_ips,
        prefix=key.shown_prefix,
        created_by=caller.user_id,
        expires_at=command.expires_at,
    )
    _require_reach(caller, api_key)
    api_keys.add_with_verifier(api_key, key.digest)
    return api_key, key


def update_api_key(  # noqa: PLR0913 (the parts of an update, and who makes it)
    api_key_id: str,
    patch: UpdateApiKey,
    *,
    expected: int | None,
    caller: Caller,
    api_keys: ApiKeys,
    clock: Clock = utc_now,
) -> ApiKey:
    """Stage a merge patch and return the key as it will be; a patch that changes nothing stages nothing.

    Raises:
        NotFound: no such key here (404).
        PreconditionFailed: `expected` is not its version (412).
        InvalidRequest: it would have ended already (422).
        Forbidden: it reaches further than the key that changes it, before or after (403).
    """
    before = api_keys.get(api_key_id)
    require_version(before, expected)
    now = clock()
    changes = patch.changes()
    _require_future(changes.get("expires_at"), now)
    changed = replace(before, **changes)
    _require_reach(caller, before)
    _require_reach(caller, changed)
    if changed == before:
        return before
    api_key = replace(changed, version=before.version + 1, updated_at=now)
    api_keys.change(api_key)
    return api_key


def rotate_api_key(
    api_key_id: str, command: RotateApiKey, *, caller: Caller, api_keys: ApiKeys, clock: Clock = utc_now
) -> tuple[ApiKey, ApiKeyText]:
    """Stage a new text for a key and return both; the text so far is good until its grace ends.

    Only one earlier text has a grace: rotating again within it ends the one before.

    Raises:
        NotFound: no such key here (404).
        Forbidden: it reaches further than the key that rotates it (403).
    """
    before = api_keys.get(api_key_id)
    _require_reach(caller, before)
    now = clock()
    key = ApiKeyText.generate(before.id)
    api_key = replace(
        before,
        version=before.version + 1,
        updated_at=now,
        rotated_at=now,
        previous_expires_at=now + timedelta(seconds=command.grace_period_s),
    )
    api_keys.rotate(api_key, key.digest)
    return api_key, key


def revoke_api_key(api_key_id: str, *, expected: int | None, api_keys: ApiKeys, clock: Clock = utc_now) -> None:
    """Stage the end of a key, for good.

    Raises:
        NotFound: no such key here (404).
        PreconditionFailed: `expected` is not its version (412).
    """
    api_key = api_keys.get(api_key_id)
    require_version(api_key, expected)
    now = clock()
    api_keys.revoke(replace(api_key, version=api_key.version + 1, updated_at=now, deleted_at=now))


def _require_future(instant: datetime | None, now: datetime) -> None:
    if instant is not None and instant <= now:
        raise InvalidRequest([FieldError("/expiresAt", "has to be in the future")])


def _require_reach(caller: Caller, api_key: ApiKey) -> None:
    # Otherwise a key that was narrowed could make itself, or take over, one that was not.
    resources = None if api_key.resources is None else frozenset(api_key.resources)
    if not permissions_of(caller.role, api_key.scope, resources) <= caller.permissions:
        detail = "A key cannot make, change or rotate a key that reaches further than itself"
        raise Forbidden(detail)
