"""Passkeys: made and used for our domain, origin and challenge, by the person, for the person, and never copied."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexstock.auth.permissions import Role
from nexstock.auth.step_up import Action
from nexstock.clock import utc_now
from nexstock.errors import Unauthenticated
from nexstock.identity.items import TotpItem
from nexstock.identity.mfa_schemas import UsedCredential
from nexstock.identity.passkey_challenges import LIFETIME, issue
from nexstock.identity.passkey_sign_ins import use_passkey
from nexstock.identity.passkeys import MAX_PASSKEYS, PasskeyItem, find_owner, find_passkey
from nexstock.identity.passkeys import request_options as fresh_options
from nexstock.identity.people import find_recovery_codes, get_person, recovery_codes_left
from nexstock.persistence import identity_keys
from tests.support.api import call
from tests.support.authenticators import RP_ID, Authenticator, raw, text
from tests.support.events import Json
from tests.support.mailbox import mails_to
from tests.support.people import ORIGIN, Person, StaffedOrganization, add_person, an_organization
from tests.support.second_factors import (
    PASSKEYS,
    add_passkey,
    log_in,
    proof,
    request_options,
    sign_in_with,
    with_passkey,
    with_totp,
)

_COPY = "passkey_copied"


@pytest.fixture(scope="module")
def home(platform: str) -> StaffedOrganization:  # noqa: ARG001 (needs the engine)
    """Return an organization for this module."""
    return an_organization()


@pytest.fixture
def person(home: StaffedOrganization) -> Person:
    """Return a member of their own for each test."""
    return add_person(home, Role.MEMBER)


@pytest.mark.asvs("6.7.2")
def test_challenges_have_256_random_bits_and_no_two_are_the_same(person: Person) -> None:
    challenges = [call("POST", f"{PASSKEYS}/options", token=person.token).json["challenge"] for _ in range(10)]
    challenges += [request_options()["challenge"] for _ in range(10)]
    assert {len(raw(challenge)) for challenge in challenges} == {32}
    assert len(set(challenges)) == 20


def test_options_are_for_our_domain_and_ask_for_a_verified_person(person: Person) -> None:
    creation = call("POST", f"{PASSKEYS}/options", token=person.token).json
    assert (creation["rp"], creation["attestation"]) == ({"id": RP_ID, "name": "NexStock"}, "none")
    assert creation["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert [each["alg"] for each in creation["pubKeyCredParams"]] == [-8, -7, -257]
    request = request_options()
    assert (request["rpId"], request["userVerification"]) == (RP_ID, "required")
    assert len(raw(request["challenge"])) == len(raw(creation["challenge"])) == 32


def test_a_passkey_is_added_and_signs_in_without_a_password(home: StaffedOrganization, person: Person) -> None:
    device, added = with_passkey(person.token)
    assert len(added["recoveryCodes"]) == 10
    reply = sign_in_with(device.used(request_options()))
    assert (reply.status, reply.json["organizationId"], reply.json["role"]) == (200, home.id, "member")
    assert call("GET", "/v1/products", token=reply.json["accessToken"]).status == 200
    (listed,) = call("GET", PASSKEYS, token=person.token).json["items"]
    assert (listed["id"], listed["name"], listed["synced"]) == (added["id"], "Laptop", False)
    assert listed["lastUsedAt"] is not None
    assert mails_to(person.email)[-1]["template"] == "mfa_enabled"


@pytest.mark.asvs("7.4.3", "7.5.1")
def test_adding_a_passkey_ends_the_other_sessions_and_asks_for_a_proof(person: Person) -> None:
    elsewhere = log_in(person.email).json["accessToken"]
    options = call("POST", f"{PASSKEYS}/options", token=person.token).json
    body = {"name": "Laptop", "credential": Authenticator().made(options)}
    refused = call("POST", PASSKEYS, token=person.token, body=body)
    assert (refused.status, refused.json["code"]) == (403, "step_up_required")
    added = call("POST", PASSKEYS, token=person.token, body=body, headers=proof(person.token, Action.ADD_PASSKEY))
    assert added.status == 201
    assert added.headers["Location"] == f"{PASSKEYS}/{added.json['id']}"
    assert call("GET", PASSKEYS, token=person.token).status == 200
    assert call("GET", PASSKEYS, token=elsewhere).status == 401


def test_a_passkey_alone_makes_the_password_ask_for_it(person: Person) -> None:
    device, _ = with_passkey(person.token)
    asked = log_in(person.email).json
    assert asked["methods"] == ["recovery_code", "passkey"]
    body = {"mfaToken": asked["mfaToken"], "credential": device.used(request_options())}
    assert call("POST", "/v1/auth/login/mfa", body=body).status == 200
    assert call("POST", "/v1/auth/login/mfa", body=body).status == 401


def test_anothers_passkey_is_no_second_factor_of_mine(home: StaffedOrganization, person: Person) -> None:
    with_passkey(person.token)
    theirs, _ = with_passkey(add_person(home, Role.MEMBER).token)
    token = log_in(person.email).json["mfaToken"]
    body = {"mfaToken": token, "credential": theirs.used(request_options())}
    assert call("POST", "/v1/auth/login/mfa", body=body).status == 401


def _of(**wrong: object) -> Callable[[Json], Json]:
    def answer(options: Json) -> Json:
        return Authenticator(**wrong).made(options)  # type: ignore[arg-type]

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        _of(origin="https://evil.example"),
        _of(origin="http://app.nexstock.example"),
        _of(rp_id="nexstock.example.evil"),
        _of(verifies=False),
        lambda options: Authenticator().made(options, challenge=text(b"x" * 32)),
        lambda options: Authenticator().used({**options}),
        lambda options: {**Authenticator().made(options), "id": text(b"another")},
    ],
    ids=["origin", "scheme", "domain", "not verified", "challenge", "kind", "id"],
)
def test_a_passkey_made_for_something_else_is_not_taken(answer: Callable[[Json], Json], person: Person) -> None:
    options = call("POST", f"{PASSKEYS}/options", token=person.token).json
    body = {"name": "Laptop", "credential": answer(options)}
    reply = call("POST", PASSKEYS, token=person.token, body=body, headers=proof(person.token, Action.ADD_PASSKEY))
    assert reply.status == 422
    assert get_person(person.id).second_factors == []
    assert log_in(person.email).json["accessToken"]


def test_a_challenge_for_a_new_passkey_is_good_once_and_in_its_session_only(
    home: StaffedOrganization, person: Person
) -> None:
    other = add_person(home, Role.MEMBER)
    options = call("POST", f"{PASSKEYS}/options", token=other.token).json
    body = {"name": "Laptop", "credential": Authenticator().made(options)}
    stolen = call("POST", PASSKEYS, token=person.token, body=body, headers=proof(person.token, Action.ADD_PASSKEY))
    assert (stolen.status, stolen.json["code"]) == (422, "invalid_passkey")
    for expected in (201, 422):
        headers = proof(other.token, Action.ADD_PASSKEY)
        body = {"name": "Laptop", "credential": Authenticator().made(options)}
        assert call("POST", PASSKEYS, token=other.token, body=body, headers=headers).status == expected


def test_a_credential_id_belongs_to_one_person_in_the_whole_platform(home: StaffedOrganization, person: Person) -> None:
    device, _ = with_passkey(person.token)
    other = add_person(home, Role.MEMBER)
    refused = add_passkey(other.token, Authenticator(credential_id=device.credential_id))
    assert (refused.status, refused.json["code"]) == (409, "passkey_taken")
    assert get_person(other.id).second_factors == []
    assert sign_in_with(device.used(request_options())).status == 200


def _wrong_uses() -> dict[str, Callable[[Authenticator, Json], Json]]:
    def with_field(name: str, value: object) -> Callable[[Authenticator, Json], Json]:
        def answer(device: Authenticator, options: Json) -> Json:
            setattr(device, name, value)
            return device.used(options)

        return answer

    return {
        "origin": with_field("origin", "https://evil.example"),
        "domain": with_field("rp_id", "evil.example"),
        "not verified": with_field("verifies", value=False),
        "another's handle": with_field("user_handle", b"usr_01JD0000000000000000000000"),
        "unknown challenge": lambda device, options: device.used(options, challenge=text(b"x" * 32)),
        "unknown credential": with_field("credential_id", b"unknown"),
        "another key": lambda device, options: {
            **Authenticator(user_handle=device.user_handle).used(options),
            "id": text(device.credential_id),
            "rawId": text(device.credential_id),
        },
        "no handle": lambda device, options: _without_handle(device.used(options)),
    }


def _without_handle(credential: Json) -> Json:
    response = {name: value for name, value in credential["response"].items() if name != "userHandle"}
    return {**credential, "response": response}


@pytest.mark.parametrize("wrong", _wrong_uses().values(), ids=_wrong_uses().keys())
def test_a_passkey_used_for_something_else_signs_nobody_in(
    wrong: Callable[[Authenticator, Json], Json], person: Person
) -> None:
    device, _ = with_passkey(person.token)
    refused = sign_in_with(wrong(device, request_options()))
    assert (refused.status, refused.json["code"]) == (401, "unauthenticated")
    assert _COPY not in {mail["template"] for mail in mails_to(person.email)}


@pytest.mark.asvs("6.5.1")
def test_an_answer_is_good_once_even_when_it_was_refused(person: Person) -> None:
    device, _ = with_passkey(person.token)
    answer = device.used(request_options())
    assert [sign_in_with(answer).status for _ in range(2)] == [200, 401]
    options = request_options()
    spoilt = device.used(options)
    spoilt["response"]["signature"] = text(b"spoilt")
    assert sign_in_with(spoilt).status == 401
    assert sign_in_with(device.used(options)).status == 401


@pytest.mark.asvs("6.5.8")
def test_a_challenge_ends_after_five_minutes_on_the_servers_clock(person: Person) -> None:
    device, _ = with_passkey(person.token)
    now = utc_now()
    for age, good in ((LIFETIME - timedelta(seconds=1), True), (LIFETIME, False)):
        challenge = issue(now - age, session_id=None)
        answer = UsedCredential.model_validate(device.used({"challenge": challenge}))
        if good:
            assert use_passkey(answer, ORIGIN, now).user_id == person.id
        else:
            with pytest.raises(Unauthenticated):
                use_passkey(answer, ORIGIN, now)


def test_a_challenge_for_a_new_passkey_is_none_for_a_sign_in(person: Person) -> None:
    device, _ = with_passkey(person.token)
    options = call("POST", f"{PASSKEYS}/options", token=person.token).json
    assert sign_in_with(device.used({"challenge": options["challenge"]})).status == 401


def test_a_counter_that_goes_backwards_is_refused_and_the_owner_told(person: Person) -> None:
    device, _ = with_passkey(person.token)
    assert sign_in_with(device.used(request_options())).status == 200
    device.sign_count = 0
    assert sign_in_with(device.used(request_options())).status == 401
    (notice,) = [mail for mail in mails_to(person.email) if mail["template"] == _COPY]
    assert (notice["value_passkey"], notice["value_ip"]) == ("Laptop", "203.0.113.7")
    device.sign_count = 7
    assert sign_in_with(device.used(request_options())).status == 200


def test_a_synced_passkey_that_does_not_count_is_taken(person: Person) -> None:
    device, added = with_passkey(person.token, Authenticator(counts=False))
    assert added["synced"] is True
    assert [sign_in_with(device.used(request_options())).status for _ in range(3)] == [200] * 3
    stored = PasskeyItem.get(identity_keys.user_partition(person.id), identity_keys.passkey_sort_key(added["id"]))
    assert stored.sign_count == 0


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.sampled_from(["signature", "authenticatorData", "clientDataJSON"]), bit=st.integers(0, 10_000))
def test_an_answer_with_one_bit_changed_proves_nothing(where: str, bit: int, tampering: "_Tampering") -> None:
    credential = tampering.device.used({"challenge": fresh_options().challenge})
    changed = bytearray(raw(credential["response"][where]))
    changed[bit // 8 % len(changed)] ^= 1 << bit % 8
    credential["response"][where] = text(bytes(changed))
    with pytest.raises(Unauthenticated):
        use_passkey(UsedCredential.model_validate(credential), ORIGIN, utc_now())


class _Tampering:
    """A passkey whose answers are changed."""

    def __init__(self, home: StaffedOrganization) -> None:
        self.device, _ = with_passkey(add_person(home, Role.MEMBER).token, Authenticator(counts=False))


@pytest.fixture(scope="module")
def tampering(home: StaffedOrganization) -> _Tampering:
    """Return one passkey for all examples."""
    return _Tampering(home)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(garbage=st.binary(min_size=1, max_size=200))
def test_garbage_in_place_of_an_attestation_is_refused_as_invalid(garbage: bytes, home: StaffedOrganization) -> None:
    token = home.admin.token
    options = call("POST", f"{PASSKEYS}/options", token=token).json
    credential = Authenticator().made(options)
    credential["response"]["attestationObject"] = text(garbage)
    body = {"name": "Laptop", "credential": credential}
    reply = call("POST", PASSKEYS, token=token, body=body, headers=proof(token, Action.ADD_PASSKEY))
    assert (reply.status, reply.json["code"]) == (422, "invalid_passkey")


def test_a_removed_passkey_signs_nobody_in_and_takes_the_recovery_codes_along(person: Person) -> None:
    device, added = with_passkey(person.token)
    elsewhere = sign_in_with(device.used(request_options())).json["accessToken"]
    path = f"{PASSKEYS}/{added['id']}"
    assert call("DELETE", path, token=person.token).json["code"] == "step_up_required"
    assert call("DELETE", path, token=person.token, headers=proof(person.token)).status == 204
    assert call("DELETE", path, token=person.token, headers=proof(person.token)).status == 404
    assert sign_in_with(device.used(request_options())).status == 401
    assert call("GET", PASSKEYS, token=elsewhere).status == 401
    assert call("GET", PASSKEYS, token=person.token).json["items"] == []
    assert recovery_codes_left(person.id) == 0
    assert log_in(person.email).json["accessToken"]
    assert mails_to(person.email)[-1]["template"] == "mfa_disabled"


def test_a_deleted_account_takes_its_second_factors_along(person: Person) -> None:
    with_totp(person.token)
    device, added = with_passkey(person.token)
    headers = proof(person.token, Action.DELETE_ACCOUNT)
    assert call("DELETE", "/v1/account", token=person.token, headers=headers).status == 204
    assert find_passkey(person.id, added["id"]) is None
    assert find_owner(device.credential_id) is None
    assert find_recovery_codes(person.id) is None
    assert TotpItem.count(identity_keys.user_partition(person.id), TotpItem.sk == identity_keys.TOTP) == 0
    assert sign_in_with(device.used(request_options())).status == 401


def test_nobody_sees_or_removes_anothers_passkey(home: StaffedOrganization, person: Person) -> None:
    _, added = with_passkey(person.token)
    other = add_person(home, Role.OWNER)
    assert call("GET", PASSKEYS, token=other.token).json["items"] == []
    refused = call("DELETE", f"{PASSKEYS}/{added['id']}", token=other.token, headers=proof(other.token))
    assert refused.status == 404
    assert len(call("GET", PASSKEYS, token=person.token).json["items"]) == 1


def test_only_the_first_passkey_brings_recovery_codes_and_there_is_a_most(person: Person) -> None:
    brought = [with_passkey(person.token)[1]["recoveryCodes"] is not None for _ in range(MAX_PASSKEYS)]
    assert brought == [True] + [False] * (MAX_PASSKEYS - 1)
    refused = add_passkey(person.token, Authenticator())
    assert (refused.status, refused.json["code"]) == (409, "too_many_passkeys")
    options = call("POST", f"{PASSKEYS}/options", token=person.token).json
    assert len(options["excludeCredentials"]) == MAX_PASSKEYS
