"""The repository that a resource's service needs, without a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from nexstock.errors import NotFound
from nexstock.resources.model import Resource

R = TypeVar("R", bound=Resource)


@dataclass
class StagedResources(Generic[R]):
    """Meets the services' `Resources` protocol; remembers what was staged and never commits anything."""

    stored: list[R] = field(default_factory=list)
    added: list[R] = field(default_factory=list)
    changed: list[tuple[R, R]] = field(default_factory=list)

    def get(self, entity_id: str) -> R:
        """Return one that is not deleted."""
        resource = self.get_even_deleted(entity_id)
        if resource.deleted_at is not None:
            raise NotFound
        return resource

    def get_even_deleted(self, entity_id: str) -> R:
        """Return one, deleted or not."""
        for resource in self.stored:
            if resource.id == entity_id:
                return resource
        raise NotFound

    def get_many(self, sort_keys: Sequence[str]) -> list[R]:
        """Return those that are here and not deleted."""
        return [each for each in self.stored if each.id in sort_keys and each.deleted_at is None]

    def add(self, entity: R) -> None:
        """Remember a new one."""
        self.added.append(entity)

    def change(self, before: R, after: R) -> None:
        """Remember a next version."""
        self.changed.append((before, after))
