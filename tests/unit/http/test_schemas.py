"""What comes in: nothing unknown, no odd characters, and merge patches as RFC 7396 has them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from nexstock.http.schemas import Command, InstantInput, Name, Patch, PlainText, Quantity


class _Thing(Command):
    display_name: Name
    count: Quantity | None = None


class _ThingPatch(Patch):
    display_name: Name | None = None
    note: PlainText | None = None
    count: Quantity | None = None

    @classmethod
    def required_fields(cls) -> frozenset[str]:
        return frozenset({"display_name"})


@pytest.mark.parametrize(
    "body",
    [
        {"displayName": "x", "other": 1},
        {"display_name": "x"},
        {"displayName": "x", "display_name": "y"},
        {"DisplayName": "x"},
        {},
    ],
)
def test_only_the_contracts_names_are_read(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _Thing.model_validate(body)


@pytest.mark.parametrize("name", ["", "   ", "\t\n", "a\x00b", "a\x1bb", "a\rb", "\ud800", "a" * 201])
def test_name_is_readable_text(name: str) -> None:
    with pytest.raises(ValidationError):
        _Thing.model_validate({"displayName": name})


def test_name_is_stored_without_the_space_around_it() -> None:
    assert _Thing.model_validate({"displayName": "  Réservoir 水 🚚 "}).display_name == "Réservoir 水 🚚"


@pytest.mark.parametrize("text", ["a\ud800", "\udfff", "x\ud83d", "a\x07"])
def test_text_without_limits_of_its_own_is_still_text(text: str) -> None:
    with pytest.raises(ValidationError):
        _ThingPatch.model_validate({"note": text})


@pytest.mark.parametrize("text", ["", "two\nlines\tand a tab", "🚚", "x" * 10_000])
def test_line_feeds_and_tabs_are_text(text: str) -> None:
    assert _ThingPatch.model_validate({"note": text}).note == text


def test_patch_names_what_it_changes_and_nothing_else() -> None:
    assert _ThingPatch.model_validate({}).changes() == {}
    assert _ThingPatch.model_validate({"note": None}).changes() == {"note": None}
    assert _ThingPatch.model_validate({"displayName": "x", "count": 0}).changes() == {
        "display_name": "x",
        "count": Decimal(0),
    }


def test_patch_may_remove_what_nothing_requires() -> None:
    class Free(Patch):
        note: PlainText | None = None

    assert Free.model_validate({"note": None}).changes() == {"note": None}


def test_patch_cannot_remove_what_a_thing_always_has() -> None:
    with pytest.raises(ValidationError, match="displayName cannot be removed"):
        _ThingPatch.model_validate({"displayName": None})


@pytest.mark.parametrize("count", [-1, Decimal("0.00001"), 10**15, "x", True, [], Decimal("NaN"), float("inf")])
def test_quantity_is_a_countable_decimal(count: object) -> None:
    with pytest.raises(ValidationError):
        _Thing.model_validate({"displayName": "x", "count": count})


@given(count=st.decimals(min_value=0, max_value=10**11 - 1, places=4))
def test_quantity_is_shown_as_the_number_it_is(count: Decimal) -> None:
    thing = _Thing.model_validate({"displayName": "x", "count": count})

    shown = thing.model_dump(mode="json")["count"]

    assert Decimal(str(shown)) == count
    assert isinstance(shown, int) == (count == count.to_integral_value())


@pytest.mark.parametrize(
    "text",
    [
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
        "2030-01-01T00:00:00",
        "2030-01-01",
        "tomorrow",
        "2030-02-30T00:00:00Z",
    ],
)
def test_instant_that_is_none_in_utc_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(InstantInput).validate_python(text)


def test_instant_is_read_in_utc() -> None:
    instant = TypeAdapter(InstantInput).validate_python("2030-01-01T02:00:00+02:00")

    assert instant == datetime(2030, 1, 1, tzinfo=UTC)
    assert instant.tzinfo is UTC
