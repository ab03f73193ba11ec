"""The authorizer's context reads back as what was written, or not at all."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.auth.permissions import Access, Level, Permission, Role, Scope
from nexstock.auth.principals import Actor, ActorType, Principal, RequestOrigin, founding_tenant, system_tenant
from nexstock.errors import Forbidden, Unauthenticated
from nexstock.ids import OrganizationId, SessionId, UserId, new_id
from nexstock.persistence.transaction import Transaction

_AT = datetime(2026, 1, 1, tzinfo=UTC)
_ORGANIZATION = OrganizationId(new_id("org", _AT))
_USER = UserId(new_id("usr", _AT))
_ORIGIN = RequestOrigin("request-1", "203.0.113.7", "tests/1")


def _person(role: Role = Role.MEMBER, name: str = "Pat") -> Principal:
    actor = Actor(ActorType.USER, _USER, name)
    return Principal(_ORGANIZATION, actor, role, _USER, session_id=SessionId(new_id("ses", _AT)))


def _key(role: Role = Role.OWNER, scope: Scope = Scope.READ) -> Principal:
    return Principal(_ORGANIZATION, Actor(ActorType.API_KEY, new_id("key", _AT), "Shop"), role, _USER, scope=scope)


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:0001:0002:ffff::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::6", "2001:db8:1:3::/64"),
        ("test-invoke-source-ip", "test-invoke-source-ip"),
    ],
)
def test_addresses_are_counted_by_the_network_that_one_customer_has(ip: str, network: str) -> None:
    assert RequestOrigin("request-1", ip, "tests/1").network == network


@given(role=st.sampled_from(Role), name=st.text(max_size=200))
def test_person_survives_the_way_through_the_gateway(role: Role, name: str) -> None:
    principal = _person(role, name)

    assert Principal.from_context(principal.to_context()) == principal


@given(role=st.sampled_from(Role), scope=st.sampled_from(Scope))
def test_api_key_survives_the_way_through_the_gateway(role: Role, scope: Scope) -> None:
    principal = _key(role, scope)

    assert Principal.from_context(principal.to_context()) == principal


def test_context_holds_texts_only() -> None:
    assert all(isinstance(value, str) for value in [*_person().to_context().values(), *_key().to_context().values()])


@pytest.mark.parametrize("principal", [_person(), _key()], ids=["person", "key"])
@pytest.mark.parametrize("name", _person().to_context())
def test_context_with_anything_missing_lets_nobody_in(principal: Principal, name: str) -> None:
    context = principal.to_context()
    del context[name]

    with pytest.raises(Unauthenticated):
        Principal.from_context(context)


@pytest.mark.parametrize(
    ("principal", "changed"),
    [
        (_person(), {"organizationId": ""}),
        (_person(), {"organizationId": "org_1"}),
        (_person(), {"organizationId": _USER}),
        (_person(), {"userId": ""}),
        (_person(), {"role": ""}),
        (_person(), {"role": "root"}),
        (_person(), {"actorType": "system"}),
        (_person(), {"actorType": "admin"}),
        (_person(), {"sessionId": ""}),
        (_person(), {"scope": "admin"}),
        (_person(), {"scope": "everything"}),
        (_person(), {"actorType": "api_key"}),
        (_key(), {"scope": ""}),
        (_key(), {"sessionId": new_id("ses", _AT)}),
        (_key(), {"actorType": "user"}),
        (_key(), {"actorType": "system", "scope": ""}),
    ],
)
def test_context_that_contradicts_itself_lets_nobody_in(principal: Principal, changed: dict[str, str]) -> None:
    with pytest.raises(Unauthenticated):
        Principal.from_context({**principal.to_context(), **changed})


@pytest.mark.parametrize("context", [{}, {"principalId": "x"}, {"organizationId": None}, {"organizationId": 7}])
def test_what_no_authorizer_wrote_lets_nobody_in(context: dict[str, object]) -> None:
    with pytest.raises(Unauthenticated):
        Principal.from_context({**_person().to_context(), "organizationId": None, **context})


@pytest.mark.parametrize("permission", Permission)
def test_caller_gets_as_far_as_its_permissions(permission: Permission) -> None:
    caller = _key(Role.OWNER, Scope.READ).as_caller(_ORIGIN, Transaction())
    if permission.level is Level.READ:
        caller.demand(permission)
        assert permission in caller.permissions
    else:
        with pytest.raises(Forbidden):
            caller.demand(permission)


def test_signed_in_means_a_person_and_never_a_key() -> None:
    for access in (Access.SIGNED_IN, Access.ACCOUNT):
        _person().as_caller(_ORIGIN, Transaction()).demand(access)

    with pytest.raises(Forbidden):
        _key(Role.OWNER, Scope.ADMIN).as_caller(_ORIGIN, Transaction()).demand(Access.SIGNED_IN)
    with pytest.raises(Forbidden):
        _key(Role.OWNER, Scope.ADMIN).as_caller(_ORIGIN, Transaction()).demand(Access.ACCOUNT)


def test_caller_acts_in_its_own_organization_with_its_own_transaction() -> None:
    one, other = (_person().as_caller(_ORIGIN, Transaction()).tenant for _ in range(2))

    assert one.organization_id == _ORGANIZATION
    assert one.transaction is not other.transaction


def test_platform_acts_under_its_purpose_without_an_address() -> None:
    tenant = system_tenant(_ORGANIZATION, "audit")

    assert (tenant.actor, tenant.origin) == (
        Actor(ActorType.SYSTEM, "audit", "audit"),
        RequestOrigin(request_id="", ip="", user_agent=""),
    )


def test_founder_acts_in_the_organization_being_founded() -> None:
    founder = Actor(ActorType.USER, _USER, "Pat")
    transaction = Transaction()

    tenant = founding_tenant(_ORGANIZATION, founder, _ORIGIN, transaction)

    assert (tenant.organization_id, tenant.actor, tenant.transaction) == (_ORGANIZATION, founder, transaction)
