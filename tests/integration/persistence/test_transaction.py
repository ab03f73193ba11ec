"""The write transaction against a table that is contended, throttled, or loses its answers."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from botocore.awsrequest import AWSResponse
from pynamodb.exceptions import TransactWriteError

from nexstock.clock import utc_now
from nexstock.errors import TemporarilyUnavailable
from nexstock.identity.items import EmailOwnerItem
from nexstock.ids import UserId, new_id
from nexstock.persistence import identity_keys
from nexstock.persistence.transaction import ConcurrentChange, RawItem, Transaction
from nexstock.products.errors import SkuTaken
from tests.support.api import call
from tests.support.calls import recorded_calls
from tests.support.people import an_email, an_organization
from tests.support.table_faults import (
    Request,
    cancelled,
    carry_out,
    error_answer,
    instead_of,
    items_of,
    lose_answer,
)


@dataclass
class _Pauses:
    taken: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


@dataclass
class _First:
    """Lets the first few requests fail, and counts all of them."""

    times: int
    fault: Callable[[Request], AWSResponse | None]
    seen: int = 0

    def __call__(self, request: Request) -> AWSResponse | None:
        self.seen += 1
        return self.fault(request) if self.seen <= self.times else None


def _refused(_standing: RawItem | None) -> Exception:
    return SkuTaken()


def _item(email: str | None = None) -> EmailOwnerItem:
    user_id = UserId(new_id("usr", utc_now()))
    return EmailOwnerItem(identity_keys.email_partition(email or an_email()), identity_keys.OWNER, user_id=user_id)


def _put(transaction: Transaction, item: EmailOwnerItem) -> None:
    transaction.put(item, condition=EmailOwnerItem.pk.does_not_exist(), refusal=_refused)


def _exists(item: EmailOwnerItem) -> bool:
    return EmailOwnerItem.count(item.pk, consistent_read=True) == 1


def _conflict(request: Request) -> AWSResponse:
    codes = ["TransactionConflict", *["None"] * (len(items_of(request)) - 1)]
    return cancelled(request, *codes)


def _throttled(request: Request) -> AWSResponse:
    return cancelled(request, *["ThrottlingError"] * len(items_of(request)))


@pytest.mark.parametrize("fault", [_conflict, _throttled])
@pytest.mark.parametrize("times", [1, 5])
def test_contention_that_passes_is_waited_for(times: int, fault: Callable[[Request], AWSResponse]) -> None:
    pauses, storm, item = _Pauses(), _First(times, fault), _item()
    transaction = Transaction(sleep=pauses)
    _put(transaction, item)

    with instead_of("TransactWriteItems", storm):
        transaction.commit()

    assert _exists(item)
    assert storm.seen == times + 1
    assert len(pauses.taken) == times


def test_contention_that_stays_ends_within_a_bound_and_nothing_is_written() -> None:
    pauses, storm, item = _Pauses(), _First(1000, _conflict), _item()
    transaction = Transaction(sleep=pauses)
    _put(transaction, item)

    with instead_of("TransactWriteItems", storm), pytest.raises(TemporarilyUnavailable) as refused:
        transaction.commit()

    assert refused.value.headers["Retry-After"] == "1"
    assert storm.seen == 6
    assert not _exists(item)
    assert sum(pauses.taken) < 1.5
    assert all(0.01 * 2**tries <= pause <= 0.02 * 2**tries for tries, pause in enumerate(pauses.taken))


def test_storm_is_told_to_the_client_as_a_passing_state() -> None:
    organization = an_organization()
    with instead_of("TransactWriteItems", _conflict):
        reply = call("POST", "/v1/products", token=organization.owner.token, body={"sku": "A", "name": "Thing"})

    assert (reply.status, reply.json["code"]) == (503, "temporarily_unavailable")
    assert reply.headers["Retry-After"] == "1"
    assert call("GET", "/v1/products", token=organization.owner.token).json["items"] == []


def test_business_refusal_is_not_tried_again() -> None:
    pauses, item = _Pauses(), _item()
    item.save()
    transaction = Transaction(sleep=pauses)
    _put(transaction, item)

    with recorded_calls() as recording, pytest.raises(SkuTaken):
        transaction.commit()

    assert recording.operations == ["TransactWriteItems"]
    assert pauses.taken == []


def test_business_refusal_counts_among_conflicts() -> None:
    storm = _First(1000, lambda request: cancelled(request, "TransactionConflict", "ConditionalCheckFailed"))
    transaction = Transaction(sleep=_Pauses())
    _put(transaction, _item())
    _put(transaction, _item())

    with instead_of("TransactWriteItems", storm), pytest.raises(SkuTaken):
        transaction.commit()

    assert storm.seen == 1


@pytest.mark.parametrize("code", ["ValidationError", "ItemCollectionSizeLimitExceeded", "AccessDenied"])
def test_reason_that_will_not_pass_is_a_fault_at_once(code: str) -> None:
    storm = _First(1000, lambda request: cancelled(request, code))
    transaction = Transaction(sleep=_Pauses())
    _put(transaction, _item())

    with instead_of("TransactWriteItems", storm), pytest.raises(TransactWriteError):
        transaction.commit()

    assert storm.seen == 1


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException", "ValidationException"])
def test_error_that_will_not_pass_is_a_fault_at_once(code: str) -> None:
    storm = _First(1000, lambda request: error_answer(request, code))
    transaction = Transaction(sleep=_Pauses())
    _put(transaction, _item())

    with instead_of("TransactWriteItems", storm), pytest.raises(TransactWriteError):
        transaction.commit()

    assert storm.seen == 1


@pytest.mark.parametrize("code", ["TransactionInProgressException", "ProvisionedThroughputExceededException"])
def test_error_that_passes_is_waited_for(code: str) -> None:
    # botocore has three tries of its own below each of ours.
    storm, item = _First(4, lambda request: error_answer(request, code)), _item()
    transaction = Transaction(sleep=_Pauses())
    _put(transaction, item)

    with instead_of("TransactWriteItems", storm):
        transaction.commit()

    assert _exists(item)


@pytest.mark.parametrize("times", [1, 2])
def test_lost_answer_is_asked_for_again_and_commits_once(times: int) -> None:
    organization = an_organization()
    storm = _First(times, lose_answer)

    with instead_of("TransactWriteItems", storm):
        reply = call("POST", "/v1/products", token=organization.owner.token, body={"sku": "A", "name": "Thing"})

    assert (reply.status, storm.seen) == (201, times + 1)
    assert call("GET", reply.headers["Location"], token=organization.owner.token).json == reply.json
    assert len(call("GET", "/v1/products", token=organization.owner.token).json["items"]) == 1


def test_write_that_was_done_is_not_done_again_by_a_later_try() -> None:
    # The table did it and said "in progress" for as long as botocore's own tries last; then ours begin.
    def done_but_not_told(request: Request) -> AWSResponse:
        if storm.seen == 1:
            carry_out(request)
        return error_answer(request, "TransactionInProgressException")

    storm, item = _First(3, done_but_not_told), _item()
    transaction = Transaction(sleep=_Pauses())
    _put(transaction, item)

    with instead_of("TransactWriteItems", storm):
        transaction.commit()

    assert storm.seen == 4
    assert _exists(item)


def test_all_or_nothing_is_written() -> None:
    standing, new = _item(), _item()
    standing.save()
    transaction = Transaction()
    _put(transaction, new)
    _put(transaction, standing)

    with pytest.raises(SkuTaken):
        transaction.commit()

    assert not _exists(new)


def test_refusal_that_decides_first_is_the_one_told() -> None:
    one, other = _item(), _item()
    one.save()
    other.save()
    transaction = Transaction()
    _put(transaction, one)
    transaction.put(
        other,
        condition=EmailOwnerItem.pk.does_not_exist(),
        refusal=lambda _standing: ConcurrentChange(),
        decides_first=True,
    )

    with pytest.raises(ConcurrentChange):
        transaction.commit()


def test_refusal_sees_the_item_that_stands_in_the_way() -> None:
    standing = _item()
    standing.save()
    seen: list[RawItem | None] = []

    def refusal(item: RawItem | None) -> Exception:
        seen.append(item)
        return SkuTaken()

    transaction = Transaction()
    transaction.put(
        _item(standing.pk.removeprefix("EMAIL#")), condition=EmailOwnerItem.pk.does_not_exist(), refusal=refusal
    )
    with pytest.raises(SkuTaken):
        transaction.commit()

    assert [item["userId"] for item in seen if item] == [{"S": standing.user_id}]


def test_check_and_delete_hold_together() -> None:
    kept, gone = _item(), _item()
    kept.save()
    gone.save()
    transaction = Transaction()
    transaction.check(kept, condition=EmailOwnerItem.user_id == kept.user_id, refusal=_refused)
    transaction.delete(gone, condition=EmailOwnerItem.pk.exists(), refusal=_refused)
    assert len(transaction) == 2
    transaction.commit()
    assert (_exists(kept), _exists(gone)) == (True, False)

    broken = Transaction()
    broken.check(kept, condition=EmailOwnerItem.user_id == "somebody else", refusal=_refused)
    _put(broken, gone)
    with pytest.raises(SkuTaken):
        broken.commit()
    assert not _exists(gone)


def test_transaction_without_writes_makes_no_call() -> None:
    with recorded_calls() as recording:
        Transaction().commit()

    assert recording.calls == []
