"""The permission matrix: the one source of who may do what, printed into the docs and the OpenAPI file.

A permission is a resource and a level. Roles and API-key scopes both grant levels, and a key may be narrowed to some
resources; a key never grants more than its creator's present role does, because all of them are intersected on every
request.
"""

from enum import Enum, StrEnum
from typing import Final


class Level(StrEnum):
    """How far an operation reaches; each includes nothing of the others by itself."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"
    OWNER = "owner"


class Role(StrEnum):
    """What a member is in an organization."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"


class Scope(StrEnum):
    """What an API key was made for."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Permission(StrEnum):
    """One thing that an operation may require, as `resource:level`."""

    PRODUCTS_READ = "products:read"
    PRODUCTS_WRITE = "products:write"
    IMPORTS_READ = "imports:read"
    IMPORTS_WRITE = "imports:write"
    WAREHOUSES_READ = "warehouses:read"
    WAREHOUSES_WRITE = "warehouses:write"
    SUPPLIERS_READ = "suppliers:read"
    SUPPLIERS_WRITE = "suppliers:write"
    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    CUSTOMERS_ADMIN = "customers:admin"
    EVENTS_READ = "events:read"
    STOCK_READ = "stock:read"
    STOCK_WRITE = "stock:write"
    STOCK_OWNER = "stock:owner"
    PURCHASE_ORDERS_READ = "purchase_orders:read"
    PURCHASE_ORDERS_WRITE = "purchase_orders:write"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    REPORTS_READ = "reports:read"
    ORGANIZATION_READ = "organization:read"
    ORGANIZATION_ADMIN = "organization:admin"
    ORGANIZATION_OWNER = "organization:owner"
    MEMBERS_READ = "members:read"
    MEMBERS_ADMIN = "members:admin"
    INVITATIONS_ADMIN = "invitations:admin"
    API_KEYS_ADMIN = "api_keys:admin"
    AUDIT_LOGS_ADMIN = "audit_logs:admin"
    WEBHOOK_ENDPOINTS_ADMIN = "webhook_endpoints:admin"
    WEBHOOK_DELIVERIES_ADMIN = "webhook_deliveries:admin"
    ENCRYPTION_ADMIN = "encryption:admin"
    SINGLE_SIGN_ON_ADMIN = "single_sign_on:admin"
    SINGLE_SIGN_ON_OWNER = "single_sign_on:owner"

    @property
    def resource(self) -> str:
        """What the permission is about."""
        return self.value.rpartition(":")[0]

    @property
    def level(self) -> Level:
        """How far the permission reaches."""
        return Level(self.value.rpartition(":")[2])


class Access(Enum):
    """What an operation may require instead of a permission."""

    PUBLIC = "public"
    """Anyone, without a credential."""
    SIGNED_IN = "signed_in"
    """Any signed-in person; never an API key."""
    ACCOUNT = "account"
    """A signed-in person who speaks for the whole account, wherever it belongs; never an API key."""


Requirement = Permission | Access

LEVELS_OF_ROLE: Final = {
    Role.OWNER: frozenset({Level.READ, Level.WRITE, Level.ADMIN, Level.OWNER}),
    Role.ADMIN: frozenset({Level.READ, Level.WRITE, Level.ADMIN}),
    Role.MEMBER: frozenset({Level.READ, Level.WRITE}),
}

LEVELS_OF_SCOPE: Final = {
    Scope.READ: frozenset({Level.READ}),
    Scope.WRITE: frozenset({Level.READ, Level.WRITE}),
    Scope.ADMIN: frozenset({Level.READ, Level.WRITE, Level.ADMIN}),
}
"""No scope has the owner's level: what only an owner may do, only a signed-in owner does."""


RESOURCES: Final = frozenset(permission.resource for permission in Permission)
"""What an API key can be narrowed to."""


def permissions_of(
    role: Role, scope: Scope | None = None, resources: frozenset[str] | None = None
) -> frozenset[Permission]:
    """Return what a member may do, or, given a scope, what that member's API key may do.

    Args:
        role: the member's present role.
        scope: the key's scope.
        resources: what the key is narrowed to; None narrows nothing, a name that is no resource grants nothing.
    """
    levels = LEVELS_OF_ROLE[role]
    if scope is not None:
        levels &= LEVELS_OF_SCOPE[scope]
    return frozenset(
        permission
        for permission in Permission
        if permission.level in levels and (resources is None or permission.resource in resources)
    )
