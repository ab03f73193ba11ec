"""Postal addresses on the wire."""

from dataclasses import asdict
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints

from nexstock.addresses.countries import COUNTRIES
from nexstock.addresses.model import Address
from nexstock.http.schemas import PlainText, ValueBody, View


def _assigned(code: str) -> str:
    if code not in COUNTRIES:
        message = "has to be an ISO 3166-1 alpha-2 code"
        raise ValueError(message)
    return code


Line = Annotated[PlainText, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
PostalCode = Annotated[PlainText, StringConstraints(min_length=1, max_length=20, strip_whitespace=True)]
Country = Annotated[str, AfterValidator(_assigned), Field(json_schema_extra={"enum": sorted(COUNTRIES)})]


class AddressBody(ValueBody):
    """A postal address, whatever is known of it; a merge patch changes the parts that it names."""

    line1: Line | None = None
    line2: Line | None = None
    city: Line | None = None
    postal_code: PostalCode | None = None
    state: Line | None = None
    country: Country | None = None

    def merged_into(self, before: object) -> Address | None:
        """Return the address with the named parts changed; one that has no part left is none."""
        parts = asdict(before) if isinstance(before, Address) else {}
        merged = Address(**{**parts, **{name: getattr(self, name) for name in self.model_fields_set}})
        return None if merged == Address() else merged


class AddressView(View):
    """A postal address."""

    line1: str | None
    line2: str | None
    city: str | None
    postal_code: str | None
    state: str | None
    country: str | None

    @classmethod
    def of(cls, address: Address | None) -> Self | None:
        """Return the view of an address, if there is one."""
        return None if address is None else cls(**asdict(address))
