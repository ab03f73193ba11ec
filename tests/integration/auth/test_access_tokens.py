"""Access tokens beside what is stored: how long they are good, and whom they let in (forged ones: test_forged_*.py)."""

from datetime import timedelta

import pytest

from nexstock.auth.permissions import Role
from nexstock.auth.token_issuer import issue_access_token
from nexstock.auth.tokens import AccessClaims
from nexstock.clock import utc_now
from nexstock.ids import UserId
from nexstock.members.model import Member
from nexstock.members.repository import MemberRepository
from tests.support.api import call
from tests.support.forgeries import Json, status, token, true_claims
from tests.support.people import StaffedOrganization, an_organization


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


@pytest.fixture
def claims(organization: StaffedOrganization) -> Json:
    return true_claims(organization, organization.owner)


def test_token_is_good_for_fifteen_minutes(organization: StaffedOrganization) -> None:
    owner = organization.owner
    claims = AccessClaims(owner.id, organization.id, owner.role, owner.session_id)

    assert status(issue_access_token(claims, utc_now() - timedelta(minutes=14))) == 200
    assert status(issue_access_token(claims, utc_now() - timedelta(minutes=15, seconds=10))) == 401


def test_session_of_one_organization_opens_none_of_the_persons_others(claims: Json) -> None:
    other = an_organization()
    tenant = other.tenant()
    user_id, now = UserId(claims["sub"]), utc_now()
    MemberRepository(tenant).add(
        Member(id=user_id, version=1, created_at=now, updated_at=now, name="x", email="x", role=Role.OWNER)
    )
    tenant.transaction.commit()

    assert status(token(claims)) == 200
    assert status(token({**claims, "org": other.id})) == 401


def test_role_in_a_token_grants_nothing(organization: StaffedOrganization) -> None:
    claims = {**true_claims(organization, organization.member), "role": Role.OWNER.value}

    assert call("GET", "/v1/api-keys", token=token(claims)).status == 403
