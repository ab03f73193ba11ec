"""Codes of authenticator apps: RFC 6238's own vectors, and which steps count."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.auth.totp import STEP_S, as_text, matching_step, new_seed, otpauth_uri

_RFC_SEED = b"12345678901234567890"
_NOW = datetime(2026, 3, 1, 12, 0, 7, tzinfo=UTC)


# RFC 6238, appendix B, the rows of SHA-1; ours are the last six of its eight digits (RFC 4226, 5.3).
@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_the_rfc_are_recognised(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert matching_step(_RFC_SEED, code[2:], at) == seconds // STEP_S


@pytest.mark.asvs("6.5.5")
@pytest.mark.parametrize(("offset", "counts"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_before_and_one_after_count_and_no_other(offset: int, counts: bool) -> None:  # noqa: FBT001 (a case)
    seed = new_seed()
    present = int(_NOW.timestamp()) // STEP_S
    code = pyotp.TOTP(as_text(seed)).at(_NOW, counter_offset=offset)
    assert matching_step(seed, code, _NOW) == (present + offset if counts else None)


@pytest.mark.asvs("6.5.5")
@pytest.mark.parametrize(("seconds", "counts"), [(59, True), (60, False)])
def test_a_code_ends_with_the_step_after_its_own(seconds: int, counts: bool) -> None:  # noqa: FBT001 (a case)
    begin = datetime(2026, 3, 1, 12, tzinfo=UTC)
    code = pyotp.TOTP(as_text(_RFC_SEED)).at(begin)
    assert (matching_step(_RFC_SEED, code, begin + timedelta(seconds=seconds)) is not None) == counts


@given(st.binary(min_size=20, max_size=20), st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 (bounds)
def test_the_code_of_any_seed_is_good_at_its_time(seed: bytes, at: datetime) -> None:
    now = at.replace(tzinfo=UTC)
    assert matching_step(seed, pyotp.TOTP(as_text(seed)).at(now), now) is not None


@pytest.mark.asvs("6.5.3")
def test_seeds_have_160_bits_and_are_new_each_time() -> None:
    seeds = {new_seed() for _ in range(1000)}
    assert len(seeds) == 1000
    assert {len(seed) for seed in seeds} == {20}


def test_apps_read_the_seed_from_the_uri() -> None:
    uri = urlsplit(otpauth_uri(_RFC_SEED, "ada+1@harbour.example"))
    assert (uri.scheme, uri.netloc, unquote(uri.path)) == ("otpauth", "totp", "/NexStock:ada+1@harbour.example")
    query = parse_qs(uri.query)
    assert (query["secret"], query["issuer"]) == ([as_text(_RFC_SEED)], ["NexStock"])
    assert pyotp.parse_uri(uri.geturl()).generate_otp(1) == "287082"
