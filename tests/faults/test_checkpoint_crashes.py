"""Checkpoints under faults: a run that ends anywhere is run again, and two at once make one history."""

from functools import partial

import pytest

from functions.schedules import queue_checkpoints
from nexstock.ids import OrganizationId
from nexstock_verify.verification import Evidence, verify
from tests.support.bursts import an_organization_id
from tests.support.checkpoints import (
    archived_checkpoints,
    archived_lines,
    archived_notes,
    checkpointed,
    grown_by,
    keys_of,
)
from tests.support.containers import at_once
from tests.support.crashes import crash_points
from tests.support.events import Context
from tests.support.interleavings import play, some_schedules
from tests.support.webhooks import notes_on

pytestmark = pytest.mark.usefixtures("platform")


def _assert_signed_up_to(organization_id: OrganizationId, size: int) -> None:
    report = verify(
        archived_lines(organization_id), Evidence(keys_of(organization_id), archived_notes(organization_id))
    )
    assert (report.findings, report.last, report.anchored) == ([], size, size)


def test_a_run_that_crashed_at_any_call_is_made_good_by_the_next() -> None:
    crashes = 0
    for number, point in enumerate(crash_points()):
        # The next run finds what the first one wrote, or a log that has grown further by then.
        meanwhile = number % 2 * 3
        organization_id = an_organization_id()
        grown_by(organization_id, 3)
        assert checkpointed(organization_id) == []
        grown_by(organization_id, 2)
        with point:
            checkpointed(organization_id)
        crashes += point.happened
        if meanwhile:
            grown_by(organization_id, meanwhile)
        assert checkpointed(organization_id) == [], point
        _assert_signed_up_to(organization_id, 5 + meanwhile)
    # Two reads of the log's state, its entries, a tile, the retention; three objects, a signature, two items.
    assert crashes >= 2 * 10


def test_runs_at_once_make_one_history() -> None:
    organization_id = an_organization_id()
    grown_by(organization_id, 30)
    outcomes = at_once([partial(checkpointed, organization_id) for _ in range(4)])
    assert [(outcome.value, outcome.error) for outcome in outcomes] == [([], None)] * 4
    assert len(archived_checkpoints(organization_id)) == 1
    _assert_signed_up_to(organization_id, 30)


def _grow(organization_id: OrganizationId) -> list[str]:
    grown_by(organization_id, 2)
    return []


def test_a_log_that_grows_while_it_is_signed_loses_nothing_in_any_order() -> None:
    for schedule in some_schedules(12, seed=8):
        organization_id = an_organization_id()
        grown_by(organization_id, 3)

        sign, grow = partial(checkpointed, organization_id), partial(_grow, organization_id)
        play([sign, grow, sign], schedule)
        assert checkpointed(organization_id) == [], schedule
        _assert_signed_up_to(organization_id, 5)


def test_a_schedule_that_crashed_queues_every_log_the_next_time() -> None:
    crashes = 0
    organization_id = an_organization_id()
    grown_by(organization_id, 1)
    for point in crash_points():
        with point:
            queue_checkpoints.handler({}, Context())  # type: ignore[arg-type]
        crashes += point.happened
        if crashes >= 8:
            break
    queue_checkpoints.handler({}, Context())  # type: ignore[arg-type]
    assert {"organizationId": organization_id} in notes_on("CHECKPOINTS", organization_id)
