"""Every type of event that customers can be told of: the one list behind messages, filters and schemas."""

from collections.abc import Mapping
from typing import Final

from nexstock.persistence.keys import Kind

_KEPT: Final = ("created", "updated", "deleted", "restored")
"""What happens to a resource that can be restored."""


def _types(resource: str, *verbs: str) -> tuple[str, ...]:
    return tuple(f"{resource}.{verb}" for verb in verbs)


EVENT_TYPES: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.PRODUCT: _types("product", *_KEPT),
    Kind.WAREHOUSE: _types("warehouse", *_KEPT),
    Kind.SUPPLIER: _types("supplier", *_KEPT),
    Kind.CUSTOMER: _types("customer", *_KEPT, "erased"),
    Kind.STOCK_LEVEL: _types("stock", "low", "out"),
    Kind.STOCK_MOVEMENT: _types("stock", "adjusted", "transferred"),
    Kind.TRANSFER: _types("transfer", "created", "received", "cancelled"),
    Kind.COUNT: _types("count", "created", "updated", "posted", "cancelled"),
    Kind.PURCHASE_ORDER: _types("purchase_order", "created", "updated", "submitted", "received", "cancelled"),
    Kind.ORDER: _types("order", "created", "updated", "confirmed", "fulfilled", "cancelled", "returned"),
    Kind.IMPORT: _types("import", "created", "completed"),
    Kind.EXPORT: _types("export", "created", "completed"),
    Kind.MEMBER: _types("member", *_KEPT),
    Kind.API_KEY: _types("api_key", "created", "updated", "rotated", "revoked"),
    Kind.AUDIT_ENTRY: _types("audit", "recorded"),
    Kind.WEBHOOK_ENDPOINT: _types(
        "webhook_endpoint",
        *("created", "updated", "rotated", "secret_due", "secret_revealed", "disabled", "deleted"),
    ),
}
"""By the kind of item whose changes they are."""

PING: Final = "webhook.ping"
"""What tests an endpoint: nothing has happened, and it goes to that endpoint whatever it asked for."""

FILTERS: Final = frozenset(
    name for types in EVENT_TYPES.values() for each in types for name in (each, f"{each.partition('.')[0]}.*")
) | {"*"}
"""What an endpoint can ask for: a type, all of a resource, or all."""
