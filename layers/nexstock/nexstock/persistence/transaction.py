"""The one write transaction of a request: handlers stage, the frame commits.

Staging instead of writing makes a request all or nothing, and lets the idempotency record and the resource be
written together: there is no moment at which one exists without the other, whatever crashes.
AWS: "Amazon DynamoDB Transactions: How it works".
"""

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, TypeVar

from pynamodb.connection import Connection
from pynamodb.exceptions import CancellationReason, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action as UpdateAction
from pynamodb.transactions import TransactWrite

from nexstock.errors import TemporarilyUnavailable, TooManyChanges
from nexstock.observability import log_fault
from nexstock.persistence.failures import code_of, is_overload
from nexstock.persistence.tables import Item, connection

RawItem = dict[str, dict[str, Any]]
T = TypeVar("T")
Refusal = Callable[[RawItem | None], Exception]
"""Makes the error for a failed condition from the item that stands in the way, if one does."""

_MOST_WRITES: Final = 100
"""AWS: TransactWriteItems, `TransactItems`."""

_TRIES: Final = 6
_TRIES_OF_REFUSED_CALLS: Final = 2
"""Fewer, because below each of them lie the tries and the long pauses of botocore; a request has to end in time."""
_TRIES_OF_WORK: Final = 10
_FIRST_PAUSE_S: Final = 0.02
_LONGEST_PAUSE_S: Final = 0.64
_PASSING_REASONS: Final = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
_IN_PROGRESS: Final = "TransactionInProgressException"


class ConcurrentChange(Exception):  # noqa: N818 (an event, not an error: the request is run again)
    """An item changed between this request's read and its write; reading again gives the truth."""


class ChangedTwice(Exception):  # noqa: N818 (names the fact)
    """Two staged changes are of one item, of which a transaction takes one (AWS: TransactWriteItems)."""


def repeated(work: Callable[[], T], *, sleep: Callable[[float], None] = time.sleep) -> T:
    """Return what some reads and their one commit come to, done again where another request came between them.

    Each of many that want the same item wins once, so the pauses grow, and differ by chance, until all have had it.

    Raises:
        TemporarilyUnavailable: others kept changing the same (503).
    """
    for attempt in range(_TRIES_OF_WORK):
        try:
            return work()
        except ConcurrentChange:
            sleep(_pause_s(attempt))
    raise TemporarilyUnavailable


def _pause_s(attempt: int) -> float:
    longest = min(_FIRST_PAUSE_S * float(2**attempt), _LONGEST_PAUSE_S)
    return random.uniform(0.5, 1.0) * longest  # noqa: S311 (jitter)


class _Action(IntEnum):
    # The order in which PynamoDB sends the operations, hence the order of the cancellation reasons.
    CHECK = 0
    DELETE = 1
    PUT = 2
    UPDATE = 3


@dataclass(frozen=True, slots=True)
class _Operation:
    action: _Action
    item: Item
    condition: Condition
    refusal: Refusal
    decides_first: bool = False
    changes: tuple[UpdateAction, ...] = ()

    @property
    def place(self) -> tuple[str, str, str]:
        """Where the item lies."""
        return self.item.Meta.table_name, self.item.pk, self.item.sk


