"""Claims of forged tokens: whatever is not exactly what we sign, of the types that we sign, lets nobody in.

Every token here has a true signature by our own key: the claims alone are what is wrong.
"""

import json
from datetime import timedelta
from typing import Any, Final

import pytest

from nexstock.auth.permissions import Role
from nexstock.clock import utc_now
from nexstock.ids import new_id
from tests.support.environment import PUBLIC_BASE_URL
from tests.support.forgeries import Json, status, token, true_claims
from tests.support.people import StaffedOrganization, an_organization

_TIMES: Final = ("iat", "exp")
_NAMES: Final = ("iss", "aud", "sub", "org", "role", "sid", "ver", "iat", "exp", "jti")


@pytest.fixture(scope="module")
def organization(platform: str) -> StaffedOrganization:  # noqa: ARG001 (needs the engine)
    return an_organization()


@pytest.fixture
def claims(organization: StaffedOrganization) -> Json:
    return true_claims(organization, organization.owner)


def test_token_made_like_ours_is_let_in(claims: Json) -> None:
    assert status(token(claims)) == 200


@pytest.mark.asvs("9.2.1")
@pytest.mark.parametrize("name", _NAMES)
def test_token_with_any_claim_missing_is_refused(claims: Json, name: str) -> None:
    del claims[name]

    assert status(token(claims)) == 401


@pytest.mark.asvs("9.2.1")
@pytest.mark.parametrize("name", _NAMES)
@pytest.mark.parametrize("value", [None, True, 1.5, "", [], {}, [None], -1], ids=str)
def test_token_with_any_claim_of_another_type_is_refused(claims: Json, name: str, value: Any) -> None:  # noqa: ANN401
    assert status(token({**claims, name: value})) == 401


@pytest.mark.asvs("9.2.1")
@pytest.mark.parametrize("name", _TIMES)
def test_times_are_whole_numbers_and_nothing_that_could_be_read_as_one(claims: Json, name: str) -> None:
    seconds = claims[name]
    for value in (str(seconds), f" {seconds}", float(seconds), [seconds], {"value": seconds}, seconds + 0.5):
        assert status(token({**claims, name: value})) == 401, repr(value)
    for text in ("NaN", "Infinity", "-Infinity", f"{seconds}.0", f"{seconds}e0", f"0{seconds}", "1e400", "9" * 400):
        written = json.dumps(claims).replace(f'"{name}": {seconds}', f'"{name}": {text}')
        assert text in written
        assert status(token(written)) == 401, text


@pytest.mark.asvs("9.2.1")
@pytest.mark.parametrize("value", [0, -1, 1, 2**31, 2**53, 2**63, 10**30], ids=str)
@pytest.mark.parametrize("name", _TIMES)
def test_no_token_is_good_for_longer_than_we_make_them(claims: Json, name: str, value: int) -> None:
    assert status(token({**claims, name: value})) == 401


@pytest.mark.asvs("9.2.1")
@pytest.mark.parametrize("value", [4_000_000_000, "4000000000", 0, "0", None, True, 1.5], ids=str)
def test_claim_that_we_do_not_make_is_refused_whatever_it_says(claims: Json, value: Any) -> None:  # noqa: ANN401
    for name in ("nbf", "scope", "admin", "EXP", "exp "):
        assert status(token({**claims, name: value})) == 401, name


@pytest.mark.parametrize("name", _NAMES)
def test_claim_given_twice_is_refused_whichever_is_true(claims: Json, name: str) -> None:
    true, false = f'"{name}": {json.dumps(claims[name])}', f'"{name}": "other"'
    written = json.dumps(claims)

    for twice in (f"{true}, {false}", f"{false}, {true}", f"{true}, {true}"):
        assert status(token(written.replace(true, twice))) == 401


@pytest.mark.parametrize("written", ["", "null", "[]", "1", '"x"', "{}", "{", "{}{}", "\ufeff{}", "[" * 5000], ids=repr)
def test_claims_that_are_no_object_are_refused(written: str) -> None:
    assert status(token(written[:2000])) == 401


@pytest.mark.asvs("9.2.1")
@pytest.mark.parametrize(
    ("age", "expected"),
    [(0, 200), (890, 200), (910, 401), (86_400, 401), (-3, 200), (-30, 401), (-86_400, 401)],
)
def test_token_is_good_from_its_issue_for_fifteen_minutes(
    organization: StaffedOrganization, age: int, expected: int
) -> None:
    issued = utc_now() - timedelta(seconds=age)

    assert status(token(true_claims(organization, organization.owner, issued))) == expected


@pytest.mark.asvs("9.2.3")
@pytest.mark.parametrize(
    "audience",
    ["another-api", "", "nexstock-api ", "NEXSTOCK-API", "nexstock", ["nexstock-api"], ["nexstock-api", "x"], [], None],
    ids=str,
)
def test_token_for_another_audience_is_refused(claims: Json, audience: Any) -> None:  # noqa: ANN401
    assert status(token({**claims, "aud": audience})) == 401


@pytest.mark.asvs("9.2.4")
@pytest.mark.parametrize(
    "issuer",
    [
        "https://api.staging.nexstock.com",
        PUBLIC_BASE_URL + "/",
        PUBLIC_BASE_URL.upper(),
        PUBLIC_BASE_URL.replace("https", "http"),
        "",
        [PUBLIC_BASE_URL],
        {},
    ],
    ids=str,
)
def test_token_of_another_stage_is_refused(claims: Json, issuer: Any) -> None:  # noqa: ANN401
    assert status(token({**claims, "iss": issuer})) == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"ver": 0},
        {"ver": 2},
        {"ver": "1"},
        {"ver": True},
        {"ver": 1.0},
        {"sub": "usr_1"},
        {"org": "org_1"},
        {"sid": "ses_1"},
        {"role": "root"},
        {"role": "OWNER"},
    ],
    ids=str,
)
def test_token_that_says_anything_else_is_refused(claims: Json, changes: Json) -> None:
    assert status(token({**claims, **changes})) == 401


def test_ids_of_other_kinds_and_of_nobody_are_refused(claims: Json) -> None:
    now = utc_now()
    kinds = {"sub": "usr", "org": "org", "sid": "ses"}
    for name, prefix in kinds.items():
        for other in kinds:
            if other != name:
                assert status(token({**claims, name: claims[other]})) == 401, (name, other)
        assert status(token({**claims, name: new_id(prefix, now)})) == 401, name
        for spelling in (claims[name].lower(), f"{claims[name]}\n", f" {claims[name]}", f"{claims[name]}#"):
            assert status(token({**claims, name: spelling})) == 401, spelling


def test_what_belongs_to_somebody_else_is_refused(organization: StaffedOrganization, claims: Json) -> None:
    foreign = an_organization()
    for changes in (
        {"org": foreign.id},
        {"sub": foreign.owner.id},
        {"sub": organization.member.id},
        {"sid": foreign.owner.session_id},
        {"sid": organization.member.session_id},
        {"sub": foreign.owner.id, "sid": foreign.owner.session_id},
    ):
        assert status(token({**claims, **changes})) == 401, changes


@pytest.mark.parametrize("role", ["admin", "member"])
def test_role_in_a_token_is_not_what_counts(organization: StaffedOrganization, role: str) -> None:
    claims = {**true_claims(organization, organization.people[Role(role)]), "role": "owner"}

    assert status(token(claims)) == 200
