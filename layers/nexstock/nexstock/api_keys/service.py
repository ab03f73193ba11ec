"""What can be done with API keys."""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from nexstock.api_keys.model import ApiKey
from nexstock.api_keys.schemas import CreateApiKey
from nexstock.auth.api_key_format import ApiKeyText
from nexstock.auth.principals import Caller
from nexstock.clock import Clock, utc_now
from nexstock.errors import FieldError, InvalidRequest
from nexstock.ids import ApiKeyId, new_id
from nexstock.persistence.tenant_items import require_version


class ApiKeys(Protocol):
    """The keys of one organization, as far as the service needs them."""

    def get(self, entity_id: str) -> ApiKey:
        """Return one that is not revoked, or raise `NotFound`."""

    def add_with_verifier(self, api_key: ApiKey, digest: bytes) -> None:
        """Stage a new one."""

    def revoke(self, api_key: ApiKey) -> None:
        """Stage the end of one."""


def create_api_key(
    command: CreateApiKey, *, caller: Caller, api_keys: ApiKeys, clock: Clock = utc_now
) -> tuple[ApiKey, ApiKeyText]:
    """Stage a new key and return its metadata and the key itself, which exists nowhere else.

    Raises:
        InvalidRequest: it would have ended already (422).
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
        prefix=key.shown_prefix,
        created_by=caller.user_id,
        expires_at=command.expires_at,
    )
    api_keys.add_with_verifier(api_key, key.digest)
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
