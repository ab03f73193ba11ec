"""What happens to every resource alike: deleted ones are kept for 30 days, and a removed field is as if never named."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from nexstock.errors import NotFound
from nexstock.http.schemas import Name, Patch
from nexstock.persistence.tenant_items import RETENTION_OF_DELETED
from nexstock.resources import lifecycle
from nexstock.resources.model import Resource
from tests.support.products import MADE_AT, a_product
from tests.support.staged import StagedResources

_LATER = MADE_AT + timedelta(days=1)


def _later() -> datetime:
    return _LATER


def test_deleted_resource_is_kept_as_its_next_version() -> None:
    before = a_product()
    products = StagedResources([before])

    lifecycle.delete(before.id, expected=None, resources=products, clock=_later)

    assert products.changed == [(before, replace(before, version=4, updated_at=_LATER, deleted_at=_LATER))]


def test_deleted_resource_can_be_neither_changed_nor_deleted_again() -> None:
    deleted = a_product(deleted_at=MADE_AT)
    products = StagedResources([deleted])

    with pytest.raises(NotFound):
        lifecycle.read_version(deleted.id, expected=None, resources=products)
    with pytest.raises(NotFound):
        lifecycle.delete(deleted.id, expected=None, resources=products)


@pytest.mark.parametrize("age", [timedelta(0), RETENTION_OF_DELETED - timedelta(seconds=1)])
def test_resource_can_be_restored_for_30_days(age: timedelta) -> None:
    deleted = a_product(deleted_at=MADE_AT)
    products = StagedResources([deleted])

    restored = lifecycle.restore(deleted.id, resources=products, clock=lambda: MADE_AT + age)

    assert restored == replace(deleted, version=4, updated_at=MADE_AT + age, deleted_at=None)
    assert products.changed == [(deleted, restored)]


@pytest.mark.parametrize("age", [RETENTION_OF_DELETED, RETENTION_OF_DELETED + timedelta(days=2)])
def test_resource_that_ttl_has_not_removed_yet_cannot_be_restored_later(age: timedelta) -> None:
    deleted = a_product(deleted_at=MADE_AT)
    products = StagedResources([deleted])

    with pytest.raises(NotFound):
        lifecycle.restore(deleted.id, resources=products, clock=lambda: MADE_AT + age)

    assert products.changed == []


def test_restoring_what_is_not_deleted_changes_nothing() -> None:
    product = a_product()
    products = StagedResources([product])

    assert lifecycle.restore(product.id, resources=products, clock=_later) == product
    assert products.changed == []


def test_removing_a_field_that_has_no_default_is_a_fault_of_the_schema() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Thing(Resource):
        name: str

    class ThingPatch(Patch):
        name: Name | None = None

    thing = Thing(id="x", version=1, created_at=MADE_AT, updated_at=MADE_AT, name="Bolt")

    with pytest.raises(TypeError, match="default"):
        lifecycle.merged(thing, ThingPatch.model_validate({"name": None}))
