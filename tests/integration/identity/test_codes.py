"""One-time codes: bound to purpose and subject, stored under a key."""

import hashlib
import re

import pytest

from nexstock.identity.codes import code_matches, new_code


def test_code_is_six_digits_and_matches_itself() -> None:
    for _ in range(50):
        code = new_code("verify_email", "usr_1")
        assert re.fullmatch(r"\d{6}", code.digits)
        assert code_matches(
            code.digits, code.digest, key_version=code.key_version, purpose="verify_email", subject="usr_1"
        )


@pytest.mark.asvs("6.5.3")
def test_codes_are_not_predictable() -> None:
    assert len({new_code("verify_email", "usr_1").digits for _ in range(200)}) > 190


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
