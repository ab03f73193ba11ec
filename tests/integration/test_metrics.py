"""What raises alarms is told to CloudWatch when it happens, and not when it does not."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from nexstock.audit.recording import record_changes
from nexstock.changes import Change
from nexstock.clock import utc_now
from nexstock.config import LockPolicy
from nexstock.crypto.envelope import open_sealed
from nexstock.errors import InvalidCursor
from nexstock.identity.lockout import Attempt, NetworkAttempt
from nexstock.persistence.cursors import Cursors
from nexstock.webhooks.delivery import deliver
from nexstock.webhooks.messages import LEASE
from nexstock.webhooks.overdue import queue_overdue
from tests.support.changes import AT, a_record, an_image
from tests.support.logs import metrics_in
from tests.support.people import an_email, an_organization
from tests.support.receivers import answering, receiver
from tests.support.webhooks import Queues, a_note

pytestmark = pytest.mark.usefixtures("platform")

_NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
_POLICY: Final = LockPolicy(max_failures=3, first_lock_s=900, longest_lock_s=86_400)


def _told(capsys: pytest.CaptureFixture[str], metric: str) -> list[Any]:
    return [value for line in metrics_in(capsys.readouterr().out) for value in line.get(metric, [])]


@pytest.mark.parametrize(
    ("counted", "metric"), [(Attempt, "AccountLocked"), (NetworkAttempt, "NetworkLocked")], ids=["account", "network"]
)
def test_a_lock_is_told_once_and_a_wrong_password_is_not(
    counted: type[Attempt | NetworkAttempt], metric: str, capsys: pytest.CaptureFixture[str]
) -> None:
    subject = an_email()
    for _ in range(_POLICY.max_failures - 1):
        counted(subject, _NOW, policy=_POLICY).failed()
    assert _told(capsys, metric) == []
    for _ in range(3):
        counted(subject, _NOW, policy=_POLICY).failed()
    assert _told(capsys, metric) == [1.0]


def test_another_organizations_cursor_is_told_and_nonsense_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs = (Cursors(an_organization().id, "/v1/products") for _ in range(2))
    borrowed = theirs.seal("prd_01JD0000000000000000000001")
    capsys.readouterr()
    for nonsense in ("!", "x" * 7_000):
        with pytest.raises(InvalidCursor):
            ours.open(nonsense)
    assert _told(capsys, "CursorRefused") == []
    with pytest.raises(InvalidCursor):
        ours.open(borrowed)
    assert _told(capsys, "CursorRefused") == [1.0]
    theirs.open(borrowed)
    assert _told(capsys, "CursorRefused") == []


def test_every_attempt_at_a_webhook_is_told_with_what_came_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    with receiver() as taking, receiver(answering(500)) as failing:
        for server in (taking, failing):
            _, note = a_note(an_organization(), server.url)
            deliver(note, open_sealed=open_sealed, send=Queues().send)
            # The same note again makes no attempt.
            deliver(note, open_sealed=open_sealed, send=Queues().send)
    assert _told(capsys, "DeliverySucceeded") == [1.0, 0.0]


def test_the_longest_wait_of_a_webhook_message_is_told_with_each_run(capsys: pytest.CaptureFixture[str]) -> None:
    now = utc_now()
    a_note(an_organization(), "http://127.0.0.1:1/", now=now)
    queue_overdue(send=Queues().send, now=now + LEASE + timedelta(minutes=20))
    (overdue_s,) = _told(capsys, "DeliveryOverdue")
    # Other tests' messages may have waited for longer.
    assert overdue_s >= 20 * 60
    queue_overdue(send=Queues().send, now=now + LEASE + timedelta(minutes=20))
    assert _told(capsys, "DeliveryOverdue") == [0.0]


def test_the_time_from_the_oldest_change_to_its_entry_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    later = datetime.fromisoformat(AT) + timedelta(seconds=90)
    changes = [_change(version) for version in (1, 2)]
    assert record_changes(changes, clock=lambda: later).error is None
    assert _told(capsys, "AuditLag") == [90_000.0]


def test_a_change_that_does_not_say_when_it_was_made_has_no_lag(capsys: pytest.CaptureFixture[str]) -> None:
    image = an_image(version=7)
    del image["changedBy"]
    change = Change.parse(a_record(None, image))
    assert change is not None
    assert record_changes([change]).error is None
    assert _told(capsys, "AuditLag") == []


def _change(version: int) -> Change:
    change = Change.parse(a_record(None, an_image(version=version)))
    assert change is not None
    return change
