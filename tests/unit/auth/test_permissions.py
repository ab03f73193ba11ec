"""The permission matrix, written out once more by hand: whoever changes it has to change it twice."""

from itertools import product

import pytest

from nexstock.auth.permissions import Level, Permission, Role, Scope, permissions_of

_READ = {
    Permission.ORGANIZATION_READ,
    Permission.MEMBERS_READ,
    Permission.PRODUCTS_READ,
    Permission.WAREHOUSES_READ,
    Permission.SUPPLIERS_READ,
    Permission.CUSTOMERS_READ,
    Permission.EVENTS_READ,
    Permission.STOCK_READ,
    Permission.ORDERS_READ,
    Permission.PURCHASE_ORDERS_READ,
    Permission.REPORTS_READ,
    Permission.IMPORTS_READ,
}
_WRITE = {
    *_READ,
    Permission.PRODUCTS_WRITE,
    Permission.WAREHOUSES_WRITE,
    Permission.SUPPLIERS_WRITE,
    Permission.CUSTOMERS_WRITE,
    Permission.STOCK_WRITE,
    Permission.ORDERS_WRITE,
    Permission.PURCHASE_ORDERS_WRITE,
    Permission.IMPORTS_WRITE,
}
_ADMIN = {
    *_WRITE,
    Permission.ORGANIZATION_ADMIN,
    Permission.CUSTOMERS_ADMIN,
    Permission.MEMBERS_ADMIN,
    Permission.INVITATIONS_ADMIN,
    Permission.API_KEYS_ADMIN,
    Permission.AUDIT_LOGS_ADMIN,
    Permission.ENCRYPTION_ADMIN,
    Permission.WEBHOOK_ENDPOINTS_ADMIN,
    Permission.WEBHOOK_DELIVERIES_ADMIN,
    Permission.SINGLE_SIGN_ON_ADMIN,
}
_OWNER = {*_ADMIN, Permission.ORGANIZATION_OWNER, Permission.SINGLE_SIGN_ON_OWNER, Permission.STOCK_OWNER}

_MATRIX: dict[tuple[Role, Scope | None], set[Permission]] = {
    (Role.OWNER, None): _OWNER,
    (Role.OWNER, Scope.ADMIN): _ADMIN,
    (Role.OWNER, Scope.WRITE): _WRITE,
    (Role.OWNER, Scope.READ): _READ,
    (Role.ADMIN, None): _ADMIN,
    (Role.ADMIN, Scope.ADMIN): _ADMIN,
    (Role.ADMIN, Scope.WRITE): _WRITE,
    (Role.ADMIN, Scope.READ): _READ,
    (Role.MEMBER, None): _WRITE,
    (Role.MEMBER, Scope.ADMIN): _WRITE,
    (Role.MEMBER, Scope.WRITE): _WRITE,
    (Role.MEMBER, Scope.READ): _READ,
}


def test_matrix_covers_every_role_and_scope() -> None:
    assert set(_MATRIX) == set(product(Role, [None, *Scope]))


@pytest.mark.asvs("8.2.1")
@pytest.mark.parametrize(("role", "scope"), _MATRIX)
def test_credential_permits_exactly_what_the_matrix_says(role: Role, scope: Scope | None) -> None:
    assert permissions_of(role, scope) == _MATRIX[role, scope]


@pytest.mark.parametrize(("role", "scope"), list(product(Role, Scope)))
def test_key_never_permits_more_than_its_creators_role(role: Role, scope: Scope) -> None:
    assert permissions_of(role, scope) <= permissions_of(role)


@pytest.mark.parametrize("permission", Permission)
def test_every_permission_is_a_resource_and_a_level(permission: Permission) -> None:
    resource, _, level = permission.value.partition(":")

    assert resource.replace("_", "").isalpha()
    assert permission.level is Level(level)
