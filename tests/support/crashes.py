"""Ends a function before or after any one of its calls to AWS, as a crash or a timeout of Lambda would."""

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any, Self

from nexstock.aws import client
from nexstock.config import CryptoSettings
from nexstock.crypto import messages
from nexstock.persistence.tables import connection


class Crash(BaseException):
    """The end of the process: nothing of ours catches it."""


class CrashPoint:
    """One place in a run: before or after its n-th call. Entered, it crashes there; `happened` tells whether it did."""

    def __init__(self, number: int, *, after: bool) -> None:
        self._number, self._after = number, after
        self._calls = 0
        self.happened = False

    def __repr__(self) -> str:
        """Name the place, for a failing test to show."""
        return f"crash {'after' if self._after else 'before'} call {self._number}"

    def __enter__(self) -> Self:
        """Begin to count the calls."""
        for events in _emitters():
            events.register("before-call", self._before_call)
            events.register("after-call", self._after_call)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> bool:
        """Stop counting; the crash itself ends here."""
        for events in _emitters():
            events.unregister("before-call", self._before_call)
            events.unregister("after-call", self._after_call)
        return kind is not None and issubclass(kind, Crash)

    def _before_call(self, **_call: Any) -> None:  # noqa: ANN401 (botocore's hook)
        self._calls += 1
        if not self._after:
            self._crash_if_here()

    def _after_call(self, **_call: Any) -> None:  # noqa: ANN401 (botocore's hook)
        if self._after:
            self._crash_if_here()

    def _crash_if_here(self) -> None:
        if self._calls == self._number:
            self.happened = True
            raise Crash


def crash_points() -> Iterator[CrashPoint]:
    """Give one point after the other, each for a run of its own, until a run of each kind gets to its end."""
    for after in (False, True):
        for number in itertools.count(1):
            point = CrashPoint(number, after=after)
            yield point
            if not point.happened:
                break


@contextlib.contextmanager
def sealing_key_disabled() -> Iterator[None]:
    """Switch off the KMS key that wraps what is sealed."""
    kms, key = client("kms"), CryptoSettings.from_env().sealing_key_arn
    kms.disable_key(KeyId=key)
    try:
        yield
    finally:
        kms.enable_key(KeyId=key)


def _emitters() -> list[Any]:
    # The encryption SDK makes its KMS clients itself, and shows them nowhere.
    kms = messages.kms_materials().master_key_provider._regional_clients.values()  # noqa: SLF001
    ours = (client("sqs"), client("s3"), client("kms"), client("kms", tries=1), client("resourcegroupstaggingapi"))
    return [each.meta.events for each in (connection().client, *ours, *kms)]
