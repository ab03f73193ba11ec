"""The keys of `v1a`: an organization's own, published before they sign, and overlapping when one follows another."""

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nexstock.crypto.lifetimes import OVERLAP, PUBLISHED_AHEAD
from nexstock.crypto.message_keys import MessageKey, keys_of
from nexstock.crypto.platform_secrets import PlatformSecret
from nexstock.ids import OrganizationId, new_id

_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_OURS, _THEIRS = (OrganizationId(new_id("org", _BEGAN)) for _ in range(2))


def _secrets(*ages: timedelta) -> list[PlatformSecret]:
    """Return versions that were made so long after the beginning, the newest first."""
    made = [
        PlatformSecret(f"V{number:04}", _BEGAN + age, hashlib.sha256(b"%d" % number).digest())
        for number, age in enumerate(sorted(ages), start=1)
    ]
    return made[::-1]


def _days(*numbers: float) -> list[timedelta]:
    return [timedelta(days=number) for number in numbers]


def _signing(keys: list[MessageKey], day: float) -> list[str]:
    return [key.id for key in keys if key.signs_at(_BEGAN + timedelta(days=day))]


def test_organization_has_the_same_key_every_time_and_no_other_has_it() -> None:
    secrets = _secrets(*_days(0, 90))
    ours, again, theirs = (
        [key.public_text for key in keys_of(organization, secrets)] for organization in (_OURS, _OURS, _THEIRS)
    )
    assert ours == again
    assert len({*ours, *theirs}) == 4


def test_first_key_signs_at_once_and_without_end() -> None:
    (key,) = keys_of(_OURS, _secrets(*_days(0)))
    assert key.signs_at(_BEGAN)
    assert key.ends is None


def test_successor_waits_until_it_is_known_and_its_predecessor_signs_beside_it() -> None:
    keys = keys_of(_OURS, _secrets(*_days(0, 90)))
    assert _signing(keys, 90.99) == ["V0001"]
    assert _signing(keys, 91) == ["V0002", "V0001"]
    assert _signing(keys, 120.99) == ["V0002", "V0001"]
    assert _signing(keys, 121) == ["V0002"]


def test_private_half_is_never_shown() -> None:
    (key,) = keys_of(_OURS, _secrets(*_days(0)))
    assert "private" not in repr(key)
    assert key.public_text.startswith("whpk_")


@given(ages=st.lists(st.integers(0, 400), min_size=1, max_size=8, unique=True), day=st.integers(0, 500))
def test_whatever_was_rotated_when_whoever_keeps_what_is_published_verifies_everything(
    ages: list[int], day: int
) -> None:
    first, *_ = sorted(ages)
    now = _BEGAN + timedelta(days=first + day)
    keys = keys_of(_OURS, [secret for secret in _secrets(*_days(*ages)) if secret.created_at <= now])
    signing = [key for key in keys if key.signs_at(now)]
    assert signing
    # What a receiver that asked a day ago has; before the first key there was nothing to keep.
    earlier = now - PUBLISHED_AHEAD
    known = [key.id for key in keys if key.begins - PUBLISHED_AHEAD <= earlier and not key.is_over(earlier)]
    assert {key.id for key in signing} <= {*known, keys[-1].id}
    # Whoever is given keys by hand has the whole overlap for each.
    assert all(older.ends == newer.begins + OVERLAP for newer, older in pairwise(keys))
