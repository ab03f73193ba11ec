"""The table's stream: how a batch is worked through.

Records are handled in order, and the first that fails for now ends the batch: Lambda resumes at that record, so no
later change of an item is handled before an earlier one. A record that fails for ever is set aside, and the others go
on. A batch that fails at its very first record fails as a whole: Lambda only splits what is left of a batch where it is
told so by an error, and a record that keeps failing would otherwise take the rest of its batch with it when its retries
end (AWS: "Configuring partial batch response with DynamoDB and Lambda", "Bisecting a batch"). Delivery is at least
once, so handlers do twice what amounts to once.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from nexstock.changes import Change, Record
from nexstock.observability import bind, log_fault
from nexstock.persistence.keys import organization_of
from nexstock.stream_failures import is_for_ever, set_aside

BatchAnswer = dict[str, list[dict[str, str]]]


class BatchFailed(Exception):  # noqa: N818 (names the fact)
    """The first record of a batch failed; what is wrong with it stands in the log."""


def work_through(event: Mapping[str, Any], handle: Callable[[Record], None]) -> BatchAnswer:
    """Handle the records in order and tell Lambda where to resume, if anywhere.

    Args:
        event: the batch; `redriven` says that a person hands it over once more, who sees what fails.
        handle: handles one record.

    Raises:
        BatchFailed: at the very first record, so that Lambda splits the batch.
    """
    bind()
    sets_aside = not event.get("redriven", False)
    for place, record in enumerate(event["Records"]):
        if not _handle_one(record, handle, sets_aside=sets_aside):
            return _resume_at(event["Records"], place)
    return {"batchItemFailures": []}


class Progress(NamedTuple):
    """How many changes, from the first on, are done with, and what stopped it at the next one, if anything did."""

    done: int
    error: Exception | None = None


HandleTogether = Callable[[Sequence[Change]], Progress]


def work_through_by_organization(event: Mapping[str, Any], handle: HandleTogether) -> BatchAnswer:
    """Handle each organization's changes together, in order, and tell Lambda where to resume, if anywhere.

    A record that cannot be handled now ends the batch for its own organization, whose later changes wait; other
    organizations' are handled, and come once more behind the record that failed. One that never can is set aside.

    Args:
        event: the batch; `redriven` says that a person hands it over once more, who sees what fails.
        handle: takes changes of one organization.

    Raises:
        BatchFailed: at the very first record, so that Lambda splits the batch.
    """
    bind()
    records, sets_aside = event["Records"], not event.get("redriven", False)
    changes: dict[str, list[tuple[int, Change]]] = {}
    failed = []
    for place, record in enumerate(records):
        try:
            change = Change.parse(record)
        except Exception as error:  # noqa: BLE001 (whatever it was, the record is delivered again)
            if _is_set_aside(record, error, sets_aside=sets_aside):
                continue
            failed.append(place)
            break
        if change is not None:
            changes.setdefault(change.organization_id, []).append((place, change))
    for placed in changes.values():
        failed += _handle_placed(placed, records, handle, sets_aside=sets_aside)
    return _resume_at(records, min(failed)) if failed else {"batchItemFailures": []}


def _handle_placed(
    placed: Sequence[tuple[int, Change]], records: Sequence[Record], handle: HandleTogether, *, sets_aside: bool
) -> list[int]:
    """Handle changes of one organization, and return the place of the record that it has to resume at, if any."""
    while placed:
        done, error = handle([change for _place, change in placed])
        if error is None:
            break
        place, _change = placed[done]
        if not _is_set_aside(records[place], error, sets_aside=sets_aside):
            return [place]
        placed = placed[done + 1 :]
    return []


def _handle_one(record: Record, handle: Callable[[Record], None], *, sets_aside: bool) -> bool:
    try:
        handle(record)
    except Exception as error:  # noqa: BLE001 (whatever it was, the record is delivered again)
        return _is_set_aside(record, error, sets_aside=sets_aside)
    return True


def _is_set_aside(record: Record, error: Exception, *, sets_aside: bool) -> bool:
    """Set a record aside if it failed for ever; tell whether it is, so that those behind it need not wait."""
    bind(event_id=record.get("eventID"), organization_id=_organization_of(record))
    try:
        if sets_aside and is_for_ever(error):
            set_aside(record, error)
            return True
    except Exception as failure:  # noqa: BLE001 (the queue did not take it, so the record is delivered again)
        log_fault("stream record not set aside", failure)
    log_fault("stream record failed", error)
    return False


def _organization_of(record: Record) -> str | None:
    # What is wrong with the record may be its key.
    with suppress(KeyError, TypeError, ValueError):
        return organization_of(record["dynamodb"]["Keys"]["PK"]["S"])
    return None


def _resume_at(records: Sequence[Record], place: int) -> BatchAnswer:
    if place == 0:
        raise BatchFailed from None
    return {"batchItemFailures": [{"itemIdentifier": records[place]["dynamodb"]["SequenceNumber"]}]}
