"""Runs requests step by step, with their calls of DynamoDB in whichever order a schedule says.

Each action runs in a thread, but only one of them at a time: before each call it waits until the schedule lets it go
on. All that requests can do to each other goes through the table, so the orders of calls are all there is to try.
"""

import queue
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from nexstock.persistence.tables import connection

T = TypeVar("T")

_CALLS: Final = ("GetItem", "BatchGetItem", "TransactWriteItems")
"""By which requests that write read and write what they share."""

_PATIENCE_S: Final = 30.0


@dataclass
class Schedule:
    """Which of those that could go on does so, each time: as `choices` begin, then as `rest` says.

    `taken` is what was chosen so far, and out of how many.
    """

    choices: Sequence[int] = ()
    rest: Callable[[int], int] = lambda _options: 0
    taken: list[tuple[int, int]] = field(default_factory=list)

    def choose(self, options: int) -> int:
        """Return the place of the one that goes on."""
        place = len(self.taken)
        choice = self.choices[place] if place < len(self.choices) else self.rest(options)
        self.taken.append((choice, options))
        return choice

    def __repr__(self) -> str:
        """Show the choices, for a failing test."""
        return f"schedule {[choice for choice, _ in self.taken]}"


def every_schedule() -> Iterator[Schedule]:
    """Give one schedule after the other, each for a run of its own, until every order has been tried."""
    choices: list[int] = []
    while True:
        schedule = Schedule(choices)
        yield schedule
        trail = schedule.taken
        while trail and trail[-1][0] + 1 == trail[-1][1]:
            trail.pop()
        if not trail:
            return
        choices = [choice for choice, _ in trail[:-1]] + [trail[-1][0] + 1]


def some_schedules(count: int, *, seed: int) -> Iterator[Schedule]:
    """Give so many schedules by chance, always the same ones."""
    chance = random.Random(seed)  # noqa: S311 (repeatable)
    for _ in range(count):
        yield Schedule(rest=chance.randrange)


class _Player(threading.Thread, Generic[T]):
    """One action, and whether it may go on."""

    def __init__(self, action: Callable[[], T], waiting: "queue.Queue[_Player[T]]") -> None:
        super().__init__(daemon=True)
        self.value: T | None = None
        self.error: BaseException | None = None
        self.ended = False
        self._action, self._waiting = action, waiting
        self._go = threading.Event()

    def run(self) -> None:
        """Run the action."""
        try:
            self.value = self._action()
        except BaseException as error:  # noqa: BLE001 (raised where the schedule is played)
            self.error = error
        self.ended = True
        self._waiting.put(self)

    def pause(self) -> None:
        """Wait to be let go."""
        self._waiting.put(self)
        if not self._go.wait(_PATIENCE_S):
            message = "the schedule ended before the action did"
            raise TimeoutError(message)
        self._go.clear()

    def go_on(self) -> None:
        """Let it go on to its next call, or to its end."""
        self._go.set()


def play(actions: Sequence[Callable[[], T]], schedule: Schedule) -> list[T]:
    """Run the actions as a schedule says, and return what they came to, in their order."""
    waiting: queue.Queue[_Player[T]] = queue.Queue()
    players = [_Player(action, waiting) for action in actions]

    def hook(**_call: Any) -> None:  # noqa: ANN401 (botocore's hook)
        current = threading.current_thread()
        if isinstance(current, _Player):
            current.pause()

    events, names = connection().client.meta.events, [f"before-call.dynamodb.{call}" for call in _CALLS]
    for name in names:
        events.register(name, hook)
    try:
        for player in players:
            player.start()
            # Up to its first call nobody can be in its way.
            waiting.get(timeout=_PATIENCE_S)
        while running := [player for player in players if not player.ended]:
            running[schedule.choose(len(running))].go_on()
            waiting.get(timeout=_PATIENCE_S)
    finally:
        for name in names:
            events.unregister(name, hook)
    for player in players:
        if player.error is not None:
            raise player.error
    return [player.value for player in players]  # type: ignore[misc]
