"""Items of one organization, and the repository base that is the only way to them."""

from abc import ABC, abstractmethod
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Generic, Protocol, Self, TypeVar

from pynamodb.attributes import MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from nexstock.auth.principals import Actor, ActorType, Tenant
from nexstock.clock import to_rfc3339
from nexstock.errors import NotFound, PreconditionFailed
from nexstock.ids import is_id
from nexstock.persistence.indexes import IndexEntry, Lookup, query_index
from nexstock.persistence.keys import Kind, index_partition, tenant_partition
from nexstock.persistence.tables import TABLES, InstantAttribute, Item, batch_get
from nexstock.persistence.transaction import ConcurrentChange, RawItem

RETENTION_OF_DELETED: Final = timedelta(days=30)
_MAX_QUERIES_PER_PAGE: Final = 4


class TenantItem(Item):
    """What every item of an organization carries.

    `changed_by` says who made the present version. The audit log takes it from here, because a stream record
    itself does not say who acted. `event` says what the present version came from, where created, updated, deleted
    and restored do not say it. The keys of the indexes are what `TenantRepository._index_entries` made of the entity.
    """

    kind = UnicodeAttribute()
    version = NumberAttribute()
    created_at = InstantAttribute(attr_name="createdAt")
    updated_at = InstantAttribute(attr_name="updatedAt")
    deleted_at = InstantAttribute(attr_name="deletedAt", null=True)
    changed_by: MapAttribute[str, Any] = MapAttribute(attr_name="changedBy")
    event = UnicodeAttribute(null=True)
    gsi1_pk = UnicodeAttribute(attr_name="GSI1PK", null=True)
    gsi1_sk = UnicodeAttribute(attr_name="GSI1SK", null=True)
    gsi2_pk = UnicodeAttribute(attr_name="GSI2PK", null=True)
    gsi2_sk = UnicodeAttribute(attr_name="GSI2SK", null=True)
    gsi3_pk = UnicodeAttribute(attr_name="GSI3PK", null=True)
    gsi3_sk = UnicodeAttribute(attr_name="GSI3SK", null=True)
    gsi4_pk = UnicodeAttribute(attr_name="GSI4PK", null=True)
    gsi4_sk = UnicodeAttribute(attr_name="GSI4SK", null=True)

    @classmethod
    def from_stream(cls, image: dict[str, dict[str, Any]]) -> Self:
        """Return the item of a stream record's image, in which binary values are base64 text."""
        return cls.from_raw_data(
            {name: {"B": b64decode(value["B"])} if "B" in value else value for name, value in image.items()}
        )


class StoredItem(Item):
    """Any item of an organization, as far as its keys."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants


class Entity(Protocol):
    """What the repository base reads of a domain object."""

    @property
    def id(self) -> str:
        """The identifier."""

    @property
    def version(self) -> int:
        """Counts changes, from 1."""

    @property
    def created_at(self) -> datetime:
        """When it was made."""

    @property
    def updated_at(self) -> datetime:
        """When it last changed."""

    @property
    def deleted_at(self) -> datetime | None:
        """When it was deleted, if it was."""


E = TypeVar("E", bound=Entity)
I = TypeVar("I", bound=TenantItem)  # noqa: E741 (I for item, beside E for entity)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of a list, and the position after which the next page begins (None: there is none)."""

    items: list[T]
    last_key: str | None


