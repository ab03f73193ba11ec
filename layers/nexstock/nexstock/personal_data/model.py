"""Personal data in clear, and as it is stored."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Self

from pydantic.alias_generators import to_camel

from nexstock.addresses.model import Address
from nexstock.resources.model import Resource


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ContactDetails:
    """How somebody is reached, in clear; it hides from logs."""

    email: str | None = None
    phone: str | None = None
    address: Address | None = None
    notes: str | None = None

    def to_values(self) -> dict[str, Any]:
        """Return what there is, as JSON values by the names that the API gives them."""
        named = {to_camel(each.name): getattr(self, each.name) for each in fields(self)}
        values = {name: each.to_texts() if isinstance(each, Address) else each for name, each in named.items()}
        return {name: value for name, value in values.items() if value is not None}

    def to_json(self) -> bytes:
        """Return the text that is sealed."""
        return json.dumps(self.to_values(), ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Return what was sealed."""
        stored = json.loads(text)
        values = {each.name: stored.get(to_camel(each.name)) for each in fields(cls)}
        address = values.pop("address")
        return cls(**values, address=None if address is None else Address.from_texts(address))


@dataclass(frozen=True, slots=True)
class SealedDetails:
    """Personal data as it is stored.

    Everything is sealed together, so that a page of a list opens one value for each. `since` says of each field there
    in which version of the resource it was last written, so that the audit log can tell which of them changed, and not
    to what.
    """

    ciphertext: bytes = field(repr=False)
    since: Mapping[str, int]


NOTHING_SEALED: Final = SealedDetails(b"", {})
"""What is left of whom was erased; it opens nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Resource):
    """A resource with personal data."""

    details: SealedDetails
