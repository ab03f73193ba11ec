"""What an API key may do is what its creator's role, its scope and its resources all grant, and nothing else."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.auth.permissions import RESOURCES, Access, Permission, Role, Scope, permissions_of
from nexstock.auth.principals import Actor, ActorType, Principal, RequestOrigin
from nexstock.errors import AddressNotAllowed, Unauthenticated
from nexstock.ids import OrganizationId, UserId, new_id
from nexstock.persistence.transaction import Transaction

_AT = datetime(2026, 1, 1, tzinfo=UTC)
_ORIGIN = RequestOrigin("request-1", "203.0.113.7", "tests/1")
_NARROWINGS = st.none() | st.frozensets(st.sampled_from(sorted(RESOURCES)), min_size=1)


def _key(
    scope: Scope,
    resources: frozenset[str] | None,
    *,
    role: Role = Role.OWNER,
    address_allowed: bool = True,
) -> Principal:
    return Principal(
        OrganizationId(new_id("org", _AT)),
        Actor(ActorType.API_KEY, new_id("key", _AT), "Shop"),
        role,
        UserId(new_id("usr", _AT)),
        scope=scope,
        resources=resources,
        address_allowed=address_allowed,
    )


@pytest.mark.asvs("8.2.1")
@given(role=st.sampled_from(Role), scope=st.sampled_from(Scope), resources=_NARROWINGS)
def test_key_has_what_role_and_scope_and_resources_grant_together(
    role: Role, scope: Scope, resources: frozenset[str] | None
) -> None:
    granted = permissions_of(role, scope, resources)
    of_resources = {each for each in Permission if resources is None or each.resource in resources}

    assert granted == permissions_of(role) & permissions_of(Role.OWNER, scope) & of_resources
    assert granted <= permissions_of(role)


@given(
    role=st.sampled_from(Role),
    scope=st.sampled_from(Scope),
    resources=_NARROWINGS,
    address_allowed=st.booleans(),
)
def test_narrowing_survives_the_way_through_the_gateway(
    role: Role, scope: Scope, resources: frozenset[str] | None, *, address_allowed: bool
) -> None:
    principal = _key(scope, resources, role=role, address_allowed=address_allowed)

    arrived = Principal.from_context(principal.to_context())

    assert arrived == principal
    caller = arrived.as_caller(_ORIGIN, Transaction())
    assert caller.permissions == (permissions_of(role, scope, resources) if address_allowed else frozenset())


@given(name=st.text(st.characters(codec="ascii", exclude_characters="*,"), min_size=1))
def test_name_that_is_no_resource_grants_nothing(name: str) -> None:
    context = {**_key(Scope.ADMIN, None).to_context(), "resources": name}

    caller = Principal.from_context(context).as_caller(_ORIGIN, Transaction())

    assert caller.permissions == permissions_of(Role.OWNER, Scope.ADMIN, frozenset({name}))
    assert name in RESOURCES or not caller.permissions


@pytest.mark.parametrize("resources", ["", None, ["products"], 7])
def test_key_whose_narrowing_is_missing_is_nobodys(resources: object) -> None:
    context = {**_key(Scope.ADMIN, frozenset({"products"})).to_context(), "resources": resources}

    with pytest.raises(Unauthenticated):
        Principal.from_context(context)


@pytest.mark.parametrize("requirement", [*Permission, *Access])
def test_key_from_another_address_may_do_nothing(requirement: Permission | Access) -> None:
    caller = _key(Scope.ADMIN, None, address_allowed=False).as_caller(_ORIGIN, Transaction())

    assert caller.permissions == frozenset()
    with pytest.raises(AddressNotAllowed):
        caller.demand(requirement)


def test_every_resource_can_be_named() -> None:
    assert {permission.resource for permission in Permission} == RESOURCES
    assert not [name for name in RESOURCES if "," in name or "*" in name or not name]
