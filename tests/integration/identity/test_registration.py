"""Registration: one answer for every address, and codes that belong to one registration, for a while."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from nexstock.clock import utc_now
from nexstock.identity import codes
from nexstock.identity.errors import InvalidCode
from nexstock.identity.items import UserItem
from nexstock.identity.people import email_owner
from nexstock.identity.registration import open_registrations, register, resend_code, verify_email
from nexstock.identity.schemas import Register, ResendCode, VerifyEmail
from nexstock.persistence import identity_keys
from tests.support.api import Reply, call
from tests.support.containers import at_once
from tests.support.mailbox import codes_to, mails_to
from tests.support.people import ORIGIN, PASSWORD, an_email, an_organization


def _body(email: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 (fields of a body)
    return {"email": email, "password": PASSWORD, "name": "Pat", "organizationName": "Goods", **changes}


def _registered(email: str, **changes: Any) -> str:  # noqa: ANN401 (fields of a body)
    """Register and return the mailed code."""
    register(Register.model_validate(_body(email, **changes)), ORIGIN)
    return codes_to(email)[-1]


def _verify(email: str, code: str) -> Reply:
    return call("POST", "/v1/auth/verify-email", body={"email": email, "code": code})


def _login(email: str, password: str = PASSWORD) -> Reply:
    return call("POST", "/v1/auth/login", body={"email": email, "password": password})


def _other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_registered_person_owns_a_new_organization_once_the_code_is_entered() -> None:
    email = an_email()
    reply = call("POST", "/v1/auth/register", body=_body(email.upper()))

    assert (reply.status, reply.json["status"]) == (202, "verification_required")
    assert email_owner(email) is None
    assert _login(email).json["code"] == "email_not_verified"

    assert _verify(email, codes_to(email)[0]).status == 204
    signed_in = _login(email)
    assert (signed_in.status, signed_in.json["role"]) == (200, "owner")
    assert email_owner(email) == reply.json["userId"]


@pytest.mark.asvs("6.3.8")
def test_taken_address_gets_the_same_answer_and_its_owner_a_notice() -> None:
    taken, free = an_organization().owner.email, an_email()

    replies = [call("POST", "/v1/auth/register", body=_body(email)) for email in (taken, free)]

    for reply in replies:
        assert reply.status == 202
        assert set(reply.json) == {"userId", "status"}
    assert set(replies[0].headers) == set(replies[1].headers)
    assert [mail["template"] for mail in mails_to(taken)] == ["email_taken"]
    assert [mail["template"] for mail in mails_to(free)] == ["verify_email"]


def test_owner_of_a_taken_address_is_never_sent_a_code() -> None:
    owner = an_organization().owner
    call("POST", "/v1/auth/register", body=_body(owner.email, password="another long secret 7"))

    reply = call("POST", "/v1/auth/resend-code", body={"email": owner.email})

    assert reply.status == 202
    assert codes_to(owner.email) == []
    assert _login(owner.email).status == 200


@pytest.mark.asvs("6.6.2")
def test_code_activates_the_registration_that_it_was_mailed_for() -> None:
    email = an_email()
    first = _registered(email)
    second = _registered(email, password="a stranger's passphrase")

    assert _verify(email, first).status == 204
    assert _login(email).status == 200
    assert _login(email, "a stranger's passphrase").status == 401
    assert first == second or _verify(email, second).status == 422


def test_code_of_one_address_is_worth_nothing_at_another() -> None:
    email, other = an_email(), an_email()
    code, others_code = _registered(email), _registered(other)

    assert code == others_code or _verify(other, code).status == 422
    assert _verify(other, others_code).status == 204


@pytest.mark.asvs("6.6.3")
def test_code_is_dead_after_five_wrong_tries_even_for_who_knows_it() -> None:
    email = an_email()
    code = _registered(email)

    refusals = [_verify(email, _other(code)) for _ in range(codes.MAX_TRIES)]
    right = _verify(email, code)

    assert {reply.status for reply in refusals} == {422}
    assert (right.status, right.json["code"]) == (422, "invalid_code")
    assert email_owner(email) is None


def test_code_can_be_tried_again_before_its_tries_are_up() -> None:
    email = an_email()
    code = _registered(email)
    for _ in range(codes.MAX_TRIES - 1):
        _verify(email, _other(code))

    assert _verify(email, code).status == 204


@pytest.mark.asvs("6.5.1")
def test_code_is_good_once() -> None:
    email = an_email()
    code = _registered(email)

    assert [_verify(email, code).status for _ in range(2)] == [204, 422]


@pytest.mark.asvs("6.5.5")
@pytest.mark.parametrize(
    ("age", "good"),
    [
        (timedelta(seconds=599), True),
        (timedelta(seconds=600), False),
        (timedelta(seconds=601), False),
        (timedelta(days=2), False),
    ],
)
def test_code_is_good_for_ten_minutes(age: timedelta, good: bool) -> None:  # noqa: FBT001
    email, now = an_email(), utc_now()
    register(Register.model_validate(_body(email)), ORIGIN, clock=lambda: now)
    command = VerifyEmail(email=email, code=codes_to(email)[-1])
    later = now + age

    if good:
        verify_email(command, ORIGIN, clock=lambda: later)
    else:
        with pytest.raises(InvalidCode):
            verify_email(command, ORIGIN, clock=lambda: later)

    assert (email_owner(email) is not None) == good


def test_of_many_equal_verifications_at_once_exactly_one_wins() -> None:
    email = an_email()
    command = VerifyEmail(email=email, code=_registered(email))

    outcomes = at_once([lambda: verify_email(command, ORIGIN)] * 4)

    losers = [outcome.error for outcome in outcomes if outcome.error is not None]
    assert len(losers) == 3
    assert all(isinstance(error, InvalidCode) for error in losers)
    owner = email_owner(email)
    assert owner is not None
    user = UserItem.get(identity_keys.user_partition(owner), identity_keys.PROFILE, consistent_read=True)
    assert len(user.organization_ids) == 1


def test_parallel_guesses_get_no_more_tries_than_five() -> None:
    email = an_email()
    code = _registered(email)
    command = VerifyEmail(email=email, code=_other(code))

    at_once([lambda: verify_email(command, ORIGIN)] * 8)

    (registration,) = open_registrations(email, utc_now())
    assert registration.tries == codes.MAX_TRIES
    assert _verify(email, code).status == 422


def test_new_code_ends_the_old_one_and_has_tries_of_its_own() -> None:
    email = an_email()
    old = _registered(email)
    for _ in range(codes.MAX_TRIES):
        _verify(email, _other(old))

    resend_code(ResendCode(email=email), ORIGIN)
    new = codes_to(email)[-1]

    assert len(codes_to(email)) == 2
    assert old == new or _verify(email, old).status == 422
    assert _verify(email, new).status == 204


def _resent(email: str, user_id: str | None = None) -> int:
    return call("POST", "/v1/auth/resend-code", body={"email": email, "userId": user_id}).status


def test_registration_that_is_named_is_not_pushed_aside_by_strangers() -> None:
    email = an_email()
    mine = call("POST", "/v1/auth/register", body=_body(email)).json["userId"]
    for _ in range(6):
        register(Register.model_validate(_body(email, password="a stranger's passphrase")), ORIGIN)
    strangers = codes_to(email)[-1]

    assert _resent(email, mine) == 202
    code = codes_to(email)[-1]
    wrong = call("POST", "/v1/auth/verify-email", body={"email": email, "code": strangers, "userId": mine})
    right = call("POST", "/v1/auth/verify-email", body={"email": email, "code": code, "userId": mine})

    assert strangers == code or wrong.status == 422
    assert right.status == 204
    assert email_owner(email) == mine
    assert _login(email).status == 200


def test_registration_of_another_address_cannot_be_named() -> None:
    email, other = an_email(), an_email()
    mine = call("POST", "/v1/auth/register", body=_body(email)).json["userId"]
    code = codes_to(email)[-1]

    assert _resent(other, mine) == 202
    assert codes_to(email) == [code]
    assert call("POST", "/v1/auth/verify-email", body={"email": other, "code": code, "userId": mine}).status == 422
    assert call("POST", "/v1/auth/verify-email", body={"email": email, "code": code, "userId": "x"}).status == 422
    assert _verify(email, code).status == 204


def test_named_registration_is_over_after_a_day_like_any_other() -> None:
    email = an_email()
    mine = call("POST", "/v1/auth/register", body=_body(email)).json["userId"]
    later = utc_now() + timedelta(hours=24, seconds=1)

    resend_code(ResendCode.model_validate({"email": email, "userId": mine}), ORIGIN, clock=lambda: later)

    assert [mail["template"] for mail in mails_to(email)] == ["verify_email", "nothing"]
    command = VerifyEmail.model_validate({"email": email, "code": codes_to(email)[0], "userId": mine})
    with pytest.raises(InvalidCode):
        verify_email(command, ORIGIN, clock=lambda: later)


def test_asking_for_a_code_answers_alike_whoever_asks() -> None:
    email = an_email()
    _registered(email)

    replies = [call("POST", "/v1/auth/resend-code", body={"email": address}) for address in (email, an_email())]

    assert [reply.status for reply in replies] == [202, 202]
    assert replies[0].json == replies[1].json


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "short"},
        {"password": "x" * 200},
        {"password": "Goods and more goods"},
        {"name": ""},
        {"name": "\x00"},
        {"organizationName": "x" * 201},
        {"role": "owner"},
        {"password": None},
    ],
)
def test_refused_registration_leaves_nothing_behind(changes: dict[str, Any]) -> None:
    email = an_email()

    reply = call("POST", "/v1/auth/register", body=_body(email, **changes))

    assert reply.status == 422
    assert open_registrations(email, utc_now()) == []
    assert mails_to(email) == []


def test_address_is_sent_ten_mails_an_hour_and_the_answer_stays_the_same() -> None:
    email = an_email()
    _registered(email)

    replies = [call("POST", "/v1/auth/resend-code", body={"email": email}).status for _ in range(12)]

    assert set(replies) == {202}
    assert len(mails_to(email)) == 10


def test_codes_and_passwords_are_stored_as_hashes_only() -> None:
    email = an_email()
    code = _registered(email)

    (registration,) = open_registrations(email, utc_now())

    assert PASSWORD not in str(registration.serialize())
    assert registration.password_hash.startswith("$2b$12$")
    assert registration.code_digest not in {code.encode(), hashlib.sha256(code.encode()).digest()}
