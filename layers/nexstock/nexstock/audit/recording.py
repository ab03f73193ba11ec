"""Records changes: many entries of one organization in few transactions.

Changes come in bursts and the chain's head is one item, so what decides how fast a log grows is how many entries move
the head at once. Where one of them cannot be written the rest must not suffer: what failed together is tried again by
halves, until it is known which one it was.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from nexstock.audit.entries import EPOCH, AuditFacts, facts_of
from nexstock.audit.repository import MOST_AT_ONCE, AuditRepository
from nexstock.auth.principals import system_tenant
from nexstock.changes import Change
from nexstock.clock import Clock, from_rfc3339, utc_now
from nexstock.errors import TemporarilyUnavailable
from nexstock.observability import Metric, measure
from nexstock.streams import Progress

_MILLISECOND: Final = timedelta(milliseconds=1)


def record_changes(changes: Sequence[Change], *, clock: Clock = utc_now) -> Progress:
    """Append the entries of changes of one organization; tell how many are in the log now, and what stopped it.

    Those that were in it before count too. CloudWatch is told how long the oldest of those appended together took.
    """
    log = AuditRepository(system_tenant(changes[0].organization_id, "audit"))
    facts, not_understood = _facts_until_failure(changes)
    for begin in range(0, len(facts), MOST_AT_ONCE):
        together = facts[begin : begin + MOST_AT_ONCE]
        done, error = _append(log, together)
        if error is not None:
            return Progress(begin + done, error)
        _tell_lag(together, clock)
    return Progress(len(facts), not_understood)


def _tell_lag(facts: Sequence[AuditFacts], clock: Clock) -> None:
    # What nobody of ours changed does not say when that was.
    if times := [each.at for each in facts if each.at != EPOCH]:
        measure({Metric.AUDIT_LAG: (clock() - from_rfc3339(min(times))) / _MILLISECOND})


def _facts_until_failure(changes: Sequence[Change]) -> tuple[list[AuditFacts], Exception | None]:
    facts: list[AuditFacts] = []
    for change in changes:
        try:
            facts.append(facts_of(change))
        except Exception as error:  # noqa: BLE001 (whatever it was, the record is delivered again)
            return facts, error
    return facts, None


def _append(log: AuditRepository, facts: Sequence[AuditFacts]) -> Progress:
    try:
        log.append(*facts)
    except Exception as error:  # noqa: BLE001 (whatever it was, the record is delivered again)
        # Fewer at once would not help against other writers. Against an entry that DynamoDB refuses they do, and
        # against more of them than a transaction takes by size (AWS: TransactWriteItems, 4 MB).
        if len(facts) == 1 or isinstance(error, TemporarilyUnavailable):
            return Progress(0, error)
    else:
        return Progress(len(facts))
    middle = len(facts) // 2
    first = _append(log, facts[:middle])
    if first.error is not None:
        return first
    rest = _append(log, facts[middle:])
    return Progress(middle + rest.done, rest.error)
