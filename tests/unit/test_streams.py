"""What a stream record says, and where a batch is taken up again."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest

from nexstock.changes import Change
from nexstock.ids import OrganizationId
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.streams import BatchFailed, Progress, work_through, work_through_by_organization
from tests.support.changes import ORGANIZATION, PRODUCT, a_record, an_image
from tests.support.logs import logged

_KEY = "key_01JD0000000000000000000003"


def _change(record: Mapping[str, Any]) -> Change:
    change = Change.parse(record)
    assert change is not None
    return change


@pytest.mark.parametrize(
    ("before", "after", "event_type"),
    [
        (None, an_image(), "product.created"),
        (an_image(), an_image(version=2), "product.updated"),
        (an_image(), an_image(version=2, deleted=True), "product.deleted"),
        (an_image(version=2, deleted=True), an_image(version=3), "product.restored"),
        (an_image(version=2, deleted=True), an_image(version=3, deleted=True), "product.updated"),
        (an_image(), None, "product.removed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_change_is_named_by_what_happened(
    before: dict[str, Any] | None, after: dict[str, Any] | None, event_type: str
) -> None:
    assert _change(a_record(before, after)).event_type == event_type


def test_api_key_is_revoked_and_not_deleted() -> None:
    before = an_image(kind=Kind.API_KEY, item_id=_KEY)
    after = an_image(kind=Kind.API_KEY, item_id=_KEY, version=2, deleted=True)

    assert _change(a_record(before, after)).event_type == "api_key.revoked"


def test_key_with_a_new_text_is_rotated_and_any_other_change_updates_it() -> None:
    made = an_image(kind=Kind.API_KEY, item_id=_KEY)
    moments = ("2026-03-01", "2026-03-01", "2026-03-02")
    later = [{**made, "version": {"N": str(n)}, "rotatedAt": {"S": at}} for n, at in enumerate(moments, start=2)]
    images = [made, *later]

    told = [_change(a_record(before, after)).event_type for before, after in pairwise(images)]

    assert told == ["api_key.rotated", "api_key.updated", "api_key.rotated"]


def test_change_tells_whose_and_which_item_it_is() -> None:
    change = _change(a_record(None, an_image(version=7)))

    assert (change.organization_id, change.kind, change.resource_id, change.version) == (
        ORGANIZATION,
        Kind.PRODUCT,
        PRODUCT,
        7,
    )


def test_change_has_one_id_however_often_it_is_delivered() -> None:
    before, after = an_image(), an_image(version=2)

    ids = {_change(a_record(before, after)).id for _ in range(5)}

    assert len(ids) == 1


def test_changes_of_one_item_have_ids_of_their_own() -> None:
    records = [
        a_record(None, an_image()),
        a_record(an_image(), an_image(version=2)),
        a_record(an_image(version=2), an_image(version=3, deleted=True)),
        a_record(an_image(version=3, deleted=True), None),
    ]

    assert len({_change(record).id for record in records}) == len(records)


def test_removal_by_ttl_is_no_change() -> None:
    record = a_record(an_image(version=2, deleted=True), None, by_ttl=True)

    assert Change.parse(record) is None


def test_removal_by_anyone_else_is_one() -> None:
    record = a_record(an_image(), None)
    record["userIdentity"] = {"type": "AssumedRole", "principalId": "someone"}

    assert _change(record).verb == "removed"


@pytest.mark.parametrize(
    ("kind", "item_id"), [(Kind.UNIQUE, "PRODUCT#SKU#BOLT-8"), (Kind.USES, "PRODUCT#prd_1"), (Kind.OWNERS, "COUNT")]
)
def test_what_only_guards_other_items_is_no_change(kind: Kind, item_id: str) -> None:
    assert Change.parse(a_record(None, an_image(kind=kind, item_id=item_id))) is None


@pytest.mark.parametrize(
    "partition", ["", "ORG", f"USER#{ORGANIZATION}#PRODUCT", f"ORG#{ORGANIZATION}#PLANET", "ORG#org_1#PRODUCT"]
)
def test_record_of_another_table_is_refused(partition: str) -> None:
    with pytest.raises(ValueError, match=r"not a valid Kind|not an organization's partition"):
        Change.parse(a_record(None, an_image(), partition=partition))


def test_batch_is_taken_up_again_at_its_first_failure() -> None:
    records = [a_record(None, an_image(version=number)) for number in range(5)]
    handled: list[Mapping[str, Any]] = []

    def handle(record: Mapping[str, Any]) -> None:
        if record is records[2]:
            raise LookupError
        handled.append(record)

    answer = work_through({"Records": records}, handle)

    assert handled == records[:2]
    assert answer == {"batchItemFailures": [{"itemIdentifier": records[2]["dynamodb"]["SequenceNumber"]}]}


def test_batch_without_failures_is_done() -> None:
    records = [a_record(None, an_image(version=number)) for number in range(3)]
    handled: list[Mapping[str, Any]] = []

    assert work_through({"Records": records}, handled.append) == {"batchItemFailures": []}
    assert handled == records


_OTHER = OrganizationId(f"{ORGANIZATION[:-1]}1")


def _of(organization_id: OrganizationId, version: int) -> dict[str, Any]:
    return a_record(None, an_image(version=version), partition=tenant_partition(organization_id, Kind.PRODUCT))


def _sequence_of(record: Mapping[str, Any]) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


def test_changes_of_each_organization_are_handed_over_together_and_in_order() -> None:
    records = [_of(ORGANIZATION, 1), _of(_OTHER, 1), _of(ORGANIZATION, 2), _of(_OTHER, 2), _of(ORGANIZATION, 3)]
    handed: list[tuple[OrganizationId, list[int]]] = []

    def handle(changes: Sequence[Change]) -> Progress:
        handed.append((changes[0].organization_id, [change.version for change in changes]))
        return Progress(len(changes))

    assert work_through_by_organization({"Records": records}, handle) == {"batchItemFailures": []}
    assert handed == [(ORGANIZATION, [1, 2, 3]), (_OTHER, [1, 2])]


@pytest.mark.parametrize(
    ("done", "resumed_at"), [({ORGANIZATION: 1}, 2), ({_OTHER: 0}, 1), ({ORGANIZATION: 2, _OTHER: 1}, 3), ({}, None)]
)
def test_batch_is_taken_up_again_at_the_first_change_that_is_not_done(
    done: Mapping[OrganizationId, int], resumed_at: int | None
) -> None:
    records = [_of(ORGANIZATION, 1), _of(_OTHER, 1), _of(ORGANIZATION, 2), _of(_OTHER, 2), _of(ORGANIZATION, 3)]

    def handle(changes: Sequence[Change]) -> Progress:
        before_it = done.get(changes[0].organization_id)
        return Progress(len(changes)) if before_it is None else Progress(before_it, ConnectionError())

    failures = work_through_by_organization({"Records": records}, handle)["batchItemFailures"]
    expected = [] if resumed_at is None else [{"itemIdentifier": _sequence_of(records[resumed_at])}]
    assert failures == expected


def test_record_that_cannot_be_read_ends_the_batch_behind_those_before_it() -> None:
    poison = a_record(None, an_image(), partition="nonsense")
    records = [_of(ORGANIZATION, 1), poison, _of(ORGANIZATION, 2)]
    handed: list[int] = []

    def handle(changes: Sequence[Change]) -> Progress:
        handed.extend(change.version for change in changes)
        return Progress(len(changes))

    # Whoever hands records over once more sees what fails; otherwise this one were set aside.
    answer = work_through_by_organization({"Records": records, "redriven": True}, handle)
    assert (answer, handed) == ({"batchItemFailures": [{"itemIdentifier": _sequence_of(poison)}]}, [1])


def test_batch_that_fails_at_its_first_change_fails_as_a_whole() -> None:
    for records in ([a_record(None, an_image(), partition="nonsense")], [_of(ORGANIZATION, 1), _of(_OTHER, 1)]):
        with pytest.raises(BatchFailed):
            work_through_by_organization(
                {"Records": records, "redriven": True}, lambda _changes: Progress(0, ConnectionError())
            )


def test_what_is_logged_of_a_record_names_it_and_its_organization_if_it_has_one() -> None:
    ours, nobodys = a_record(None, an_image()), a_record(None, an_image(), partition="PLATFORM#x")
    good = a_record(None, an_image())

    def handle(record: Mapping[str, Any]) -> None:
        if record is not good:
            raise ConnectionError

    with logged() as log:
        for record in (ours, nobodys):
            work_through({"Records": [good, record]}, handle)

    named = [(line["function"], line["event_id"], line.get("organization_id")) for line in log.lines]
    assert named == [("test", ours["eventID"], ORGANIZATION), ("test", nobodys["eventID"], None)]
