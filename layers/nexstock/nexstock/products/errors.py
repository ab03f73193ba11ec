"""Problems of products."""

from nexstock.errors import Conflict


class SkuTaken(Conflict):
    """Another product of the organization has this SKU (409)."""

    slug, title = "sku_taken", "Another product has this SKU"
