"""Requests made of canaries: a value that nobody else ever used in every field that an operation takes.

The fields are read from the OpenAPI document, so one that is new is filled as well.
"""

import json
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from infra.openapi import DOCUMENT
from tests.support.events import Json
from tests.support.requests import Route

_SIX_DIGITS: Final = "^[0-9]{6}$"
_OF_A_FORM: Final[Mapping[str, str]] = {
    "email": "{}@example.com",
    "newEmail": "{}@example.com",
    "url": "https://hooks.example.com/{}",
    "issuer": "https://{}.example.com",
    "domains": "{}.example.com",
}
"""How the fields look whose form the document does not tell; the others take any text."""

_OF_FEW_VALUES: Final[Mapping[str, str]] = {"timeZone": "Europe/Berlin", "allowedIps": "203.0.113.7"}
"""Texts of which most are none."""

_SECRETS: Final = frozenset(
    {"password", "currentPassword", "newPassword", "clientSecret", "token", "mfaToken", "refreshToken", "signInToken"}
)
_SECRET_PLACES: Final = ("/v1/auth/", "/v1/account/", "/v1/invitations/accept")
"""Where a code is a secret, and no name of a warehouse."""

_SECRET_HEADERS: Final = frozenset({"Authorization", "X-API-Key", "Cookie", "X-Step-Up"})
_SEALED_PLACES: Final = ("/v1/customers", "/v1/suppliers")
_NOT_SEALED: Final[Mapping[str, frozenset[str]]] = {
    # A supplier is a business, and found by its name.
    "/v1/suppliers": frozenset({"/name"}),
}


@dataclass(frozen=True)
class Canary:
    """One value that was sent: where, and what to look for."""

    place: str
    value: str
    is_secret: bool = False
    is_sealed: bool = False

    def is_in(self, text: str) -> bool:
        """Tell whether the value stands in a text; a code's six digits may well be part of a longer number."""
        return re.search(rf"(?<![0-9A-Za-z]){re.escape(self.value)}(?![0-9A-Za-z])", text) is not None


@dataclass
class CanaryRequest:
    """One request on a route: well-formed as far as its fields say what that is, or of text alone.

    Args:
        route: method and path, as the document has them.
        well_formed: whether each field is of its type, so that most requests are taken.
    """

    route: Route
    well_formed: bool
    canaries: list[Canary] = field(default_factory=list)

    def body(self) -> Any:  # noqa: ANN401 (any JSON value)
        """Return a body with a canary in every text of it; None where the operation takes none."""
        content = self._operation.get("requestBody", {}).get("content", {})
        if "text/csv" in content:
            return f"sku,name\n{self._new('/sku')},{self._new('/name')}\n"
        return self._filled(content["application/json"]["schema"], "") if content else None

    def query(self) -> dict[str, str]:
        """Return a canary for every parameter of the query."""
        named = [each for each in self._operation.get("parameters", ()) if each["in"] == "query"]
        if self.well_formed:
            # Nobody can make up a cursor.
            named = [each for each in named if each["name"] != "cursor"]
        return {each["name"]: str(self._filled(each["schema"], f"?{each['name']}")) for each in named}

    def headers(self) -> dict[str, str]:
        """Return a canary for every header of the operation, and for those that any client sends."""
        names = {each["name"] for each in self._operation.get("parameters", ()) if each["in"] == "header"}
        if self.well_formed:
            # No version is a canary, and another one than the present is a refusal.
            names -= {"If-Match"}
        general = ("User-Agent", "Referer", "X-Request-Id", "Accept-Language", "X-Forwarded-For", "Traceparent")
        return {name: self.header(name) for name in (*sorted(names), *general)}

    def header(self, name: str) -> str:
        """Return a canary for one header."""
        return self._new(name, is_secret=name in _SECRET_HEADERS)

    def path(self, ids: Mapping[str, str]) -> str:
        """Return the route's path with these ids, and canaries for the others."""
        names = re.findall(r"\{(\w+)\}", self.route[1])
        return self.route[1].format(**{name: ids.get(name) or self._new(f"{{{name}}}") for name in names})

    def _new(self, place: str, form: str = "{}", *, is_secret: bool = False) -> str:
        value = f"canary{secrets.token_hex(6)}"
        self._keep(place, value, is_secret=is_secret)
        return form.format(value)

    def _keep(self, place: str, value: str, *, is_secret: bool) -> None:
        name = _name_of(place)
        in_secret_place = self.route[1].startswith(_SECRET_PLACES)
        secret = is_secret or name in _SECRETS or (name == "code" and in_secret_place)
        self.canaries.append(Canary(place, value, is_secret=secret, is_sealed=self._is_sealed(place)))

    def _is_sealed(self, place: str) -> bool:
        owner = next((each for each in _SEALED_PLACES if self.route[1].startswith(each)), None)
        is_personal = place.startswith("/") or place == "?email"
        return owner is not None and is_personal and place not in _NOT_SEALED.get(owner, ())

    @property
    def _operation(self) -> Json:
        operation: Json = _document()["paths"][self.route[1]][self.route[0].lower()]
        return operation

    def _filled(self, schema: Json, place: str) -> Any:  # noqa: ANN401 (any JSON value)
        schema = _resolved(schema)
        if (properties := schema.get("properties")) is not None:
            return {name: self._filled(each, f"{place}/{name}") for name, each in properties.items()}
        if schema.get("type") == "object":
            others = schema.get("additionalProperties")
            return {"Colour": self._filled(others if isinstance(others, dict) else {}, f"{place}/Colour")}
        if schema.get("type") == "array":
            return [self._filled(schema["items"], f"{place}/0")]
        return self._value(schema, place)

    def _value(self, schema: Json, place: str) -> Any:  # noqa: ANN401 (any JSON value)
        if not self.well_formed:
            return self._new(place)
        name = _name_of(place)
        if name in _OF_FEW_VALUES:
            return _OF_FEW_VALUES[name]
        if schema.get("pattern") == _SIX_DIGITS:
            code = f"{secrets.randbelow(10**6):06d}"
            self._keep(place, code, is_secret=False)
            return code
        if (plain := _plain_value(schema)) is not None:
            return plain
        return self._new(place, _OF_A_FORM.get(name, "{}"))


