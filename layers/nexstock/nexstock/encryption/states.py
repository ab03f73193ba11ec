"""How far the rotations of an organization's data keys have come: `DATA_KEY_ROTATIONS#<organization>` in `Keys`.

`REQUEST` says when one was last asked for; below the name of a kind stands what came of the last pass over its keys.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from nexstock.crypto.stored_keys import DataKeyItem, by_kind
from nexstock.ids import OrganizationId
from nexstock.persistence.keys import data_key_rotations_partition
from nexstock.persistence.tables import TABLES, InstantAttribute, Item
from nexstock.persistence.transaction import ConcurrentChange, Transaction

_REQUEST: Final = "REQUEST"
_MOST: Final = 100


class RotationItem(Item):
    """One of these items as stored."""

    class Meta:
        """The platform's keys."""

        table_name = TABLES.keys

    version = UnicodeAttribute(null=True)
    began_at = InstantAttribute(attr_name="beganAt", null=True)
    total = NumberAttribute(null=True)
    seen = NumberAttribute(null=True)
    renewed = NumberAttribute(null=True)
    stuck = NumberAttribute(null=True)
    ended_at = InstantAttribute(attr_name="endedAt", null=True)
    requested_at = InstantAttribute(attr_name="requestedAt", null=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One pass over the keys of an organization's resources of one kind, which are to be under a version.

    Of `total` keys at its beginning `seen` were looked at; of those `renewed` were sealed anew, and `stuck` do not open
    and stay as they are.
    """

    kind: str
    version: str
    began_at: datetime
    total: int
    seen: int = 0
    renewed: int = 0
    stuck: int = 0
    ended_at: datetime | None = None

    @property
    def is_clean(self) -> bool:
        """Whether it came to its end and found nothing under another version."""
        return self.ended_at is not None and self.renewed == self.stuck == 0


@dataclass(frozen=True, slots=True)
class RotationStates:
    """When a rotation was last asked for, and the last pass over each kind."""

    requested_at: datetime | None
    passes: dict[str, Pass]

    @classmethod
    def of(cls, organization_id: OrganizationId) -> Self:
        """Return those of an organization."""
        items, _ = RotationItem.query_page(data_key_rotations_partition(organization_id), limit=_MOST)
        requested_at = next((item.requested_at for item in items if item.sk == _REQUEST), None)
        return cls(requested_at, {item.sk: _pass(item) for item in items if item.sk != _REQUEST})


def is_running(keys: Iterable[DataKeyItem], states: RotationStates) -> bool:
    """Tell whether a key is to get a successor, or has one that not everything is under yet."""
    for kind, versions in by_kind(keys).items():
        newest, last = versions[-1], states.passes.get(kind)
        if is_older(newest, states.requested_at):
            return True
        is_covered = last is not None and last.version == newest.version and last.ended_at is not None
        if len(versions) > 1 and not is_covered:
            return True
    return False


def is_older(newest: DataKeyItem, requested_at: datetime | None) -> bool:
    """Tell whether the newest version was made before the last request."""
    return requested_at is not None and newest.created_at < requested_at


def stage_request(
    organization_id: OrganizationId, transaction: Transaction, now: datetime, *, earlier: datetime | None
) -> None:
    """Stage that a rotation is asked for; of two requests at once, one is refused and looks again."""
    item = RotationItem(data_key_rotations_partition(organization_id), _REQUEST, requested_at=now)
    unchanged = RotationItem.pk.does_not_exist() if earlier is None else RotationItem.requested_at == earlier
    transaction.put(item, condition=unchanged, refusal=lambda _standing: ConcurrentChange())


def store_pass(organization_id: OrganizationId, made: Pass) -> None:
    """Write down how far a pass has come; what a later one wrote stays."""
    item = RotationItem(
        data_key_rotations_partition(organization_id),
        made.kind,
        version=made.version,
        began_at=made.began_at,
        total=made.total,
        seen=made.seen,
        renewed=made.renewed,
        stuck=made.stuck,
        ended_at=made.ended_at,
    )
    item.save_if(
        RotationItem.pk.does_not_exist()
        | (RotationItem.began_at < made.began_at)
        | ((RotationItem.began_at == made.began_at) & (RotationItem.seen <= made.seen))
    )


def _pass(item: RotationItem) -> Pass:
    if item.version is None or item.began_at is None:
        message = "not what came of a pass"
        raise ValueError(message)
    return Pass(
        kind=item.sk,
        version=item.version,
        began_at=item.began_at,
        total=int(item.total or 0),
        seen=int(item.seen or 0),
        renewed=int(item.renewed or 0),
        stuck=int(item.stuck or 0),
        ended_at=item.ended_at,
    )
