"""API keys on the wire."""

from typing import Any, Self

from pydantic import Field

from nexstock.api_keys.model import ApiKey
from nexstock.auth.permissions import Scope
from nexstock.http.schemas import Command, Instant, InstantInput, Name, View


class CreateApiKey(Command):
    """A new API key."""

    name: Name
    scope: Scope
    expires_at: InstantInput | None = None


class ApiKeyView(View):
    """An API key, without the key."""

    id: str
    name: str
    scope: Scope
    prefix: str
    created_by: str
    expires_at: Instant | None
    version: int
    created_at: Instant

    @classmethod
    def of(cls, api_key: ApiKey) -> Self:
        """Return the view of a key's metadata."""
        return cls(**_fields(api_key))


class NewApiKeyView(ApiKeyView):
    """A new API key; `key` is shown this once."""

    key: str = Field(repr=False)

    @classmethod
    def of_new(cls, api_key: ApiKey, key: str) -> Self:
        """Return the view that shows the key."""
        return cls(**_fields(api_key), key=key)


def _fields(api_key: ApiKey) -> dict[str, Any]:
    return {
        "id": api_key.id,
        "name": api_key.name,
        "scope": api_key.scope,
        "prefix": api_key.prefix,
        "created_by": api_key.created_by,
        "expires_at": api_key.expires_at,
        "version": api_key.version,
        "created_at": api_key.created_at,
    }
