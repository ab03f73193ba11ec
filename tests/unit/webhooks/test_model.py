"""Which events go to which endpoint."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nexstock.ids import OrganizationId, WebhookEndpointId
from nexstock.webhooks.model import WebhookEndpoint, secret_place

_AT = datetime(2026, 1, 1, tzinfo=UTC)


def _endpoint(*events: str, **fields: Any) -> WebhookEndpoint:  # noqa: ANN401 (fields of an endpoint)
    return WebhookEndpoint(
        id=WebhookEndpointId("whe_1"),
        version=1,
        created_at=_AT,
        updated_at=_AT,
        url="https://example.com/hook",
        events=events,
        sealed_secret=b"sealed-secret",
        **fields,
    )


@pytest.mark.parametrize("events", [("*",), ("product.*",), ("product.created",), ("api_key.*", "product.created")])
def test_endpoint_receives_what_it_asked_for(events: tuple[str, ...]) -> None:
    assert _endpoint(*events).receives("product.created")


@pytest.mark.parametrize(
    "events",
    [
        (),
        ("product",),
        ("product.updated",),
        ("products.*",),
        ("api_key.*",),
        ("prod*",),
        ("product.creat",),
        ("*.created",),
        ("product.created.x",),
    ],
)
def test_endpoint_receives_nothing_else(events: tuple[str, ...]) -> None:
    assert not _endpoint(*events).receives("product.created")


def test_endpoint_that_is_switched_off_or_deleted_receives_nothing() -> None:
    assert not _endpoint("*", enabled=False).receives("product.created")
    assert not _endpoint("*", deleted_at=_AT).receives("product.created")


def test_sealed_secret_never_shows_in_a_repr() -> None:
    assert "sealed-secret" not in repr(_endpoint("*"))


def test_secret_belongs_to_one_endpoint_of_one_organization() -> None:
    place = secret_place(OrganizationId("org_1"), "whe_1")

    assert place.encryption_context == {
        "organization": "org_1",
        "kind": "webhook_endpoint",
        "id": "whe_1",
        "field": "secret",
    }


@pytest.mark.parametrize(
    ("rotated_after", "warned_after", "due_after"),
    [(None, None, 365), (100, None, 465), (None, 335, 365), (None, 400, 430), (100, 435, 465)],
)
def test_a_secret_is_due_by_its_age_and_never_sooner_than_30_days_after_its_owners_were_told(
    rotated_after: int | None, warned_after: int | None, due_after: int
) -> None:
    moments = {"rotated_at": rotated_after, "secret_warned_at": warned_after}
    known = {name: _AT + timedelta(days=days) for name, days in moments.items() if days is not None}
    due_at = _endpoint("*", **known).secret_due_at(timedelta(days=365))
    assert due_at == _AT + timedelta(days=due_after)
