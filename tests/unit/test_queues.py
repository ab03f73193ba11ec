"""How long a message that failed is hidden: as long as was asked for, longer each time; and what is logged of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.queues import LONGEST_WAIT_S, Delayed, wait_after, work_through
from tests.support.changes import ORGANIZATION
from tests.support.logs import logged


@given(receives=st.integers(1, 100), asked_s=st.floats(0, 10**6))
def test_message_waits_as_long_as_was_asked_for_within_the_bound(receives: int, asked_s: float) -> None:
    wait_s = wait_after(receives, asked_s)

    assert 10 <= wait_s <= LONGEST_WAIT_S
    assert wait_s >= min(asked_s, LONGEST_WAIT_S)


@pytest.mark.parametrize(("receives", "least_s"), [(1, 10), (2, 30), (3, 90), (4, 270), (5, 810), (6, 900), (10, 900)])
def test_each_wait_is_longer_than_the_one_before(receives: int, least_s: int) -> None:
    assert least_s <= wait_after(receives, 0) <= least_s * 1.1 + 1


def test_messages_that_failed_together_come_apart() -> None:
    assert len({wait_after(6, 0) for _ in range(100)}) > 20


def test_what_is_logged_of_a_message_names_it_and_its_organization_alone() -> None:
    bodies = [{"organizationId": ORGANIZATION, "secret": "canary"}, {"organizationId": "canary"}, "canary"]
    records = [{"messageId": f"sqs-{place}", "body": json.dumps(body)} for place, body in enumerate(bodies)]

    def fail(message: object) -> None:
        raise Delayed(type(message).__name__)

    with logged() as log:
        answer = work_through({"Records": records}, fail)

    assert len(answer["batchItemFailures"]) == 3
    named = [(line["function"], line["message_id"], line.get("organization_id")) for line in log.lines]
    assert named == [("test", "sqs-0", ORGANIZATION), ("test", "sqs-1", None), ("test", "sqs-2", None)]
    assert "canary" not in log.text
