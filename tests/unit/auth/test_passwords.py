"""The rules for new passwords (NIST SP 800-63B-4; ASVS 6.2): length in characters, no composition rules."""

import unicodedata

import pytest

from nexstock.auth.passwords import (
    MAX_LENGTH,
    MIN_LENGTH,
    MIN_LENGTH_WITH_SECOND_FACTOR,
    PasswordHash,
    require_acceptable,
)
from nexstock.errors import InvalidRequest

_CONTEXT = ["olga", "Harbour Goods", "Renée Fjord-Quist"]
_OWN_WORDS = "must not contain your name, your e-mail address, the organization's name or ours"


def _reason(password: str, context: list[str] | None = None) -> str:
    with pytest.raises(InvalidRequest) as refused:
        require_acceptable(password, context=_CONTEXT if context is None else context, pointer="/password")
    (error,) = refused.value.extensions["errors"]
    assert error["pointer"] == "/password"
    assert password not in str(refused.value.detail)
    return str(error["detail"])


@pytest.mark.asvs("6.2.5")
@pytest.mark.parametrize(
    "password",
    [
        "violet lantern 42",
        "onlylowercaseletters",
        "830 417 226 951 308",
        "     a b c d e      ",
        "пароль из слов и букв",
        "🚚🛒📦🏭🧾🚚🛒📦🏭🧾🚚🛒📦🏭🧾",
        "x\x00y\x00z and twelve more",
        ("every good boy does fine " * 6)[:MAX_LENGTH],
    ],
)
def test_any_characters_make_a_password(password: str) -> None:
    require_acceptable(password, context=_CONTEXT, pointer="/password")

    assert MIN_LENGTH <= len(password) <= MAX_LENGTH


@pytest.mark.asvs("6.2.1")
@pytest.mark.parametrize("password", ["tiny 7", "abcdefghijklmn", "🚚🛒📦🏭🧾🚚🛒📦🏭🧾🚚🛒📦🏭"])
def test_short_is_counted_in_characters_and_not_in_bytes(password: str) -> None:
    assert _reason(password) == "at least 15 characters"


@pytest.mark.asvs("6.2.1")
def test_beside_a_second_factor_eight_characters_are_enough() -> None:
    require_acceptable("dune7 rk", context=[], pointer="/password", min_length=MIN_LENGTH_WITH_SECOND_FACTOR)

    with pytest.raises(InvalidRequest, match="at least 8 characters"):
        require_acceptable("dune7 r", context=[], pointer="/password", min_length=MIN_LENGTH_WITH_SECOND_FACTOR)


def test_composed_and_decomposed_letters_count_alike() -> None:
    fourteen = "ébcdefghijklmn"
    decomposed = unicodedata.normalize("NFD", fourteen)

    assert len(decomposed) == 15
    assert _reason(decomposed) == _reason(fourteen) == "at least 15 characters"


@pytest.mark.asvs("6.2.9")
def test_long_passphrases_are_welcome_up_to_a_bound() -> None:
    longest = ("correct horse battery " * 6)[:MAX_LENGTH]
    require_acceptable(longest, context=[], pointer="/password")

    assert _reason(longest + "x") == "at most 128 characters"
    require_acceptable("🚚🛒📦🏭" + "🧾🏷📥📤" * 15, context=[], pointer="/password")


@pytest.mark.parametrize("password", ["a" * 20, "abababababababab", "abcdabcdabcdabcd", "AaAaBbBbCcCcDdDd"])
def test_repetition_is_no_password(password: str) -> None:
    assert _reason(password) == "at least 5 different characters"


@pytest.mark.asvs("6.1.2", "6.2.11")
@pytest.mark.parametrize(
    "password",
    [
        "olga's long secret",
        "my OLGA and a word",
        "the harbour goods 99",
        "xHARBOUR GOODSxyz",
        "safe in the harbour",
        "baked goods for six",
        "renée and a lantern",
        "RENE\u0301E and a lantern",
        "a quist of the north",
        "my NexStock passphrase",
    ],
)
def test_own_names_are_no_password(password: str) -> None:
    assert _reason(password) == _OWN_WORDS


def test_words_too_short_to_mean_anything_do_not_count() -> None:
    password = "a bolt and a nut 17"
    require_acceptable(password, context=["a", "and", "nut"], pointer="/password")

    assert _reason(password, ["bolt"]) == _OWN_WORDS
    require_acceptable("a lantern from 2026", context=["Goods 2026"], pointer="/password")


def test_stored_hash_never_shows_in_a_repr() -> None:
    assert "bcrypt-text" not in repr(PasswordHash("bcrypt-text", "V0001"))
