"""Problems of products."""

from nexstock.errors import Conflict


class SkuTaken(Conflict):
    """Another product of the organization has this SKU (409)."""

    slug, title = "sku_taken", "Another product has this SKU"


class BarcodeTaken(Conflict):
    """Another product of the organization has one of the barcodes; `errors` says which (409)."""

    slug, title = "barcode_taken", "Another product has this barcode"

    def __init__(self, place: int) -> None:
        pointer = f"/barcodes/{place}"
        super().__init__(extensions={"errors": [{"pointer": pointer, "detail": "another product has it"}]})


class ComponentUnavailable(Conflict):
    """A component of the kit was deleted, or became a kit (409)."""

    slug, title = "component_unavailable", "A component of the kit is not available"
