"""A postal address, as the rest of the system sees it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self

from pydantic.alias_generators import to_camel


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; `country` is an ISO 3166-1 alpha-2 code."""

    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    postal_code: str | None = None
    state: str | None = None
    country: str | None = None

    def to_texts(self) -> dict[str, str]:
        """Return the parts that there are, by the names that the API gives them."""
        return {to_camel(name): text for name, text in asdict(self).items() if text is not None}

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Self:
        """Return the address whose parts these are."""
        return cls(**{name: texts.get(to_camel(name)) for name in cls.__dataclass_fields__})
