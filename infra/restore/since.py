"""What is known of the time since a moment: the audit log says what was ended, and so do the items that are there."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final, NamedTuple, Self

from infra.restore.tables import Item, Table, get, text_of
from nexstock.clock import from_rfc3339, to_rfc3339
from nexstock.ids import OrganizationId
from nexstock.persistence.keys import Kind, is_audit_entry, tenant_partition
from nexstock.security_events.model import SecurityAction

_DELETED: Final = "organization.deleted"
_REMOVED: Final = "organization.removed"
_HAPPENED: Final = frozenset(action.value for action in SecurityAction)


class Resource(NamedTuple):
    """What an audit entry is about."""

    organization: str
    kind: str
    id: str


@dataclass(frozen=True)
class Since:
    """What happened since `moment`, to `tenants` as they are and by the actions that the audit log has of it."""

    moment: datetime
    tenants: Table
    actions: Mapping[Resource, list[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, moment: datetime, *, audit: Iterable[Item], tenants: Table) -> Self:
        """Return what the audit table says, of which all items are looked through."""
        actions: dict[Resource, list[str]] = defaultdict(list)
        for item in audit:
            if not is_audit_entry(item["SK"]["S"]):
                continue
            entry = json.loads(item["canonical"]["S"])
            if from_rfc3339(entry["at"]) >= moment:
                about = entry["resource"]
                organization = item["PK"]["S"].removeprefix("ORG#")
                actions[Resource(organization, about["kind"], about["id"])].append(entry["action"])
        return cls(moment, tenants, dict(actions))

    def changes(self, organization: str, kind: str, resource_id: str) -> list[str]:
        """Return what was done to one resource; that somebody failed to sign in, say, was not done to the member."""
        actions = self.actions.get(Resource(organization, kind, resource_id), [])
        return [action for action in actions if action not in _HAPPENED]

    def is_over(self, organization: str) -> bool:
        """Tell whether an organization was deleted, by the log or by its item."""
        if {_DELETED, _REMOVED} & set(self.changes(organization, "organization", organization)):
            return True
        own = self._tenant_item(organization, Kind.ORGANIZATION, organization)
        return own is not None and "deletedAt" in own

    def is_as_it_was(self, organization: str, kind: Kind, resource_id: str) -> bool:
        """Tell whether a resource is there, and nothing was done to it: no entry of it, and no later change."""
        item = self.find(organization, kind, resource_id)
        if item is None or self.is_over(organization):
            return False
        changed_at = text_of(item, "updatedAt") or ""
        return changed_at <= to_rfc3339(self.moment) and not self.changes(organization, kind.resource, resource_id)

    def find(self, organization: str, kind: Kind, resource_id: str) -> Item | None:
        """Return a resource of an organization as it is, if it is there and not deleted."""
        item = self._tenant_item(organization, kind, resource_id)
        return None if item is None or "deletedAt" in item else item

    def membership_of(self, user_id: str, organizations: Iterable[str]) -> Item | None:
        """Return a person as a member of one of some organizations, if they belong to any."""
        members = (self.find(each, Kind.MEMBER, user_id) for each in organizations if not self.is_over(each))
        return next((member for member in members if member is not None), None)

    @cached_property
    def without_a_factor(self) -> frozenset[str]:
        """The people who took a second factor away; which of theirs, no entry says."""
        return frozenset(
            about.id for about, actions in self.actions.items() if SecurityAction.SECOND_FACTOR_REMOVED in actions
        )

    def _tenant_item(self, organization: str, kind: Kind, sort_key: str) -> Item | None:
        return get(self.tenants, (tenant_partition(OrganizationId(organization), kind), sort_key))
