"""What happens to every resource alike: it is made, changed by a merge patch, deleted, and restored within 30 days."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from nexstock.clock import Clock, utc_now
from nexstock.errors import NotFound
from nexstock.http.schemas import Patch, value_of
from nexstock.persistence.tenant_items import RETENTION_OF_DELETED, require_version
from nexstock.resources.model import Resource

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound=Resource)
T = TypeVar("T", bound="DataclassInstance")


class Resources(Protocol[R]):
    """The resources of one kind of one organization, as far as their services need them."""

    def get(self, entity_id: str) -> R:
        """Return one that is not deleted, or raise `NotFound`."""

    def get_even_deleted(self, entity_id: str) -> R:
        """Return one, deleted or not, or raise `NotFound`."""

    def add(self, entity: R) -> None:
        """Stage a new one, its unique values claimed."""

    def change(self, before: R, after: R) -> None:
        """Stage the next version of one, its claims on unique values kept in step."""


def read_version(resource_id: str, *, expected: int | None, resources: Resources[R]) -> R:
    """Return the resource that a client wants to change.

    Raises:
        NotFound: none here (404).
        PreconditionFailed: `expected` is not its version (412).
    """
    resource = resources.get(resource_id)
    require_version(resource, expected)
    return resource


def merged(resource: R, patch: Patch) -> R:
    """Return the resource with a merge patch (RFC 7396) applied; nothing is staged."""
    return applied(resource, patch.changes())


def applied(before: T, changes: Mapping[str, Any]) -> T:
    """Return a value with the changes of a merge patch, by the names of its fields; None removes."""
    at_rest = {field.name: field for field in fields(before)}
    values: dict[str, Any] = {
        name: _default_of(at_rest[name]) if value is None else _merged_value(getattr(before, name), value)
        for name, value in changes.items()
    }
    return replace(before, **values)


def stage_change(before: R, after: R, *, resources: Resources[R], clock: Clock = utc_now) -> R:
    """Stage `after` as the next version of `before` and return it; if they are equal, nothing is staged."""
    if after == before:
        return before
    changed = replace(after, version=before.version + 1, updated_at=clock())
    resources.change(before, changed)
    return changed


def update(
    resource_id: str, patch: Patch, *, expected: int | None, resources: Resources[R], clock: Clock = utc_now
) -> R:
    """Stage a merge patch and return the resource as it will be; a patch that changes nothing stages nothing.

    Raises:
        NotFound: none here (404).
        PreconditionFailed: `expected` is not its version (412).
        Conflict: at the commit, if another has one of its unique values (409).
    """
    before = read_version(resource_id, expected=expected, resources=resources)
    return stage_change(before, merged(before, patch), resources=resources, clock=clock)


def delete(resource_id: str, *, expected: int | None, resources: Resources[R], clock: Clock = utc_now) -> None:
    """Stage the soft delete of a resource; its unique values are free again, and it can be restored for 30 days.

    Raises:
        NotFound: none here (404).
        PreconditionFailed: `expected` is not its version (412).
    """
    before = read_version(resource_id, expected=expected, resources=resources)
    stage_change(before, replace(before, deleted_at=clock()), resources=resources, clock=clock)


def restore(resource_id: str, *, resources: Resources[R], clock: Clock = utc_now) -> R:
    """Stage the return of a deleted resource and return it; one that is not deleted stays as it is.

    Raises:
        NotFound: none here, or its 30 days have ended (404).
        Conflict: at the commit, if one of its unique values was given to another meanwhile (409).
    """
    before = resources.get_even_deleted(resource_id)
    require_kept(before, clock())
    return stage_change(before, replace(before, deleted_at=None), resources=resources, clock=clock)


def require_kept(resource: Resource, now: datetime) -> None:
    """Let what was deleted pass as long as it is kept.

    Raises:
        NotFound: its 30 days have ended (404).
    """
    # TTL removes an item up to days after its time (AWS: "Using time to live (TTL) in DynamoDB").
    if resource.deleted_at is not None and now - resource.deleted_at >= RETENTION_OF_DELETED:
        raise NotFound


_NO_DEFAULT: Final = "a field that can be removed has a default"


def _default_of(field: Field[Any]) -> Any:  # noqa: ANN401 (a field of any type)
    if field.default_factory is not MISSING:
        return field.default_factory()
    if field.default is MISSING:
        raise TypeError(_NO_DEFAULT)
    return field.default


def _merged_value(before: object, value: object) -> object:
    if isinstance(value, Mapping) and isinstance(before, Mapping):
        # RFC 7396: members of an object are merged one by one, and null removes a member.
        return {name: each for name, each in {**before, **value}.items() if each is not None}
    return value_of(value, before)
