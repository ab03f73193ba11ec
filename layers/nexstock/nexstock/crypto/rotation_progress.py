"""How far the work after a rotation has come: `ROTATIONS` / `<purpose>` in `Keys`, one item for each purpose.

A new version of some secrets means work on what was made with the one before. It goes over all organizations, in
shards at the same time, and once more until a pass finds nothing left to do. What is noted twice is noted once, and
what a pass notes that is not the present one, not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from nexstock.crypto.stored_secrets import Purpose
from nexstock.persistence.keys import ROTATIONS
from nexstock.persistence.tables import TABLES, InstantAttribute, Item, TextMapAttribute, conditional_update


class _RotationItem(Item):
    class Meta:
        table_name = TABLES.keys

    version = UnicodeAttribute()
    started_at = InstantAttribute(attr_name="startedAt")
    finished_at = InstantAttribute(attr_name="finishedAt", null=True)
    pass_number = NumberAttribute(attr_name="pass")
    progressed_at = InstantAttribute(attr_name="progressedAt")
    organizations = NumberAttribute()
    organizations_done = TextMapAttribute(attr_name="organizationsDone")
    ended_shards = UnicodeSetAttribute(attr_name="endedShards", null=True)
    found_any = BooleanAttribute(attr_name="foundAny")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """How far it has come.

    Args:
        version: what everything is to be made with.
        started_at: when its first pass began.
        finished_at: when a pass had found nothing left; None before.
        pass_number: counts passes, over all rotations of the purpose.
        progressed_at: when something was last heard of the pass.
        organizations: how many there were when the pass began.
        organizations_done: how many of them it is done with.
        ended_shards: how many shards of organizations it is at the end of.
        found_any: whether it has found something left to do.
    """

    version: str
    started_at: datetime
    finished_at: datetime | None
    pass_number: int
    progressed_at: datetime
    organizations: int
    organizations_done: int
    ended_shards: int
    found_any: bool


def find_rotation(purpose: Purpose) -> Rotation | None:
    """Return how far the last rotation of a purpose has come, read consistently; None before the first one."""
    try:
        item = _RotationItem.get(ROTATIONS, purpose, consistent_read=True)
    except DoesNotExist:
        return None
    return Rotation(
        version=item.version,
        started_at=item.started_at,
        finished_at=item.finished_at,
        pass_number=int(item.pass_number),
        progressed_at=item.progressed_at,
        organizations=int(item.organizations),
        organizations_done=sum(int(count) for count in item.organizations_done.values()),
        ended_shards=len(item.ended_shards or ()),
        found_any=item.found_any,
    )


def begin_pass(
    purpose: Purpose, version: str, *, after: Rotation | None, organizations: int, now: datetime
) -> int | None:
    """Begin the pass after another one, which ends it; return its number, or None if somebody else did.

    Args:
        purpose: of the secret.
        version: what everything is to be made with.
        after: what `find_rotation` returned.
        organizations: how many there are to go over.
        now: the present instant.
    """
    is_same = after is not None and after.version == version
    number = 1 if after is None else after.pass_number + 1
    item = _RotationItem(
        ROTATIONS,
        purpose,
        version=version,
        started_at=after.started_at if after is not None and is_same else now,
        pass_number=number,
        progressed_at=now,
        organizations=organizations,
        organizations_done={},
        found_any=False,
    )
    is_free = _RotationItem.pk.does_not_exist() if after is None else _is_pass(after.pass_number)
    return number if item.save_if(is_free) else None


def note_found(purpose: Purpose, pass_number: int, now: datetime) -> bool:
    """Note that a pass has found something left to do, before that is done; tell whether it is the present pass."""
    changes = [_RotationItem.found_any.set(True), _RotationItem.progressed_at.set(now)]
    return _update(purpose, changes, _is_pass(pass_number))


def note_progress(  # noqa: PLR0913 (what is noted, and of what)
    purpose: Purpose, pass_number: int, *, shard: int, organizations_done: int, has_ended: bool, now: datetime
) -> bool:
    """Note how many organizations of a shard a pass is done with; tell whether it is the present pass."""
    name = str(shard)
    changes = [
        Path(_RotationItem.organizations_done)[name].set(str(organizations_done)),
        _RotationItem.progressed_at.set(now),
        *([_RotationItem.ended_shards.add({name})] if has_ended else []),
    ]
    return _update(purpose, changes, _is_pass(pass_number))


def finish(purpose: Purpose, pass_number: int, now: datetime) -> bool:
    """Note that nothing is left to do, unless the pass has found something; tell whether it is noted."""
    is_clean = _is_pass(pass_number) & (_RotationItem.found_any == False)  # noqa: E712 (a condition of DynamoDB)
    return _update(purpose, [_RotationItem.finished_at.set(_RotationItem.finished_at | now)], is_clean)


def _is_pass(number: int) -> Condition:
    is_pass: Condition = _RotationItem.pass_number == number
    return is_pass


def _update(purpose: Purpose, changes: Sequence[Action], condition: Condition) -> bool:
    return conditional_update(_RotationItem(ROTATIONS, purpose), list(changes), condition).held
