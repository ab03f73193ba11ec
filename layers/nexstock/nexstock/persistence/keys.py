"""Partition and sort keys: built and split here, and of people in identity_keys.py (docs/access-patterns.md).

Every tenant item lives at `ORG#<organization id>#<KIND>`. Organization ids have a fixed length and no delimiter,
so no organization's key is the beginning of another's.
"""

from enum import StrEnum
from typing import Final

from nexstock.ids import OrganizationId, is_id


class Kind(StrEnum):
    """What a tenant item is: the last part of its partition key, and its `kind` attribute.

    `AUDIT_ENTRY` is what the entries of the audit table are where they are events; no item has it.
    """

    ORGANIZATION = "ORGANIZATION"
    MEMBER = "MEMBER"
    INVITATION = "INVITATION"
    OWNERS = "OWNERS"
    API_KEY = "API_KEY"
    PRODUCT = "PRODUCT"
    WAREHOUSE = "WAREHOUSE"
    SUPPLIER = "SUPPLIER"
    CUSTOMER = "CUSTOMER"
    STOCK_LEVEL = "STOCK_LEVEL"
    STOCK_MOVEMENT = "STOCK_MOVEMENT"
    STOCK_LOT = "STOCK_LOT"
    SERIAL_NUMBER = "SERIAL_NUMBER"
    TRANSFER = "TRANSFER"
    COUNT = "COUNT"
    COUNT_LINE = "COUNT_LINE"
    PURCHASE_ORDER = "PURCHASE_ORDER"
    ORDER = "ORDER"
    ORDER_EXPIRY = "ORDER_EXPIRY"
    COUNTER = "COUNTER"
    WEBHOOK_ENDPOINT = "WEBHOOK_ENDPOINT"
    SINGLE_SIGN_ON = "SINGLE_SIGN_ON"
    SINGLE_SIGN_ON_LINK = "SINGLE_SIGN_ON_LINK"
    IMPORT = "IMPORT"
    IMPORT_ERRORS = "IMPORT_ERRORS"
    EXPORT = "EXPORT"
    UNIQUE = "UNIQUE"
    USES = "USES"
    SECURITY_EVENT = "SECURITY_EVENT"
    AUDIT_ENTRY = "AUDIT_ENTRY"

    @property
    def resource(self) -> str:
        """The kind as the API's vocabulary writes it: `product`, `api_key`."""
        return self.value.lower()


def tenant_partition(organization_id: OrganizationId, kind: Kind) -> str:
    """Return the partition key of one organization's items of one kind."""
    return f"{organization_partition(organization_id)}#{kind}"


def index_partition(organization_id: OrganizationId, kind: Kind, name: str, value: str) -> str:
    """Return the partition of one list of one kind of items in an index."""
    return f"{tenant_partition(organization_id, kind)}#{name}#{value}"


def stock_level_sort_key(product_id: str, warehouse_id: str) -> str:
    """Return the sort key of the stock of a product in a warehouse; by product, so that one Query has them all."""
    return f"{stock_levels_prefix(product_id)}{warehouse_id}"


def stock_levels_prefix(product_id: str | None) -> str:
    """Return what the sort keys of a product's levels begin with; of all levels without a product."""
    return "" if product_id is None else f"{product_id}#"


def stock_in_warehouse(product_id: str, warehouse_id: str) -> str:
    """Return the text by which levels are sorted by warehouse."""
    return f"{stock_in_warehouse_prefix(warehouse_id)}{product_id}"


def stock_in_warehouse_prefix(warehouse_id: str) -> str:
    """Return what that text begins with for every level of a warehouse."""
    return f"{warehouse_id}#"


def stock_movement_sort_key(product_id: str, warehouse_id: str, sequence: int) -> str:
    """Return the sort key of a movement: below its level, in the order in which the level took them."""
    return f"{stock_movements_prefix(product_id, warehouse_id)}{sequence:012d}"


def stock_movements_prefix(product_id: str, warehouse_id: str) -> str:
    """Return what the sort keys of a level's movements begin with."""
    return f"{stock_level_sort_key(product_id, warehouse_id)}#"


def stock_lot_sort_key(product_id: str, warehouse_id: str, lot: str) -> str:
    """Return the sort key of what there is of a lot in a warehouse; the lot stands last, whatever its text."""
    return f"{stock_movements_prefix(product_id, warehouse_id)}{lot}"


