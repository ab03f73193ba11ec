"""Resources in DynamoDB, and the claims of their unique values.

A claim lives at `ORG#<organization>#UNIQUE` / `<KIND>#<field>#<value>` and is written with the resource.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from nexstock.auth.principals import Tenant
from nexstock.clock import to_rfc3339
from nexstock.errors import NotFound, Problem
from nexstock.persistence.indexes import Index, IndexEntry, Lookup
from nexstock.persistence.keys import Kind, tenant_partition, unique_claim
from nexstock.persistence.tables import MOST_KEYS, TABLES, Item, batch_get
from nexstock.persistence.tenant_items import Page, TenantItem, TenantRepository, changed_meanwhile
from nexstock.persistence.transaction import Refusal
from nexstock.resources.errors import InUse
from nexstock.resources.model import Resource
from nexstock.resources.uses import Uses


@dataclass(frozen=True, slots=True)
class UniqueValue:
    """A value, such as a SKU, that one resource of its kind at most has in an organization, the deleted ones aside.

    `taken` is raised at the commit where another has it.
    """

    field: str
    value: str
    taken: Problem


class UniqueClaim(Item):
    """The claim of a value that may stand once in an organization."""

    class Meta:
        """Lives beside the items that it guards."""

        table_name = TABLES.tenants

    kind = UnicodeAttribute()
    owner_id = UnicodeAttribute(attr_name="ownerId")


R = TypeVar("R", bound=Resource)
I = TypeVar("I", bound=TenantItem)  # noqa: E741 (I for item, beside R for resource)


@dataclass(frozen=True, slots=True)
class Part(Generic[R]):
    """One of several lists: where it is looked up, and what is kept of it."""

    lookup: Lookup
    keep: Callable[[R], bool]


def updated_entry(resource: Resource) -> IndexEntry:
    """Return where GSI1 lists a resource by the time of its last change."""
    return IndexEntry(Index.GSI1, "UPDATED", "", to_rfc3339(resource.updated_at))


def updated_since(instant: datetime) -> Lookup:
    """Return where those are that changed at or after an instant, the last change first."""
    return Lookup(Index.GSI1, "UPDATED", at_least=to_rfc3339(instant))


class ResourceRepository(TenantRepository[R, I], Generic[R, I]):
    """Resources of one kind of exactly one organization.

    Of a kind that others may need, subclasses say in `used_by` who; what is needed is not deleted.
    """

    used_by: ClassVar[str | None] = None

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(tenant)
        self._uses = Uses(tenant, self.kind)

    def _unique_values(self, _entity: R) -> Sequence[UniqueValue]:
        """Return what no other resource of the kind may have while this one is not deleted."""
        return ()

    def add(self, entity: R) -> None:
        """Stage a new one, its unique values claimed; never overwrites."""
        super().add(entity)
        self._keep_claims({}, self._claimed_by(entity), owner_id=entity.id)

    def change(self, before: R, after: R) -> None:
        """Stage the next version of one, its claims on unique values kept in step.

        Raises:
            InUse: at the commit, if it is to be deleted and something needs it (409).
        """
        self.replace(after)
        if after.deleted_at is not None and self.used_by is not None:
            self._uses.require_none(after.id, otherwise=InUse(self.used_by))
        self._keep_claims(self._claimed_by(before), self._claimed_by(after), owner_id=after.id)

    def find_owner(self, field: str, value: str) -> R | None:
        """Return the resource that has a unique value, if one does; read consistently."""
        try:
            claim = UniqueClaim.get(*self._claim_key(field, value), consistent_read=True)
        except DoesNotExist:
            return None
        try:
            return self.get(claim.owner_id)
        except NotFound:
            # It was deleted, and its claim given up, between the two reads.
            return None

    def find_owners(self, field: str, values: Sequence[str]) -> list[R]:
        """Return the resources that have one of up to 100 unique values, in two calls."""
        return self.get_many(list(self.owner_ids(field, values).values()))

    def owner_ids(self, field: str, values: Sequence[str]) -> dict[str, str]:
        """Return which resources have unique values, by the value, in a call for each 100 values."""
        owners: dict[str, str] = {}
        for start in range(0, len(values), MOST_KEYS):
            some = values[start : start + MOST_KEYS]
            claims = batch_get([(UniqueClaim, *self._claim_key(field, value)) for value in some])
            for value, claim in zip(some, claims, strict=True):
                if isinstance(claim, UniqueClaim):
                    owners[value] = claim.owner_id
        return owners

    def page_of_owner(self, field: str, value: str) -> Page[R]:
        """Return the list of whoever has a unique value: one resource, or none."""
        owner = self.find_owner(field, value)
        return Page([] if owner is None else [owner], None)

    def find_in_turn(self, parts: Sequence[Part[R]], *, limit: int, after: str | None) -> Page[R]:
        """Return up to `limit` of several lists, one list after the other, beginning after a position."""
        begun, _, position = (after or "0").partition("\n")
        found: list[R] = []
        for number, part in enumerate(parts[int(begun) :], int(begun)):
            if len(found) == limit:
                return Page(found, str(number))
            page = self.find(part.lookup, limit=limit - len(found), after=position or None, keep=part.keep)
            found += page.items
            if page.last_key is not None:
                return Page(found, f"{number}\n{page.last_key}")
            position = ""
        return Page(found, None)

    def _claimed_by(self, entity: R) -> dict[tuple[str, str], UniqueValue]:
        if entity.deleted_at is not None:
            return {}
        return {(unique.field, unique.value): unique for unique in self._unique_values(entity)}

    def _keep_claims(
        self,
        held: dict[tuple[str, str], UniqueValue],
        wanted: dict[tuple[str, str], UniqueValue],
        *,
        owner_id: str,
    ) -> None:
        transaction = self._tenant.transaction
        for key in held.keys() - wanted.keys():
            # A value that was stored before it had to be unique was never claimed.
            condition = UniqueClaim.pk.does_not_exist() | (UniqueClaim.owner_id == owner_id)
            transaction.delete(self._claim(*key), condition=condition, refusal=changed_meanwhile)
        for key, unique in wanted.items():
            if key not in held:
                claim = self._claim(*key)
                claim.owner_id = owner_id
                transaction.put(claim, condition=UniqueClaim.pk.does_not_exist(), refusal=_always(unique.taken))

    def _claim(self, field: str, value: str) -> UniqueClaim:
        return UniqueClaim(*self._claim_key(field, value), kind=Kind.UNIQUE.value)

    def _claim_key(self, field: str, value: str) -> tuple[str, str]:
        partition = tenant_partition(self._tenant.organization_id, Kind.UNIQUE)
        return partition, unique_claim(self.kind, field, value)


def _always(problem: Problem) -> Refusal:
    return lambda _standing: problem
