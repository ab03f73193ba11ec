"""Problems of warehouses."""

from nexstock.errors import Conflict


class WarehouseCodeTaken(Conflict):
    """Another warehouse of the organization has this code (409)."""

    slug, title = "warehouse_code_taken", "Another warehouse has this code"
