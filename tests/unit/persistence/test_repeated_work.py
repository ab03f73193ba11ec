"""Work that another request came between is done again, within a bound; whatever else fails is told at once."""

import pytest

from nexstock.errors import TemporarilyUnavailable
from nexstock.members.errors import LastOwner
from nexstock.persistence.transaction import ConcurrentChange, repeated


class _Work:
    def __init__(self, *outcomes: Exception | str) -> None:
        self.left = list(outcomes)

    def __call__(self) -> str:
        outcome = self.left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def test_work_is_done_again_until_nobody_comes_between() -> None:
    work = _Work(ConcurrentChange(), ConcurrentChange(), "done", "twice")
    assert repeated(work) == "done"
    assert work.left == ["twice"]


def test_work_that_others_undo_every_time_ends_with_a_503() -> None:
    pauses: list[float] = []
    work = _Work(*[ConcurrentChange() for _ in range(20)])
    with pytest.raises(TemporarilyUnavailable):
        repeated(work, sleep=pauses.append)
    assert len(work.left) == 10
    assert all(0.01 <= pause <= 0.64 for pause in pauses)
    assert pauses[0] < pauses[3] < pauses[6]


def test_a_refusal_is_told_at_once() -> None:
    work = _Work(LastOwner("org_01JD0000000000000000000000"), "never")
    with pytest.raises(LastOwner):
        repeated(work)
    assert work.left == ["never"]
