"""Secrets of the platform get successors by their age, and what was made with the ones before stays good."""

import json
from datetime import timedelta

import pytest

from functions.schedules import rotate_platform_secrets as handler_module
from nexstock.auth.passwords import hash_password, is_outdated, verify_password
from nexstock.clock import utc_now
from nexstock.crypto.lifetimes import CURSORS_LIVE, OVERLAP, PUBLISHED_AHEAD
from nexstock.crypto.message_keys import published_keys, signing_keys
from nexstock.crypto.platform_secrets import KNOWN_AFTER, newest_secret
from nexstock.crypto.provisioning import provision_missing
from nexstock.crypto.secret_rotation import add_successor, newest_stored, remove_past
from nexstock.crypto.stored_secrets import Purpose, remove_secret
from nexstock.errors import InvalidCursor
from nexstock.identity.codes import code_matches, new_code
from nexstock.persistence.cursors import Cursors
from nexstock.persistence.versions import FIRST_VERSION
from nexstock.platform_rotation import Outcome, RotationFailed, Round, rotate_platform_secrets
from tests.support.crashes import crash_points, sealing_key_disabled
from tests.support.events import Context
from tests.support.people import PASSWORD, an_organization
from tests.support.platform_secrets import SECOND_VERSION, add_version, make_older, own_versions, stored, versions
from tests.support.webhooks import Queues

_YEAR = timedelta(days=365)
_NOT_SENT = Queues().send


def _round(*purposes: Purpose, max_age: timedelta = _YEAR) -> list[Outcome]:
    return rotate_platform_secrets(Round(purposes, max_age), send=_NOT_SENT, now=utc_now())


def _used_after(wait: timedelta) -> str:
    return newest_secret(Purpose.CURSOR_MAC, clock=lambda: utc_now() + wait).version


def test_a_secret_gets_one_successor_when_it_has_the_age() -> None:
    with own_versions(Purpose.CODE_HASH):
        assert not _round(Purpose.CODE_HASH)[0].is_new
        make_older(Purpose.CODE_HASH, _YEAR)

        first, again = (_round(Purpose.CODE_HASH)[0] for _ in range(2))

        assert (first.newest_version, first.is_new, first.removed, first.step) == (SECOND_VERSION, True, [], None)
        assert not again.is_new
        assert versions(Purpose.CODE_HASH) == [FIRST_VERSION, SECOND_VERSION]


def test_a_version_that_is_not_known_everywhere_gets_no_successor_even_if_asked_for() -> None:
    with own_versions(Purpose.CODE_HASH):
        outcomes = [_round(Purpose.CODE_HASH, max_age=timedelta())[0].is_new for _ in range(3)]
        assert outcomes == [True, False, False]


def test_nothing_is_made_with_a_version_before_every_container_knows_it() -> None:
    with own_versions(Purpose.CURSOR_MAC):
        add_version(Purpose.CURSOR_MAC, age=timedelta())
        assert _used_after(timedelta()) == _used_after(KNOWN_AFTER - timedelta(seconds=10)) == FIRST_VERSION
        assert _used_after(KNOWN_AFTER) == SECOND_VERSION


def test_a_round_that_ends_at_any_call_leaves_one_successor_and_none_twice() -> None:
    for point in crash_points():
        with own_versions(Purpose.CURSOR_MAC):
            make_older(Purpose.CURSOR_MAC, _YEAR)
            with point:
                _round(Purpose.CURSOR_MAC)
            _round(Purpose.CURSOR_MAC)
            assert versions(Purpose.CURSOR_MAC) == [FIRST_VERSION, SECOND_VERSION], point


def test_cursors_are_read_under_the_version_before_for_a_day_and_no_longer() -> None:
    lists = Cursors(an_organization().id, "/v1/products")
    with own_versions(Purpose.CURSOR_MAC):
        before = lists.seal("position")
        add_version(Purpose.CURSOR_MAC)
        after = lists.seal("position")
        assert before != after
        assert (lists.open(before), lists.open(after)) == ("position", "position")

        now = utc_now()
        assert remove_past(Purpose.CURSOR_MAC, now + CURSORS_LIVE) == []
        assert remove_past(Purpose.CURSOR_MAC, now + CURSORS_LIVE + 2 * KNOWN_AFTER) == [FIRST_VERSION]
        make_older(Purpose.CURSOR_MAC, timedelta(), SECOND_VERSION)

        assert lists.open(after) == "position"
        with pytest.raises(InvalidCursor):
            lists.open(before)


def test_a_code_is_good_whichever_version_it_was_made_with() -> None:
    with own_versions(Purpose.CODE_HASH):
        before = new_code("purpose", "subject")
        add_version(Purpose.CODE_HASH)
        after = new_code("purpose", "subject")

        assert (before.key_version, after.key_version) == (FIRST_VERSION, SECOND_VERSION)
        for code in (before, after):
            kept = {"key_version": code.key_version, "purpose": "purpose", "subject": "subject"}
            assert code_matches(code.digits, code.digest, **kept)
            assert not code_matches("x" * 6, code.digest, **kept)


def test_a_password_is_right_whichever_pepper_it_was_hashed_with_and_is_hashed_anew() -> None:
    with own_versions(Purpose.PASSWORD_PEPPER):
        before = hash_password(PASSWORD)
        add_version(Purpose.PASSWORD_PEPPER)

        assert verify_password(PASSWORD, before)
        assert not verify_password(PASSWORD[::-1], before)
        assert is_outdated(before)
        assert hash_password(PASSWORD).pepper_version == SECOND_VERSION


