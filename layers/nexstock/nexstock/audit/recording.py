"""Records changes: many entries of one organization in few transactions.

Changes come in bursts and the chain's head is one item, so what decides how fast a log grows is how many entries move
the head at once. Where one of them cannot be written the rest must not suffer: what failed together is tried again by
halves, until it is known which one it was.
"""

from collections.abc import Sequence

from nexstock.audit.entries import AuditFacts, facts_of
from nexstock.audit.repository import MOST_AT_ONCE, AuditRepository
from nexstock.auth.principals import system_tenant
from nexstock.errors import TemporarilyUnavailable
from nexstock.observability import log_fault
from nexstock.streams import Change


def record_changes(changes: Sequence[Change]) -> int:
    """Append the entries of changes of one organization; return how many, from the first on, are in the log now.

    Those that were in it before count too. What stopped it at the next one is in the log of the function.
    """
    log = AuditRepository(system_tenant(changes[0].organization_id, "audit"))
    facts = _facts_until_failure(changes)
    for begin in range(0, len(facts), MOST_AT_ONCE):
        together = facts[begin : begin + MOST_AT_ONCE]
        done = _append(log, together)
        if done < len(together):
            return begin + done
    return len(facts)


def _facts_until_failure(changes: Sequence[Change]) -> list[AuditFacts]:
    facts: list[AuditFacts] = []
    for change in changes:
        try:
            facts.append(facts_of(change))
        except Exception as error:  # noqa: BLE001 (whatever it was, the record is delivered again)
            log_fault("change not understood", error)
            break
    return facts


def _append(log: AuditRepository, facts: Sequence[AuditFacts]) -> int:
    try:
        log.append(*facts)
    except Exception as error:  # noqa: BLE001 (whatever it was, the record is delivered again)
        # Fewer at once would not help against other writers. Against an entry that DynamoDB refuses they do, and
        # against more of them than a transaction takes by size (AWS: TransactWriteItems, 4 MB).
        if len(facts) == 1 or isinstance(error, TemporarilyUnavailable):
            log_fault("audit entry not appended", error)
            return 0
    else:
        return len(facts)
    middle = len(facts) // 2
    done = _append(log, facts[:middle])
    return done if done < middle else done + _append(log, facts[middle:])
