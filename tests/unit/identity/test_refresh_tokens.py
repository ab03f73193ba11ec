"""Refresh tokens as text, and the pad that hands a successor to nobody but the bearer of the token before."""

import hashlib
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.errors import Unauthenticated
from nexstock.identity.refresh_tokens import RefreshToken
from nexstock.ids import SessionId, UserId, encode_ulid, new_id

_AT = datetime(2026, 1, 1, tzinfo=UTC)
_USER, _SESSION = UserId(new_id("usr", _AT)), SessionId(new_id("ses", _AT))
_IDS = st.integers(min_value=0, max_value=2**128 - 1).map(encode_ulid)
_SECRETS = st.binary(min_size=32, max_size=32)


@given(user=_IDS, session=_IDS, secret=_SECRETS)
def test_text_gives_the_token_back(user: str, session: str, secret: bytes) -> None:
    token = RefreshToken(UserId(f"usr_{user}"), SessionId(f"ses_{session}"), secret)

    assert RefreshToken.parse(token.text) == token
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token.text)


@given(secret=_SECRETS, successor=_SECRETS)
def test_bearer_of_the_token_before_gets_the_same_successor(secret: bytes, successor: bytes) -> None:
    token, following = RefreshToken(_USER, _SESSION, secret), RefreshToken(_USER, _SESSION, successor)

    assert token.successor_from(token.pad_for(following)) == following


@given(secret=_SECRETS, other=_SECRETS, successor=_SECRETS)
def test_pad_is_worth_nothing_to_anyone_else(secret: bytes, other: bytes, successor: bytes) -> None:
    token, stranger = RefreshToken(_USER, _SESSION, secret), RefreshToken(_USER, _SESSION, other)
    following = RefreshToken(_USER, _SESSION, successor)

    same = stranger.successor_from(token.pad_for(following)) == following

    assert same == (secret == other)


def test_what_is_stored_does_not_contain_the_secret() -> None:
    token = RefreshToken.generate(_USER, _SESSION)
    following = RefreshToken.generate(_USER, _SESSION)

    assert token.digest == hashlib.sha256(token.secret).digest()
    assert token.pad_for(following) not in {token.secret, following.secret}


def test_secret_never_shows_in_a_repr() -> None:
    token = RefreshToken(_USER, _SESSION, b"A" * 32)

    assert "AAAA" not in repr(token)


def test_secrets_have_256_random_bits() -> None:
    generated = {RefreshToken.generate(_USER, _SESSION).secret for _ in range(100)}

    assert len(generated) == 100
    assert {len(secret) for secret in generated} == {32}


_TEXT = RefreshToken.generate(_USER, _SESSION).text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nxr_",
        _TEXT[:-1],
        _TEXT + "A",
        _TEXT + "\n",
        " " + _TEXT,
        _TEXT.replace("nxr_", "nxs_"),
        "nxr_" + "8" + _TEXT[5:],
        _TEXT[:-1] + "=",
        _TEXT[:-1] + "+",
        _TEXT[:-1] + "é",
    ],
    # The token is another one in each process that the tests are spread over; a test's name is not.
    ids=lambda _text: "text",
)
def test_other_texts_are_no_tokens(text: str) -> None:
    with pytest.raises(Unauthenticated):
        RefreshToken.parse(text)