def serial_number_sort_key(product_id: str, serial: str) -> str:
    """Return the sort key of a product's serial number, of which there is one in the organization."""
    return f"{stock_levels_prefix(product_id)}{serial}"


def count_line_sort_key(count_id: str, product_id: str) -> str:
    """Return the sort key of what was counted of a product: below its count sheet."""
    return f"{count_id}#{product_id}"


def import_errors_sort_key(import_id: str, row: int) -> str:
    """Return the sort key of what was wrong with some rows of an import, the first of them `row`."""
    return f"{import_errors_prefix(import_id)}{row:012d}"


def import_errors_prefix(import_id: str) -> str:
    """Return how the sort keys of all errors of an import begin."""
    return f"{import_id}#"


def organization_partition(organization_id: OrganizationId) -> str:
    """Return the partition key of an organization in the tables that hold one partition each.

    Raises:
        ValueError: not an organization id, so that no other text ever becomes the tenant part of a key.
    """
    return f"ORG#{_organization(organization_id)}"


def _organization(organization_id: OrganizationId) -> OrganizationId:
    if not is_id(organization_id, "org"):
        message = "not an organization id"
        raise ValueError(message)
    return organization_id


def organization_of(partition: str) -> OrganizationId:
    """Return the organization whose items a partition holds.

    Raises:
        ValueError: the partition belongs to no organization.
    """
    parts = partition.split("#")
    if len(parts) not in {2, 3} or parts[0] != "ORG" or not is_id(parts[1], "org"):
        message = "not an organization's partition"
        raise ValueError(message)
    return OrganizationId(parts[1])


def unique_claim(kind: Kind, field: str, value: str) -> str:
    """Return the sort key of the item that claims a value as unique within the organization."""
    return f"{kind}#{field}#{value}"


def use_sort_key(kind: Kind, resource_id: str) -> str:
    """Return the sort key of the count of those that need a resource."""
    return f"{kind}#{resource_id}"


def audit_entry_sort_key(sequence: int) -> str:
    """Return the sort key of an audit entry; 12 digits, so that text order is chain order."""
    return f"{_AUDIT_ENTRY}{sequence:012d}"


def audit_sequence_of(sort_key: str) -> int:
    """Return the sequence that an audit entry's sort key stands for."""
    return int(sort_key.removeprefix(_AUDIT_ENTRY))


def is_audit_entry(sort_key: str) -> bool:
    """Tell whether an item of the audit table is an entry, and not a note about some."""
    return sort_key.startswith(_AUDIT_ENTRY)


def audit_id_sort_key(entry_id: str) -> str:
    """Return the sort key of the note where in the chain an entry stands."""
    return f"ID#{entry_id}"


def audit_checkpoint_sort_key(size: int) -> str:
    """Return the sort key of the signed head of an audit log that had so many entries."""
    return f"CHECKPOINT#{size:012d}"


def audit_checkpoint_size_of(sort_key: str) -> int:
    """Return how many entries the log had whose signed head a sort key stands for."""
    return int(sort_key.removeprefix("CHECKPOINT#"))


def audit_ahead_shard(number: int) -> str:
    """Return a partition of the index of audit logs that are ahead of their checkpoints; several, so none gets hot."""
    return f"AHEAD#{number}"


def audit_id_of(sort_key: str) -> str:
    """Return the entry whose place in the chain the note at a sort key says."""
    return sort_key.removeprefix(audit_id_sort_key(""))


def audit_index_partition(organization_id: OrganizationId, index: str, value: str) -> str:
    """Return the partition of those of an organization's audit entries that an index lists below a value."""
    return f"{organization_partition(organization_id)}#{index}#{value}"


def message_sort_key(message_id: str) -> str:
    """Return the sort key of a webhook message."""
    return f"MESSAGE#{message_id}"


def attempt_sort_key(message_id: str, number: int) -> str:
    """Return the sort key of one attempt at a webhook message; not between the messages, which lists read."""
    return f"{attempts_prefix(message_id)}{number:03d}"


def attempts_prefix(message_id: str) -> str:
    """Return what the sort keys of all attempts at a message begin with."""
    return f"ATTEMPT#{message_id}#"


def attempt_number_of(sort_key: str) -> int:
    """Return the number that an attempt's sort key stands for."""
    return int(sort_key.rpartition("#")[2])


def health_sort_key(endpoint_id: str) -> str:
    """Return the sort key of how a webhook endpoint has been doing."""
    return f"HEALTH#{endpoint_id}"


