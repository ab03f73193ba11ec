"""Hashing passwords: all of the password counts, under a pepper, and nobody's password costs as much as anybody's."""

import base64
import hashlib
import time
import unicodedata

import bcrypt
import pytest

from nexstock.auth.passwords import COST, PasswordHash, hash_password, verify_password
from tests.support.outdated import an_old_hash


def test_password_verifies_against_its_own_hash_and_no_other() -> None:
    stored, other = hash_password("violet harbour lantern"), hash_password("another long password")

    assert verify_password("violet harbour lantern", stored)
    assert not verify_password("violet harbour lantern", other)
    assert stored.value != hash_password("violet harbour lantern").value


def test_bcrypt_has_the_advised_cost() -> None:
    assert COST == 12
    assert hash_password("violet harbour lantern").value.startswith("$2b$12$")


@pytest.mark.asvs("6.2.8")
def test_no_part_of_a_long_password_is_cut_off() -> None:
    long = "é" * 100 + "x" * 28
    stored = hash_password(long)

    assert verify_password(long, stored)
    assert not verify_password(long[:-1] + "y", stored)
    assert not verify_password(long[:72], stored)


@pytest.mark.asvs("6.2.8")
@pytest.mark.parametrize("length", [71, 72, 73, 74, 127])
def test_every_byte_around_the_limit_of_bcrypt_counts(length: int) -> None:
    password = ("the quick brown fox jumps over " * 5)[:length]
    changed = password[:-1] + ("x" if password[-1] != "x" else "y")

    assert not verify_password(changed, an_old_hash(password, cost=4))
    assert not verify_password(password + " ", an_old_hash(password, cost=4))
    assert not verify_password(password, an_old_hash(password + "\x00", cost=4))
    assert not verify_password(password + "\x00", an_old_hash(password, cost=4))
    assert verify_password(password, an_old_hash(password, cost=4))


@pytest.mark.asvs("6.2.8")
def test_case_white_space_and_order_count() -> None:
    stored = an_old_hash(password := "violet Harbour lantern 42", cost=4)

    assert verify_password(password, stored)
    for other in (
        *(password[:at] + password[at].swapcase() + password[at + 1 :] for at in range(len(password) - 2)),
        f"{password} ",
        f" {password}",
        f"{password}\n",
        f"{password}\x00",
        f"\ufeff{password}",
        password.replace(" ", "\u00a0"),
        password.replace(" ", ""),
        password[::-1],
    ):
        assert other == password or not verify_password(other, stored), repr(other)


@pytest.mark.asvs("6.2.9")
def test_password_of_128_characters_of_four_bytes_works() -> None:
    password = "🚚🛒📦🏭🧾🏷📥📤" * 16
    stored = hash_password(password)

    assert verify_password(password, stored)
    assert not verify_password(password[:-1] + "🚚", stored)


@pytest.mark.asvs("6.2.8")
def test_zero_bytes_end_nothing() -> None:
    stored = hash_password("violet\x00harbour lantern")

    assert not verify_password("violet\x00another lantern", stored)


def test_composed_and_decomposed_letters_are_one_password() -> None:
    password = "häfen an der Küste 7"
    stored = hash_password(unicodedata.normalize("NFD", password))

    assert verify_password(unicodedata.normalize("NFC", password), stored)


def test_stolen_hash_is_worth_nothing_without_the_pepper() -> None:
    password = b"violet harbour lantern"
    stored = hash_password(password.decode()).value.encode()
    shucked = base64.b64encode(hashlib.sha256(password).digest())

    assert not bcrypt.checkpw(password, stored)
    assert not bcrypt.checkpw(shucked, stored)


def test_hash_of_an_unknown_pepper_is_a_fault_and_no_entry() -> None:
    stored = hash_password("violet harbour lantern")

    with pytest.raises(LookupError):
        verify_password("violet harbour lantern", PasswordHash(stored.value, "V9999"))


@pytest.mark.asvs("6.3.8")
def test_nobodys_password_takes_as_long_as_anybodys() -> None:
    stored = hash_password("violet harbour lantern")

    def fastest_s(against: PasswordHash | None) -> float:
        times = []
        for _ in range(3):
            started = time.perf_counter()
            assert not verify_password("not the password 1", against)
            times.append(time.perf_counter() - started)
        return min(times)

    assert 0.5 < fastest_s(None) / fastest_s(stored) < 2