@pytest.mark.parametrize("purpose", [Purpose.PASSWORD_PEPPER, Purpose.CODE_HASH, Purpose.BLIND_INDEX])
def test_what_values_without_an_end_were_made_with_stays(purpose: Purpose) -> None:
    with own_versions(purpose):
        add_version(purpose)
        assert remove_past(purpose, utc_now() + 10 * _YEAR) == []
        # Other tests make older ones.
        assert versions(purpose)[-2:] == [FIRST_VERSION, SECOND_VERSION]


def test_a_webhook_key_goes_once_its_overlap_is_over_and_is_missed_by_nobody() -> None:
    organization_id = an_organization().id
    with own_versions(Purpose.WEBHOOK_SIGNING):
        add_version(Purpose.WEBHOOK_SIGNING)
        now = utc_now()
        over = now - KNOWN_AFTER + PUBLISHED_AHEAD + OVERLAP
        at_the_end = over + KNOWN_AFTER
        assert len(published_keys(organization_id, over - timedelta(seconds=1))) == 2
        before = [key.id for key in published_keys(organization_id, at_the_end)]

        assert remove_past(Purpose.WEBHOOK_SIGNING, over) == []
        assert remove_past(Purpose.WEBHOOK_SIGNING, at_the_end) == [FIRST_VERSION]
        make_older(Purpose.WEBHOOK_SIGNING, timedelta(), SECOND_VERSION)

        assert [key.id for key in published_keys(organization_id, at_the_end)] == before == [SECOND_VERSION]
        assert len(signing_keys(organization_id, at_the_end)) == 1


def test_a_deployment_brings_no_version_back_that_a_rotation_removed() -> None:
    with own_versions(Purpose.CURSOR_MAC):
        add_version(Purpose.CURSOR_MAC, age=3 * CURSORS_LIVE)
        assert _round(Purpose.CURSOR_MAC)[0].removed == [FIRST_VERSION]
        provision_missing(utc_now())
        assert versions(Purpose.CURSOR_MAC) == [SECOND_VERSION]


def test_one_secret_that_fails_holds_up_no_other() -> None:
    both = (Purpose.CODE_HASH, Purpose.CURSOR_MAC)
    with own_versions(*both):
        # A version that nothing was sealed as before: a data key that is known already needs no KMS.
        add_version(Purpose.CODE_HASH, "V0051", age=_YEAR)
        add_version(Purpose.CURSOR_MAC, age=3 * CURSORS_LIVE)
        with sealing_key_disabled(), pytest.raises(RotationFailed):
            _round(*both)
        assert versions(Purpose.CODE_HASH) == [FIRST_VERSION, "V0051"]
        assert versions(Purpose.CURSOR_MAC) == [SECOND_VERSION]

        assert _round(*both)[0].newest_version == "V0052"


def test_the_tenth_version_is_newer_than_the_ninth() -> None:
    with own_versions(Purpose.CODE_HASH):
        add_version(Purpose.CODE_HASH, "V0009")
        assert add_successor(Purpose.CODE_HASH, max_age=timedelta(), now=utc_now())
        assert newest_stored(Purpose.CODE_HASH).version == "V0010"


def test_a_secret_that_was_never_provisioned_is_a_fault_and_not_made_by_a_rotation() -> None:
    with own_versions(Purpose.CODE_HASH):
        remove_secret(Purpose.CODE_HASH, FIRST_VERSION)
        for look in (newest_stored, newest_secret):
            with pytest.raises(LookupError, match="no secret for code_hash"):
                look(Purpose.CODE_HASH)
        with pytest.raises(RotationFailed):
            _round(Purpose.CODE_HASH)
        assert versions(Purpose.CODE_HASH) == []


def test_an_operator_has_one_secret_replaced_at_once_and_the_schedule_measures_every_age(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with own_versions(*Purpose):
        (asked,) = handler_module.handler({"purpose": "code_hash"}, Context())  # type: ignore[arg-type]
        told = handler_module.handler({"detail-type": "Scheduled Event"}, Context())  # type: ignore[arg-type]
        sealed = [item["sealed"]["B"] for item in stored(Purpose.CODE_HASH)]

    assert (asked["newest_version"], asked["is_new"]) == (SECOND_VERSION, True)
    assert [outcome["is_new"] for outcome in told] == [False] * len(Purpose)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "KeyAgeDays" in line]
    ages = {line["Purpose"]: line["KeyAgeDays"] for line in lines}
    days = {purpose: 0.0 if purpose == "code_hash" else 1.0 for purpose in (*Purpose, "platform_secrets")}
    assert {purpose: [round(age, 1) for age in told] for purpose, told in ages.items()} == {
        purpose: [age] for purpose, age in days.items()
    }
    assert {overdue for line in lines for overdue in line["KeyOverdueDays"]} == {0.0}
    assert not any(repr(value) in str(told) for value in sealed)


def test_an_unknown_purpose_is_told_as_such() -> None:
    with pytest.raises(ValueError, match="not a valid Purpose"):
        handler_module.handler({"purpose": "signing_key"}, Context())  # type: ignore[arg-type]