class Transaction:
    """Collects conditional writes and commits them as one; not thread-safe, used once.

    The client request token stays the same over all tries, so a try whose answer was lost is not done twice
    (valid for 10 minutes, AWS: TransactWriteItems, `ClientRequestToken`).
    """

    def __init__(self, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._operations: list[_Operation] = []
        self._token = str(uuid.uuid4())
        self._sleep = sleep
        self._afterwards: list[Callable[[], None]] = []

    def __len__(self) -> int:
        """Return how many writes are staged."""
        return len(self._operations)

    def put(self, item: Item, *, condition: Condition, refusal: Refusal, decides_first: bool = False) -> None:
        """Stage a whole item; every write carries a condition.

        Args:
            item: what to store.
            condition: what has to hold for the whole transaction to happen.
            refusal: makes the error to raise when it does not hold.
            decides_first: this refusal wins when several conditions fail at once.
        """
        self._operations.append(_Operation(_Action.PUT, item, condition, refusal, decides_first))

    def delete(self, item: Item, *, condition: Condition, refusal: Refusal) -> None:
        """Stage the removal of an item."""
        self._operations.append(_Operation(_Action.DELETE, item, condition, refusal))

    def update(self, item: Item, changes: list[UpdateAction], *, condition: Condition, refusal: Refusal) -> None:
        """Stage a change of some attributes of an item that need not be read for it."""
        self._operations.append(_Operation(_Action.UPDATE, item, condition, refusal, changes=tuple(changes)))

    def check(self, item: Item, *, condition: Condition, refusal: Refusal) -> None:
        """Stage a condition on an item that is not written."""
        self._operations.append(_Operation(_Action.CHECK, item, condition, refusal))

    def after_commit(self, notice: Callable[[], None]) -> None:
        """Have something done once all is written, that is worth less than what was written: a notice.

        What is done is done, so its failure is logged and does not fail the request.
        """
        self._afterwards.append(notice)

    def commit(self) -> None:
        """Write everything that was staged, or nothing.

        Contention and throttling are tried again, with jitter, within a bound; a failed condition never is.

        Raises:
            TooManyChanges: more than 100 writes are staged (422).
            ChangedTwice: two of them are of one item.
            TemporarilyUnavailable: still contended after all tries (503).
            Exception: what the refusal of the first failed condition made.
        """
        self._write_all()
        for notice in self._afterwards:
            try:
                notice()
            except Exception as error:  # noqa: BLE001 (whatever it was, the change is made)
                log_fault("notice failed", error)

    def _write_all(self) -> None:
        operations = sorted(self._operations, key=lambda operation: operation.action)
        if not operations:
            return
        if len(operations) > _MOST_WRITES:
            raise TooManyChanges
        if len({operation.place for operation in operations}) < len(operations):
            raise ChangedTwice
        for attempt in range(_TRIES):
            try:
                self._write(operations, connection())
            except TransactWriteError as error:
                _raise_refusal(operations, error)
                if not error.cancellation_reasons and attempt + 1 >= _TRIES_OF_REFUSED_CALLS:
                    raise TemporarilyUnavailable from error
                self._sleep(_pause_s(attempt))
            else:
                return
        raise TemporarilyUnavailable

    def _write(self, operations: list[_Operation], through: Connection) -> None:
        with TransactWrite(connection=through, client_request_token=self._token) as transaction:
            for operation in operations:
                match operation.action:
                    case _Action.PUT:
                        transaction.save(operation.item, operation.condition, return_values="ALL_OLD")
                    case _Action.DELETE:
                        transaction.delete(operation.item, operation.condition)
                    case _Action.UPDATE:
                        transaction.update(
                            operation.item, list(operation.changes), operation.condition, return_values="ALL_OLD"
                        )
                    case _Action.CHECK:
                        transaction.condition_check(
                            type(operation.item), operation.item.pk, operation.item.sk, operation.condition
                        )


def _raise_refusal(operations: list[_Operation], error: TransactWriteError) -> None:
    """Raise what the failure means, or return if trying again may help."""
    failed: list[tuple[_Operation, CancellationReason]] = []
    for operation, reason in zip(operations, error.cancellation_reasons, strict=False):
        if reason is None:
            continue
        if reason.code == "ConditionalCheckFailed":
            failed.append((operation, reason))
        elif reason.code not in _PASSING_REASONS:
            raise error
    if failed:
        operation, reason = min(failed, key=lambda entry: not entry[0].decides_first)
        raise operation.refusal(reason.raw_item) from error
    if not error.cancellation_reasons and not is_overload(error) and code_of(error) != _IN_PROGRESS:
        raise error