class TenantRepository(ABC, Generic[E, I]):
    """Items of one kind of exactly one organization; no method takes an organization id.

    Subclasses name `kind`, `prefix` and `item_type`, and translate in `_to_entity` and `_to_item`.
    Writes are staged on the tenant's transaction; reads are consistent.
    """

    kind: ClassVar[Kind]
    prefix: ClassVar[str]
    item_type: type[I]

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._pk = tenant_partition(tenant.organization_id, self.kind)

    @abstractmethod
    def _to_entity(self, item: I) -> E:
        """Return the domain object of an item."""

    @abstractmethod
    def _to_item(self, entity: E) -> I:
        """Return the item of a domain object, without what every item carries."""

    def _index_entries(self, _entity: E) -> Sequence[IndexEntry]:
        """Return where the indexes list an entity that is not deleted; each index at most once."""
        return ()

    def _sort_key(self, entity: E) -> str:
        """Return the sort key of an entity."""
        return entity.id

    def entity_of(self, item: I) -> E:
        """Return the domain object of an item that came by another way than a read of ours: a stream record."""
        return self._to_entity(item)

    def get(self, entity_id: str) -> E:
        """Return one that is not deleted.

        Raises:
            NotFound: none here; another organization's looks the same (404).
        """
        entity = self.get_even_deleted(entity_id)
        if entity.deleted_at is not None:
            raise NotFound
        return entity

    def get_even_deleted(self, entity_id: str) -> E:
        """Return one, deleted or not.

        Raises:
            NotFound: none here; another organization's looks the same (404).
        """
        if not is_id(entity_id, self.prefix):
            raise NotFound
        try:
            return self._to_entity(self.item_type.get(self._pk, entity_id, consistent_read=True))
        except DoesNotExist:
            raise NotFound from None

    def get_beside(self, entity_id: str, other: tuple[type[Item], str, str]) -> tuple[E, Item | None]:
        """Return one that is not deleted, and another item of any table, in one call.

        Raises:
            NotFound: none here; another organization's looks the same (404).
        """
        if not is_id(entity_id, self.prefix):
            raise NotFound
        item, beside = batch_get([(self.item_type, self._pk, entity_id), other])
        if not isinstance(item, self.item_type) or item.deleted_at is not None:
            raise NotFound
        return self._to_entity(item), beside

    def list_newest_first(
        self, *, limit: int, after: str | None, keep: Callable[[E], bool] = lambda _entity: True
    ) -> Page[E]:
        """Return up to `limit` that are not deleted, and that are to be kept, beginning below the sort key `after`.

        Deleted ones lie between the others until their 30 days end, so the queries of one page are bounded:
        a page may be short, or even empty, and still have a next one.
        """
        found: list[E] = []
        last_key = after
        for _ in range(_MAX_QUERIES_PER_PAGE):
            items, last_key = self.item_type.query_page(
                self._pk,
                self.item_type.sk < last_key if last_key else None,
                filter_condition=self.item_type.deleted_at.does_not_exist(),
                limit=limit + 1 - len(found),
                newest_first=True,
            )
            found += [entity for entity in map(self._to_entity, items) if keep(entity)]
            if len(found) > limit:
                return Page(found[:limit], self._sort_key(found[limit - 1]))
            if last_key is None:
                break
        return Page(found, last_key)

    def list_below(self, prefix: str, *, limit: int, after: str | None) -> Page[E]:
        """Return up to `limit` whose sort keys begin so, in the order of the keys, read consistently."""
        items, last_key = self.item_type.query_page(
            self._pk, self.item_type.sk.startswith(prefix) if prefix else None, limit=limit + 1, after=after
        )
        entities = [self._to_entity(item) for item in items[:limit]]
        return Page(entities, items[limit - 1].sk if len(items) > limit else last_key)

    def find(
        self, lookup: Lookup, *, limit: int, after: str | None, keep: Callable[[E], bool] = lambda _entity: True
    ) -> Page[E]:
        """Return up to `limit` that an index lists, and that are to be kept, beginning after a position.

        What left the list a moment ago is not shown. The queries of one page are bounded: a page may be short, or even
        empty, and still have a next one.
        """
        found: list[E] = []
        position = after
        for _ in range(_MAX_QUERIES_PER_PAGE):
            hits, position = query_index(
                self._tenant.organization_id, self.kind, lookup, limit=limit - len(found), after=position
            )
            entities = self.get_many([hit.sort_key for hit in hits])
            found += [entity for entity in entities if self._is_listed(entity, lookup) and keep(entity)]
            if position is None or len(found) == limit:
                break
        return Page(found, position)

    def get_many(self, sort_keys: Sequence[str]) -> list[E]:
        """Return those of up to 100 that are here and not deleted, in the order asked for, in one call."""
        if not sort_keys:
            return []
        items = batch_get([(self.item_type, self._pk, sort_key) for sort_key in sort_keys])
        entities = [self._to_entity(item) for item in items if isinstance(item, self.item_type)]
        return [entity for entity in entities if entity.deleted_at is None]

    def _is_listed(self, entity: E, lookup: Lookup) -> bool:
        place = (lookup.index, lookup.name, lookup.value)
        return any((entry.index, entry.name, entry.value) == place for entry in self._index_entries(entity))

    def add(self, entity: E) -> None:
        """Stage a new one; never overwrites."""
        item = self._stamped(entity)
        self._tenant.transaction.put(item, condition=type(item).pk.does_not_exist(), refusal=changed_meanwhile)

    def replace(self, entity: E) -> None:
        """Stage the next version of one that was read before; it wins only if nobody else did meanwhile."""
        item = self._stamped(entity)
        self._tenant.transaction.put(
            item, condition=type(item).version == entity.version - 1, refusal=changed_meanwhile
        )

    def _stamped(self, entity: E) -> I:
        item = self._to_item(entity)
        actor, origin = self._tenant.actor, self._tenant.origin
        item.pk, item.sk, item.kind = self._pk, self._sort_key(entity), self.kind.value
        item.version = entity.version
        item.created_at, item.updated_at, item.deleted_at = entity.created_at, entity.updated_at, entity.deleted_at
        if entity.deleted_at is not None:
            item.expires_at = end_of_deleted(entity.deleted_at)
        else:
            for entry in self._index_entries(entity):
                partition = index_partition(self._tenant.organization_id, self.kind, entry.name, entry.value)
                setattr(item, f"{entry.index.lower()}_pk", partition)
                setattr(item, f"{entry.index.lower()}_sk", entry.sort)
        item.changed_by = {
            "type": actor.type.value,
            "id": actor.id,
            "name": actor.name,
            "ip": origin.ip,
            "requestId": origin.request_id,
            "userAgent": origin.user_agent,
            "at": to_rfc3339(entity.updated_at),
        }
        return item


def end_of_deleted(deleted_at: datetime) -> int:
    """Return when what was deleted is removed, as the table's TTL has it."""
    return int((deleted_at + RETENTION_OF_DELETED).timestamp())


def actor_of(item: TenantItem) -> Actor:
    """Return who made an item's present version."""
    by = item.changed_by.as_dict()
    return Actor(ActorType(by["type"]), by["id"], by["name"])


def require_version(entity: Entity, expected: int | None) -> None:
    """Let a change go on only if the client saw the present version.

    Raises:
        PreconditionFailed: `If-Match` named another version (412).
    """
    if expected is not None and entity.version != expected:
        raise PreconditionFailed


def changed_meanwhile(_standing: RawItem | None) -> Exception:
    """Return what a failed condition means where only a concurrent request can have broken it."""
    return ConcurrentChange()