def endpoint_list(organization_id: OrganizationId, endpoint_id: str) -> str:
    """Return the partition of the messages of one endpoint in an index."""
    return f"{organization_partition(organization_id)}#{endpoint_id}"


def places_prefix(endpoint_id: str, resource: str) -> str:
    """Return what the sort keys of the messages begin with that wait in line for an endpoint and a resource."""
    return f"PLACE#{endpoint_id}#{resource}#"


def place_sort_key(endpoint_id: str, resource: str, sequence: int) -> str:
    """Return the sort key of a message's place in line; 12 digits, so that text order is the line's order."""
    return f"{places_prefix(endpoint_id, resource)}{sequence:012d}"


def due_shard(number: int) -> str:
    """Return a partition of the index of waiting messages; several, so that none of them gets hot."""
    return f"DUE#{number}"


def organizations_shard(number: int) -> str:
    """Return a partition of the index of all organizations, in several parts."""
    return f"ORGANIZATIONS#{number}"


def order_expiry_shard(number: int) -> str:
    """Return a partition of the index of reservations that end: of all organizations, in several parts."""
    return f"ORDER_EXPIRY#{number}"


_AUDIT_ENTRY: Final = "ENTRY#"
AUDIT_HEAD: Final = "HEAD"
TO_BE_DISABLED: Final = "DISABLE"
WEBHOOK_SECRETS: Final = "WEBHOOK_SECRETS"
"""All webhook endpoints by the age of their secrets, those aside that stand in one of the next two."""
WEBHOOK_SECRETS_DUE: Final = "WEBHOOK_SECRETS_DUE"
"""Those whose owners were told that the secret will be replaced."""
WEBHOOK_SECRETS_UNTOLD: Final = "WEBHOOK_SECRETS_UNTOLD"
"""Those whose owners have yet to be told of something."""
MAX_AUDIT_SEQUENCE: Final = 10**12
LOCKOUT: Final = "LOCKOUT"
OWNER_COUNT: Final = "COUNT"
SIGNING_KEYS: Final = "SIGNING_KEY"
ROTATIONS: Final = "ROTATIONS"
CHECKPOINT_KEYS: Final = "CHECKPOINT_KEY"


def secret_partition(purpose: str) -> str:
    """Return the partition of the versions of one of the platform's own secrets."""
    return f"SECRET#{purpose}"


def data_keys_partition(organization_id: OrganizationId) -> str:
    """Return the partition of an organization's data keys."""
    return f"DATA_KEYS#{_organization(organization_id)}"


def data_keys_prefix(kind: str) -> str:
    """Return what the sort keys of the versions of one kind's data key begin with."""
    return f"{kind}#"


def data_key_sort_key(kind: str, version: str) -> str:
    """Return the sort key of one version of a data key."""
    return f"{data_keys_prefix(kind)}{version}"


def data_key_of(sort_key: str) -> tuple[str, str]:
    """Return the kind and the version that a data key's sort key stands for."""
    kind, _, version = sort_key.partition("#")
    return kind, version


def item_keys_partition(organization_id: OrganizationId, kind: str) -> str:
    """Return the partition of the keys of an organization's sealed resources of one kind."""
    return f"ITEM_KEYS#{_organization(organization_id)}#{kind}"


def data_key_rotations_partition(organization_id: OrganizationId) -> str:
    """Return the partition of how far the rotations of an organization's data keys have come."""
    return f"DATA_KEY_ROTATIONS#{_organization(organization_id)}"


def receipts_partition(organization_id: OrganizationId) -> str:
    """Return the partition of the receipts of what an organization had destroyed."""
    return f"RECEIPTS#{_organization(organization_id)}"


def lockout_partition(email: str) -> str:
    """Return the partition of the wrong passwords that were typed for an address."""
    return f"LOCKOUT#{email}"


def network_lockout_partition(network: str) -> str:
    """Return the partition of the wrong passwords that came from one place of the internet."""
    return f"NETWORK_LOCKOUT#{network}"


def throttle_partition(bucket: str, subject: str) -> str:
    """Return the partition of one token bucket."""
    return f"THROTTLE#{bucket}#{subject}"


def mail_partition(mail_id: str) -> str:
    """Return the partition of the note on what became of one mail."""
    return f"MAIL#{mail_id}"


def idempotency_partition(organization_id: OrganizationId, key_digest: str) -> str:
    """Return the partition of one idempotency record; the digest covers caller, route and key."""
    return f"IDEMPOTENCY#{organization_id}#{key_digest}"
