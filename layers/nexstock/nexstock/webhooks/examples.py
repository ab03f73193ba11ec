"""An example of each event type's messages, made from the schema that describes them, so that it is never outdated."""

from collections.abc import Mapping
from typing import Any, Final

_AT: Final = "2026-11-24T18:00:00.000Z"
_ID: Final = "01JD8KX3ZQ4T5V6W7X8Y9Z0ABC"
_PREFIXES: Final = {
    "api_key": "key",
    "audit": "aud",
    "count": "cnt",
    "customer": "cus",
    "export": "exp",
    "import": "imp",
    "member": "usr",
    "order": "ord",
    "product": "prd",
    "purchase_order": "pur",
    "stock": "mov",
    "supplier": "sup",
    "transfer": "trf",
    "warehouse": "whs",
    "webhook_endpoint": "whe",
}
_TEXTS: Final = {
    "organizationId": f"org_{_ID}",
    "productId": f"prd_{_ID}",
    "warehouseId": f"whs_{_ID}",
    "customerId": f"cus_{_ID}",
    "supplierId": f"sup_{_ID}",
    "endpointId": f"whe_{_ID}",
    "createdBy": f"usr_{_ID}",
    "currency": "USD",
    "email": "ada@harbour.example",
    "name": "Harbour Goods",
    "sku": "ANV-100",
    "unit": "each",
    "url": "https://hooks.harbour.example/nexstock",
    "number": "SO-000042",
    "country": "US",
}
_QUANTITY: Final = 12
_NULL: Final = {"type": "null"}

Json = Any


def example_of(schema: Mapping[str, Json]) -> dict[str, Json]:
    """Return a message that is valid by the JSON Schema of its type."""
    resource = schema["properties"]["type"]["const"].partition(".")[0]
    example: dict[str, Json] = _Examples(schema.get("$defs", {})).of(schema, "")
    if "id" in example["data"]:
        example["data"]["id"] = f"{_PREFIXES[resource]}_{_ID}"
    return {**example, "id": f"msg_{_ID}"}


class _Examples:
    def __init__(self, definitions: Mapping[str, Json]) -> None:
        self._definitions = definitions

    def of(self, schema: Mapping[str, Json], name: str) -> Json:
        """Return an example of a value; `name` is the property that it is the value of."""
        if "$ref" in schema:
            return self.of(self._definitions[schema["$ref"].rpartition("/")[2]], name)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        if "anyOf" in schema:
            return self.of(next((each for each in schema["anyOf"] if each != _NULL), _NULL), name)
        return self._of_type(schema, name)

    def _of_type(self, schema: Mapping[str, Json], name: str) -> Json:
        match schema.get("type"):
            case "object":
                return {each: self.of(part, each) for each, part in schema.get("properties", {}).items()}
            case "array":
                return [self.of(schema["items"], name)] if "items" in schema else []
            case "string":
                return _text(name)
            case "integer" | "number":
                return schema.get("minimum", 1 if name in {"version", "sequence"} else _QUANTITY)
            case "boolean":
                return True
        return None


def _text(name: str) -> str:
    if name in _TEXTS:
        return _TEXTS[name]
    return _AT if name.endswith(("At", "Until", "Since", "On")) else f"{name or 'text'}"
