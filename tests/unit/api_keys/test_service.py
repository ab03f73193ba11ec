"""Making and revoking API keys, without a table."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from nexstock.api_keys.model import ApiKey
from nexstock.api_keys.schemas import CreateApiKey, NewApiKeyView, RotateApiKey, UpdateApiKey
from nexstock.api_keys.service import create_api_key, revoke_api_key, rotate_api_key, update_api_key
from nexstock.auth.api_key_format import ApiKeyText
from nexstock.auth.permissions import Role, Scope
from nexstock.auth.principals import Actor, ActorType, Principal, RequestOrigin
from nexstock.errors import InvalidRequest, NotFound, PreconditionFailed
from nexstock.ids import OrganizationId, SessionId, UserId, new_id
from nexstock.persistence.transaction import Transaction

_AT = datetime(2026, 3, 1, tzinfo=UTC)
_USER = UserId(new_id("usr", _AT))
_CALLER = Principal(
    OrganizationId(new_id("org", _AT)),
    Actor(ActorType.USER, _USER, "Pat"),
    Role.ADMIN,
    _USER,
    session_id=SessionId(new_id("ses", _AT)),
).as_caller(RequestOrigin("request-1", "203.0.113.7", "tests/1"), Transaction())


@dataclass
class _StagedKeys:
    stored: list[ApiKey] = field(default_factory=list)
    added: list[tuple[ApiKey, bytes]] = field(default_factory=list)
    changed: list[ApiKey] = field(default_factory=list)
    rotated: list[tuple[ApiKey, bytes]] = field(default_factory=list)
    revoked: list[ApiKey] = field(default_factory=list)

    def get(self, entity_id: str) -> ApiKey:
        for api_key in self.stored:
            if api_key.id == entity_id:
                return api_key
        raise NotFound

    def add_with_verifier(self, api_key: ApiKey, digest: bytes) -> None:
        self.added.append((api_key, digest))

    def change(self, api_key: ApiKey) -> None:
        self.changed.append(api_key)

    def rotate(self, api_key: ApiKey, digest: bytes) -> None:
        self.rotated.append((api_key, digest))

    def revoke(self, api_key: ApiKey) -> None:
        self.revoked.append(api_key)


def _create(expires_at: datetime | None = None) -> tuple[ApiKey, ApiKeyText, _StagedKeys]:
    keys = _StagedKeys()
    body = {"name": "Shop", "scope": "write", "expiresAt": expires_at}
    api_key, key = create_api_key(CreateApiKey.model_validate(body), caller=_CALLER, api_keys=keys, clock=lambda: _AT)
    return api_key, key, keys


def test_key_is_returned_and_only_its_hash_is_staged() -> None:
    api_key, key, keys = _create()

    assert keys.added == [(api_key, key.digest)]
    assert key.text not in repr(keys.added)
    assert ApiKeyText.parse(key.text).id == api_key.id


def test_key_is_its_creators_and_has_the_scope_asked_for() -> None:
    api_key, key, _ = _create()

    assert (api_key.created_by, api_key.scope, api_key.name) == (_USER, Scope.WRITE, "Shop")
    assert key.text.startswith(api_key.prefix)


def test_view_that_shows_the_key_hides_it_in_its_repr() -> None:
    api_key, key, _ = _create()
    view = NewApiKeyView.of_new(api_key, key.text)

    assert view.key == key.text
    assert key.text not in repr(view)


@pytest.mark.parametrize("age", [timedelta(0), timedelta(seconds=-1), timedelta(days=-400)])
def test_key_that_would_have_ended_already_is_refused(age: timedelta) -> None:
    with pytest.raises(InvalidRequest, match="/expiresAt"):
        _create(_AT + age)


def test_key_may_end_at_any_later_time() -> None:
    api_key, _, _ = _create(_AT + timedelta(seconds=1))

    assert api_key.expires_at == _AT + timedelta(seconds=1)


def test_revocation_is_the_keys_next_version() -> None:
    api_key, _, keys = _create()
    keys.stored = [api_key]
    later = _AT + timedelta(days=1)

    revoke_api_key(api_key.id, expected=1, api_keys=keys, clock=lambda: later)

    assert keys.revoked == [replace(api_key, version=2, updated_at=later, deleted_at=later)]


def test_revocation_of_another_version_is_refused() -> None:
    api_key, _, keys = _create()
    keys.stored = [api_key]

    with pytest.raises(PreconditionFailed):
        revoke_api_key(api_key.id, expected=2, api_keys=keys)

    assert keys.revoked == []


def test_change_is_the_keys_next_version() -> None:
    api_key, _, keys = _create()
    keys.stored = [api_key]
    later = _AT + timedelta(days=1)
    patch = UpdateApiKey.model_validate({"enabled": False, "allowedIps": ["203.0.113.7"]})

    update_api_key(api_key.id, patch, expected=1, caller=_CALLER, api_keys=keys, clock=lambda: later)

    changed = replace(api_key, version=2, updated_at=later, enabled=False, allowed_ips=("203.0.113.7/32",))
    assert keys.changed == [changed]


@pytest.mark.parametrize("body", [{}, {"name": "Shop"}, {"resources": None, "expiresAt": None}], ids=str)
def test_change_that_changes_nothing_stages_nothing(body: dict[str, object]) -> None:
    api_key, _, keys = _create()
    keys.stored = [api_key]
    patch = UpdateApiKey.model_validate(body)

    assert update_api_key(api_key.id, patch, expected=None, caller=_CALLER, api_keys=keys) == api_key
    assert keys.changed == []


def test_rotation_keeps_all_of_the_key_but_its_text() -> None:
    api_key, old, keys = _create()
    keys.stored = [api_key]
    later = _AT + timedelta(days=1)

    rotated, key = rotate_api_key(api_key.id, RotateApiKey(), caller=_CALLER, api_keys=keys, clock=lambda: later)

    ends_at = later + timedelta(hours=24)
    expected = replace(api_key, version=2, updated_at=later, rotated_at=later, previous_expires_at=ends_at)
    assert (rotated, keys.rotated) == (expected, [(expected, key.digest)])
    assert (key.id, key.shown_prefix) == (old.id, old.shown_prefix)
    assert key.digest != old.digest
    assert key.text not in repr(keys.rotated)
