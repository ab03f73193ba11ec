"""Making and changing webhook endpoints, without a table and without KMS."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from nexstock.auth.principals import system_tenant
from nexstock.clock import from_rfc3339
from nexstock.crypto.places import SealedPlace
from nexstock.errors import NotFound, PreconditionFailed
from nexstock.webhooks.endpoint_secrets import OVERLAP, rotate_secret
from nexstock.webhooks.health import EndpointHealth
from nexstock.webhooks.model import WebhookEndpoint, WhyDisabled, secret_place
from nexstock.webhooks.schemas import CreateWebhookEndpoint, NewWebhookEndpointView, UpdateWebhookEndpoint
from nexstock.webhooks.service import create_endpoint, delete_endpoint, update_endpoint
from tests.support.changes import AT, ORGANIZATION

_AT = from_rfc3339(AT)
_LATER = _AT + timedelta(days=1)


@dataclass
class _StagedEndpoints:
    stored: list[WebhookEndpoint] = field(default_factory=list)
    added: list[WebhookEndpoint] = field(default_factory=list)
    replaced: list[WebhookEndpoint] = field(default_factory=list)
    reset: list[tuple[str, datetime]] = field(default_factory=list)

    def get(self, entity_id: str) -> WebhookEndpoint:
        for endpoint in self.stored:
            if endpoint.id == entity_id:
                return endpoint
        raise NotFound

    def add(self, entity: WebhookEndpoint) -> None:
        self.added.append(entity)

    def replace(self, entity: WebhookEndpoint) -> None:
        self.replaced.append(entity)


@dataclass
class _Seal:
    sealed: list[tuple[SealedPlace, bytes]] = field(default_factory=list)

    def __call__(self, place: SealedPlace, plaintext: bytes) -> bytes:
        self.sealed.append((place, plaintext))
        return b"ciphertext"


def _later() -> datetime:
    return _LATER


def _create(**fields: Any) -> tuple[WebhookEndpoint, str, _StagedEndpoints, _Seal]:  # noqa: ANN401 (a body)
    endpoints, seal = _StagedEndpoints(), _Seal()
    body = {"url": "https://example.com/hook", "events": ["product.*"], **fields}
    endpoint, secret = create_endpoint(
        CreateWebhookEndpoint.model_validate(body),
        tenant=system_tenant(ORGANIZATION, "test"),
        endpoints=endpoints,
        seal=seal,
        clock=lambda: _AT,
    )
    return endpoint, secret, endpoints, seal


def _update(
    endpoint_id: str, patch: dict[str, Any], endpoints: _StagedEndpoints, *, expected: int | None = None
) -> WebhookEndpoint:
    return update_endpoint(
        endpoint_id,
        UpdateWebhookEndpoint.model_validate(patch),
        expected=expected,
        endpoints=endpoints,
        reset_health=lambda reset, at: endpoints.reset.append((reset, at)),
        clock=_later,
    )


def test_secret_is_shown_once_and_stored_sealed_for_its_place() -> None:
    endpoint, secret, endpoints, seal = _create()

    assert endpoints.added == [endpoint]
    assert endpoint.sealed_secret == b"ciphertext"
    assert seal.sealed == [(secret_place(ORGANIZATION, endpoint.id), secret.encode())]
    assert secret not in repr(endpoint)
    assert secret not in repr(NewWebhookEndpointView.of_new(endpoint, secret, EndpointHealth(), _AT))


@pytest.mark.parametrize(
    ("patch", "changed"),
    [
        ({"url": "https://example.com/other"}, {"url": "https://example.com/other"}),
        ({"events": ["*"]}, {"events": ("*",)}),
        ({"enabled": False}, {"enabled": False}),
        ({"description": "Warehouse"}, {"description": "Warehouse"}),
        ({"ordered": True, "maxPerSecond": 5}, {"ordered": True, "max_per_second": 5}),
    ],
)
def test_merge_patch_changes_what_it_names(patch: dict[str, Any], changed: dict[str, Any]) -> None:
    before, _, endpoints, _ = _create()
    endpoints.stored = [before]

    after = _update(before.id, patch, endpoints, expected=1)

    assert after == replace(before, **changed, version=2, updated_at=_LATER)
    assert endpoints.replaced == [after]


@pytest.mark.parametrize("patch", [{}, {"enabled": True}, {"description": None}, {"events": ["product.*"]}])
def test_patch_that_changes_nothing_stages_nothing(patch: dict[str, Any]) -> None:
    before, _, endpoints, _ = _create()
    endpoints.stored = [before]

    assert _update(before.id, patch, endpoints) == before
    assert endpoints.replaced == []
    assert endpoints.reset == []


def test_deleted_endpoint_is_kept_as_its_next_version() -> None:
    before, _, endpoints, _ = _create()
    endpoints.stored = [before]

    delete_endpoint(before.id, expected=1, endpoints=endpoints, clock=_later)

    assert endpoints.replaced == [replace(before, version=2, updated_at=_LATER, deleted_at=_LATER)]


def test_another_version_than_expected_is_neither_changed_nor_deleted() -> None:
    before, _, endpoints, _ = _create()
    endpoints.stored = [before]

    with pytest.raises(PreconditionFailed):
        _update(before.id, {}, endpoints, expected=2)
    with pytest.raises(PreconditionFailed):
        delete_endpoint(before.id, expected=2, endpoints=endpoints)

    assert endpoints.replaced == []


@pytest.mark.parametrize(
    "events",
    [[], ["product"], ["product.*.x"], ["*.created"], ["Product.created"], ["product.created "], ["**"], [""], "*"],
)
def test_event_filter_outside_the_grammar_is_refused(events: object) -> None:
    with pytest.raises(ValidationError):
        CreateWebhookEndpoint.model_validate({"url": "https://example.com/", "events": events})


@pytest.mark.parametrize("field", ["url", "events", "enabled"])
def test_patch_cannot_remove_what_an_endpoint_always_has(field: str) -> None:
    with pytest.raises(ValidationError, match=f"{field} cannot be removed"):
        UpdateWebhookEndpoint.model_validate({field: None})


@pytest.mark.parametrize(
    ("patch", "resets"),
    [
        ({"url": "https://example.com/other"}, 1),
        ({"enabled": False}, 1),
        ({"description": "Warehouse"}, 0),
        ({"events": ["*"]}, 0),
    ],
)
def test_what_an_endpoint_did_before_is_forgotten_when_it_is_another_one(patch: dict[str, Any], resets: int) -> None:
    before, _, endpoints, _ = _create()
    endpoints.stored = [before]

    _update(before.id, patch, endpoints)

    assert endpoints.reset == [(before.id, _LATER)] * resets


def test_an_endpoint_that_the_platform_disabled_is_as_any_other_once_it_is_enabled() -> None:
    before, _, endpoints, _ = _create(enabled=False)
    disabled = replace(before, disabled_reason=WhyDisabled.GONE)
    endpoints.stored = [disabled]

    assert _update(before.id, {"description": "Warehouse"}, endpoints).disabled_reason is WhyDisabled.GONE
    assert _update(before.id, {"enabled": True}, endpoints).disabled_reason is None


def test_rotated_secret_signs_beside_the_one_before_for_a_day_and_then_alone() -> None:
    before, secret, endpoints, seal = _create()
    endpoints.stored = [before]

    after, new = rotate_secret(
        before.id, tenant=system_tenant(ORGANIZATION, "test"), endpoints=endpoints, seal=seal, clock=_later
    )

    assert new != secret
    assert endpoints.replaced == [after]
    assert (after.version, after.rotated_at) == (2, _LATER)
    assert after.sealed_previous_secret == before.sealed_secret
    assert seal.sealed[-1] == (secret_place(ORGANIZATION, before.id), new.encode())
    assert len(after.sealed_secrets(_LATER)) == len(after.sealed_secrets(_LATER + OVERLAP - timedelta(seconds=1))) == 2
    assert after.sealed_secrets(_LATER + OVERLAP) == [after.sealed_secret]


@pytest.mark.parametrize("rate", [0, -1, 1001, 1.5, "5", True])
def test_impossible_rate_is_refused(rate: object) -> None:
    body = {"url": "https://example.com/", "events": ["*"], "maxPerSecond": rate}

    with pytest.raises(ValidationError):
        CreateWebhookEndpoint.model_validate(body)
