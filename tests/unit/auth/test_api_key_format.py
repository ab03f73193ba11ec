"""API keys as text: found by scanners, told from typos, hidden from logs."""

import hashlib
import string
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.auth.api_key_format import PREFIX, SHOWN_CHARACTERS, ApiKeyText
from nexstock.errors import Unauthenticated
from nexstock.ids import ApiKeyId, encode_ulid, new_id

_ID = ApiKeyId(new_id("key", datetime(2026, 1, 1, tzinfo=UTC)))
_KEY = ApiKeyText.generate(_ID)
_LENGTH = len(_KEY.text)


@given(value=st.integers(min_value=0, max_value=2**128 - 1))
def test_generated_keys_parse_to_their_id(value: int) -> None:
    key = ApiKeyText.generate(ApiKeyId("key_" + encode_ulid(value)))

    assert ApiKeyText.parse(key.text) == key


@pytest.mark.parametrize("position", range(len(PREFIX), _LENGTH))
def test_every_change_of_one_character_is_refused(position: int) -> None:
    for character in string.ascii_letters + string.digits:
        if character != _KEY.text[position]:
            with pytest.raises(Unauthenticated):
                ApiKeyText.parse(_KEY.text[:position] + character + _KEY.text[position + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        PREFIX,
        _KEY.text[:-1],
        _KEY.text + "0",
        _KEY.text + "\n",
        " " + _KEY.text,
        _KEY.text.upper(),
        _KEY.text.replace("live", "test"),
        _KEY.text.replace("_", "-"),
        _KEY.text[:-6] + "000000",
    ],
    # The key is another one in each process that the tests are spread over; a test's name is not.
    ids=lambda _text: "text",
)
def test_other_texts_are_no_keys(text: str) -> None:
    with pytest.raises(Unauthenticated):
        ApiKeyText.parse(text)


@pytest.mark.parametrize("distance", [1, 2, 7])
def test_two_characters_in_each_others_place_are_refused(distance: int) -> None:
    for position in range(len(PREFIX), _LENGTH - distance):
        swapped = list(_KEY.text)
        swapped[position], swapped[position + distance] = swapped[position + distance], swapped[position]
        if (text := "".join(swapped)) != _KEY.text:
            with pytest.raises(Unauthenticated):
                ApiKeyText.parse(text)


def test_key_never_shows_in_a_repr() -> None:
    assert _KEY.text not in repr(_KEY)
    assert _KEY.text[-20:] not in repr([_KEY])


def test_keys_of_one_id_have_secrets_of_their_own() -> None:
    assert len({ApiKeyText.generate(_ID).text for _ in range(100)}) == 100


def test_shown_prefix_gives_nothing_of_the_secret_away() -> None:
    assert _KEY.shown_prefix == PREFIX + _ID.removeprefix("key_")[:SHOWN_CHARACTERS]


def test_what_is_stored_is_a_hash_of_the_whole_key() -> None:
    assert _KEY.digest == hashlib.sha256(_KEY.text.encode()).digest()