def _name_of(place: str) -> str:
    """Return the name of the field at a place; entries of a list have that of the list."""
    return re.sub(r"(/0)+$", "", place).rpartition("/")[2].removeprefix("?")


def _plain_value(schema: Json) -> Any:  # noqa: ANN401 (any JSON value)
    """Return a valid value of what is no free text; None for a text."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    by_format = {"date-time": "2030-01-01T00:00:00Z", "date": "2030-01-01"}
    by_type = {"boolean": False, "integer": max(1, int(schema.get("minimum", 1))), "number": 1}
    if schema.get("pattern") == "^[A-Z]{3}$":
        return "USD"
    return by_format.get(schema.get("format", ""), by_type.get(schema.get("type", "")))


def _resolved(schema: Json) -> Json:
    """Return the schema that a value has to meet: of alternatives the first that is more than nothing."""
    while True:
        alternatives = schema.get("anyOf") or schema.get("oneOf")
        if "$ref" in schema:
            schema = _document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        elif alternatives:
            schema = next(each for each in alternatives if each.get("type") != "null")
        else:
            return schema


def fields_of(schema: Json, place: str = "") -> Iterator[str]:
    """Give the places of all values that a schema has room for, in every alternative."""
    if "$ref" in schema:
        yield from fields_of(_resolved({"$ref": schema["$ref"]}), place)
    elif alternatives := schema.get("anyOf") or schema.get("oneOf"):
        for each in alternatives:
            yield from fields_of(each, place)
    elif schema.get("type") == "array":
        yield from fields_of(schema["items"], f"{place}/0")
    elif schema.get("type") == "object":
        others = schema.get("additionalProperties")
        named = schema.get("properties") or {"Colour": others if isinstance(others, dict) else {}}
        for name, each in named.items():
            yield from fields_of(each, f"{place}/{name}")
    elif schema.get("type") != "null":
        yield place


@cache
def _document() -> Json:
    loaded: Json = json.loads(DOCUMENT.read_text())
    return loaded


def bodies() -> dict[Route, Json]:
    """Return the schema of every operation's body that is JSON."""
    return {
        (method.upper(), path): operation["requestBody"]["content"]["application/json"]["schema"]
        for path, operations in _document()["paths"].items()
        for method, operation in operations.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
