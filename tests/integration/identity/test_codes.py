"""One-time codes: bound to purpose and subject, stored under a key."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import pytest

from nexstock.identity.codes import code_matches, new_code


def test_code_is_six_digits_and_matches_itself() -> None:
    for _ in range(50):
        code = new_code("verify_email", "usr_1")
        assert re.fullmatch(r"\d{6}", code.digits)
        assert code_matches(
            code.digits, code.digest, key_version=code.key_version, purpose="verify_email", subject="usr_1"
        )


@pytest.mark.asvs("6.5.3", "6.5.4")
def test_codes_are_spread_evenly_over_a_million() -> None:
    digits = [new_code("verify_email", "usr_1").digits for _ in range(100_000)]

    # 20 bits of entropy are 10^6 codes, each as likely as any other. The bounds are met once in 10^11 runs of the
    # chi-square distribution, with 9 degrees of freedom for one place, 99 for two, 999 for three.
    for place in range(6):
        assert _chi_square([each[place] for each in digits], 10) < 77
    for place in range(5):
        assert _chi_square([each[place : place + 2] for each in digits], 100) < 228
    assert _chi_square([each[:3] for each in digits], 1000) < 1347
    # Of 100,000 codes out of a million, 4,837 pairs are expected to be the same; more means that there are fewer codes.
    assert 95_163 - 700 < len(set(digits)) < 95_163 + 700


@pytest.mark.asvs("6.5.3")
def test_next_code_does_not_follow_from_the_one_before() -> None:
    digits = [int(new_code("verify_email", "usr_1").digits) for _ in range(20_000)]
    steps = [str((after - before) % 10**6 * 100 // 10**6) for before, after in pairwise(digits)]

    assert _chi_square(steps, 100) < 228
    assert max(Counter(after - before for before, after in pairwise(digits)).values()) < 8


def _chi_square(values: Sequence[str], kinds: int) -> float:
    expected = len(values) / kinds
    counted = Counter(values)
    return sum((count - expected) ** 2 / expected for count in counted.values()) + (kinds - len(counted)) * expected


@pytest.mark.parametrize(
    ("purpose", "subject"),
    [("verify_email", "usr_2"), ("step_up", "usr_1"), ("verify_email", ""), ('verify_email", "usr_1', "")],
)
def test_code_is_good_for_its_own_purpose_and_subject_only(purpose: str, subject: str) -> None:
    code = new_code("verify_email", "usr_1")

    assert not code_matches(code.digits, code.digest, key_version=code.key_version, purpose=purpose, subject=subject)


def test_other_digits_do_not_match() -> None:
    code = new_code("verify_email", "usr_1")
    others = [f"{(int(code.digits) + step) % 10**6:06d}" for step in (1, 10, 999_999)]

    for digits in [*others, code.digits[:-1], code.digits + "0", ""]:
        assert not code_matches(
            digits, code.digest, key_version=code.key_version, purpose="verify_email", subject="usr_1"
        )


@pytest.mark.asvs("6.5.2")
def test_stored_digest_is_keyed_and_nothing_shows_in_a_repr() -> None:
    code = new_code("verify_email", "usr_1")

    assert code.digest not in {
        hashlib.sha256(text.encode()).digest() for text in (code.digits, f'["verify_email", "usr_1", "{code.digits}"]')
    }
    assert f"'{code.digits}'" not in repr(code)
    assert repr(code.digest) not in repr(code)
