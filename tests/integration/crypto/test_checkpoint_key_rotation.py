"""The key of checkpoints and documents: published long before it signs, disabled after its successor does, kept."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from functions.schedules import rotate_checkpoint_key as schedule
from nexstock.audit.checkpoints import log_name
from nexstock.aws import client
from nexstock.clock import utc_now
from nexstock.crypto.checkpoint_key_rotation import (
    DISABLED_AFTER,
    PUBLISHED_AHEAD,
    CheckpointRotation,
    record_first_key,
    replace_checkpoint_key,
    rotate_checkpoint_key,
)
from nexstock.crypto.checkpoint_keys import CheckpointKeys, stored_items, stored_keys
from nexstock.crypto.checkpoint_signer import public_keys, signed, signed_note
from nexstock.crypto.remembered import KNOWN_FOR
from nexstock_verify.merkle import leaf_hash
from nexstock_verify.notes import Checkpoint
from tests.support.api import call
from tests.support.calls import recorded_calls
from tests.support.checkpoint_keys import START, kms_keys, own_checkpoint_keys, state_of
from tests.support.environment import CHECKPOINT_KEY_TAG
from tests.support.events import Context
from tests.support.people import an_organization

_MAX_AGE = timedelta(days=730)
_MOMENT = timedelta(milliseconds=1)
_DUE = START + _MAX_AGE
_SIGNS = _DUE + PUBLISHED_AHEAD
_LOG = "api.nexstock.example/audit-logs/org_01JD0000000000000000000001"


@pytest.fixture(autouse=True)
def _own_keys() -> Iterator[None]:
    with own_checkpoint_keys():
        yield


def _rotated(now: datetime) -> CheckpointRotation:
    return rotate_checkpoint_key(now, _MAX_AGE, signs=CHECKPOINT_KEY_TAG)


def _replaced(version: str, now: datetime) -> CheckpointRotation:
    return replace_checkpoint_key(version, now, signs=CHECKPOINT_KEY_TAG)


def _note(now: datetime) -> str:
    return signed_note(Checkpoint(_LOG, 3, leaf_hash(b"root")), clock=lambda: now)


def test_a_key_is_published_a_month_before_it_signs_and_the_one_before_is_disabled_after() -> None:
    assert _rotated(_DUE - _MOMENT) == CheckpointRotation()
    assert _rotated(_DUE) == CheckpointRotation("V0002")
    first, second = stored_keys()
    assert (second.created_at, second.signs_from, second.ended_at) == (_DUE, _SIGNS, None)
    assert kms_keys("V0002") == [second.arn]
    assert [key.raw for key in public_keys(_LOG, clock=lambda: _DUE)] == [first.public_half, second.public_half]
    assert CheckpointKeys().present(_SIGNS - _MOMENT) == first
    assert CheckpointKeys().present(_SIGNS) == second
    assert _rotated(_SIGNS + DISABLED_AFTER - _MOMENT) == CheckpointRotation()
    assert state_of(first.arn) == "Enabled"
    assert _rotated(_SIGNS + DISABLED_AFTER) == CheckpointRotation(ended=["V0001"])
    assert state_of(first.arn) == "Disabled"
    assert stored_keys()[0].ended_at == _SIGNS + DISABLED_AFTER
    assert _rotated(_SIGNS + DISABLED_AFTER) == CheckpointRotation()


def test_what_a_key_signed_is_verified_after_its_end_without_kms() -> None:
    _rotated(_DUE)
    old, new = _note(_DUE), _note(_SIGNS)
    assert old != new
    later = _SIGNS + DISABLED_AFTER
    _rotated(later)
    with recorded_calls("kms") as recording:
        keys = public_keys(_LOG, clock=lambda: later)
        for note in (old, new):
            assert Checkpoint.open(note, keys).size == 3
    assert [(each.service, each.operation) for each in recording.calls] == [("dynamodb", "Query")]
    assert [key.raw for key in keys] == [key.public_half for key in reversed(stored_keys())]


def test_a_container_that_knows_the_former_key_only_can_sign_with_it_as_long_as_it_may() -> None:
    _rotated(_DUE)
    just_before = _SIGNS - _MOMENT
    known = CheckpointKeys()
    former = known.present(just_before)
    assert DISABLED_AFTER > 10 * KNOWN_FOR
    assert known.present(just_before + KNOWN_FOR) != former
    assert state_of(former.arn) == "Enabled"


def test_organizations_are_told_of_a_key_before_it_signs() -> None:
    with own_checkpoint_keys(utc_now() - _MAX_AGE):
        assert rotate_checkpoint_key(utc_now(), _MAX_AGE, signs=CHECKPOINT_KEY_TAG).published == "V0002"
        organization = an_organization()
        listed = call("GET", "/v1/audit-logs/checkpoints", token=organization.owner.token).json["keys"]
        assert listed == [key.text for key in public_keys(log_name(organization.id))]
        assert len(listed) == 2


def test_a_key_that_may_have_signed_what_it_should_not_have_is_replaced_at_once() -> None:
    assert _replaced("V0001", _DUE) == CheckpointRotation("V0002", ["V0001"])
    first, second = stored_keys()
    assert state_of(first.arn) == "Disabled"
    assert CheckpointKeys().present(_DUE) == second
    assert Checkpoint.open(_note(_DUE), public_keys(_LOG, clock=lambda: _DUE)).size == 3
    assert _replaced("V0001", _DUE) == CheckpointRotation()


def test_a_key_that_was_published_already_is_the_one_that_replaces_another() -> None:
    _rotated(_DUE)
    assert _replaced("V0001", _DUE) == CheckpointRotation(ended=["V0001"])
    assert [key.signs_from for key in stored_keys()] == [START, _DUE]


def test_a_version_that_there_is_not_is_not_replaced() -> None:
    with pytest.raises(LookupError):
        _replaced("V0009", _DUE)
    assert len(stored_items()) == 1


def test_another_kind_of_key_is_not_recorded() -> None:
    key = client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    with pytest.raises(ValueError, match="not an Ed25519 key"):
        record_first_key(key["Arn"], _DUE)


def test_no_note_is_signed_by_nobody() -> None:
    for item in stored_items():
        item.delete()
    for unprovisioned in (lambda: signed("x", "y\n", clock=lambda: _DUE), lambda: _rotated(_DUE)):
        with pytest.raises(LookupError):
            unprovisioned()


def test_the_schedule_tells_what_it_did_and_how_old_the_key_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert schedule.handler({"source": "aws.scheduler"}, Context()) == {"published": None, "ended": []}  # type: ignore[arg-type]
    replaced = schedule.handler({"compromised": "V0001"}, Context())  # type: ignore[arg-type]
    assert replaced == {"published": "V0002", "ended": ["V0001"]}
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "KeyAgeDays" in line]
    assert [each["Purpose"] for each in told] == ["checkpoints"] * 2
