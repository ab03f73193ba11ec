"""Whatever is changed of an export, of its checkpoints or of its proofs, the verifier finds it."""

import random

import pytest

from tests.support.signed_logs import ENTRIES, KINDS, forged, signed_log

_MUTATIONS = 320
"""`python -m tests.bench tampering` tries 10,000."""


def test_an_untouched_log_is_intact_and_wholly_signed() -> None:
    report = signed_log().verified()
    assert (report.findings, report.first, report.last, report.anchored) == ([], 1, ENTRIES, ENTRIES)


@pytest.mark.asvs("16.4.2")
def test_every_forgery_is_found() -> None:
    chance, log, tried = random.Random(5), signed_log(), set()  # noqa: S311 (repeatable)
    for number in range(_MUTATIONS):
        kind, forgery = forged(log, chance)
        tried.add(kind)
        assert not forgery.verified().is_intact, (number, kind)
    assert tried == KINDS
