"""The bases of what comes in and what goes out: camelCase on the wire, nothing unknown accepted."""

import re
from abc import abstractmethod
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic.alias_generators import to_camel

from nexstock.clock import to_rfc3339

Instant = Annotated[datetime, PlainSerializer(to_rfc3339, return_type=str)]
"""An aware instant, RFC 3339 in UTC on the wire."""


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        message = "has to lie between the years 1 and 9999"
        raise ValueError(message) from None


InstantInput = Annotated[AwareDatetime, AfterValidator(_in_utc), Field(description="RFC 3339, with an offset")]
"""An instant that a client names."""

Day = date | datetime
"""A whole day, or an instant in UTC; every `datetime` is a `date` too."""

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT: Final = re.compile(rf"{_DAY.pattern}T\d{{2}}:\d{{2}}:\d{{2}}(\.\d+)?(Z|[+-]\d{{2}}:\d{{2}})", re.ASCII)


def _day_or_instant(value: str) -> Day:
    if _DAY.fullmatch(value):
        return date.fromisoformat(value)
    if _INSTANT.fullmatch(value.upper()):
        return _in_utc(datetime.fromisoformat(value.upper()))
    message = "has to be a date, or an RFC 3339 instant with an offset"
    raise ValueError(message)


DayInput = Annotated[
    Day,
    PlainValidator(_day_or_instant),
    WithJsonSchema({"type": "string", "maxLength": 40, "description": "A date, or RFC 3339 with an offset"}),
]
"""A day, or an instant, that a client names."""

# A pattern and not a function, because Pydantic then trims before it measures. It also keeps out halves of surrogate
# pairs, which JSON can write but which are no characters and have no UTF-8 (RFC 8259, 8.2).
PlainText = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x08\x0b-\x1f]*$")]
"""Text of a person; line feeds and tabs are its only control characters."""

Name = Annotated[PlainText, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
"""A name that people read; never blank."""


def _normal_email(value: Any) -> Any:  # noqa: ANN401 (runs before the type is known)
    return value.strip().lower() if isinstance(value, str) else value


# One "@", no white space or control characters, a dot in the domain; whether it exists, only a mail to it shows.
Email = Annotated[
    str,
    BeforeValidator(_normal_email),
    StringConstraints(
        max_length=254,
        pattern=r"^[^@\s\x00-\x1f\x7f<>()\[\]\\,;:\"]{1,64}@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.[a-z0-9-]{2,63}$",
    ),
]
"""An e-mail address, in lower case."""


def as_number(value: Decimal) -> int | float:
    """Return a quantity as JSON writes it."""
    # At most 15 significant digits: the shortest text of the float is then the decimal itself.
    return int(value) if value == value.to_integral_value() else float(value)


Quantity = Annotated[
    Decimal,
    Field(ge=0, max_digits=15, decimal_places=4),
    PlainSerializer(as_number, return_type=int | float, when_used="json-unless-none"),
]
"""A count of a product's unit: an integer or a decimal with up to four places."""

PositiveQuantity = Annotated[Quantity, Field(gt=0)]
"""A quantity that is not zero."""

SignedQuantity = Annotated[
    Decimal,
    Field(max_digits=15, decimal_places=4),
    PlainSerializer(as_number, return_type=int | float, when_used="json-unless-none"),
]
"""A difference of quantities."""


class Command(BaseModel):
    """What a caller wants done; unknown fields are refused."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_alias=True, validate_by_name=False, extra="forbid", frozen=True
    )

    def values(self) -> dict[str, Any]:
        """Return every field by Python name, parts of the body as the values that they stand for."""
        return {name: value_of(getattr(self, name)) for name in type(self).model_fields}


class ValueBody(Command):
    """A part of a body that stands for one value of the model."""

    @abstractmethod
    def merged_into(self, before: object) -> object:
        """Return the value, given the one that stood there before, if one did (RFC 7396)."""


def value_of(part: object, before: object = None) -> object:
    """Return the value that a part of a body stands for, merged into the one before (RFC 7396)."""
    if isinstance(part, ValueBody):
        return part.merged_into(before)
    if isinstance(part, tuple):
        return tuple(value_of(each) for each in part)
    return part


class Patch(Command):
    """A JSON merge patch (RFC 7396): a field that is absent stays, a field that is null is removed.

    Fields named in `required` cannot be removed.
    """

    @model_validator(mode="after")
    def _keep_required(self) -> Self:
        removed = [name for name in self.model_fields_set & self.required_fields() if getattr(self, name) is None]
        if removed:
            message = f"{to_camel(removed[0])} cannot be removed"
            raise ValueError(message)
        return self

    @classmethod
    def required_fields(cls) -> frozenset[str]:
        """Return the names of the fields that the resource always has."""
        return frozenset()

    def changes(self) -> dict[str, Any]:
        """Return the named fields with their new values, by Python name."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class View(BaseModel):
    """What a caller is shown."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_alias=True, validate_by_name=True, extra="forbid", frozen=True
    )
