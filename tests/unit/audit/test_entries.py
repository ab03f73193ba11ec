"""From a change to an audit entry: the same facts for the same change, and a diff in the API's words."""

import base64
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.audit.entries import facts_of
from nexstock.changes import Change
from nexstock.ids import is_id
from tests.support.changes import AT, PRODUCT, a_record, an_image


def _facts(before: dict[str, Any] | None, after: dict[str, Any] | None) -> Any:  # noqa: ANN401 (compared as a whole)
    change = Change.parse(a_record(before, after))
    assert change is not None
    return facts_of(change)


def _diff(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    diff: list[dict[str, Any]] = _facts(an_image(**before), an_image(version=2, **after)).diff
    return diff


def test_entry_says_who_did_what_when_and_from_where() -> None:
    facts = _facts(None, an_image(sku={"S": "BOLT-8"}))

    assert is_id(facts.id, "aud")
    assert facts.action == "product.created"
    assert facts.resource == {"kind": "product", "id": PRODUCT}
    assert facts.actor == {"type": "user", "id": "usr_01JD0000000000000000000002", "name": "Pat"}
    assert (facts.ip, facts.user_agent, facts.request_id, facts.at) == ("203.0.113.7", "tests/1", "request-1", AT)
    assert facts.diff == [{"path": "/sku", "before": None, "after": "BOLT-8"}]


@given(version=st.integers(min_value=1, max_value=10**6), name=st.text(max_size=20))
def test_facts_are_the_same_however_often_a_change_is_delivered(version: int, name: str) -> None:
    before, after = an_image(version=version), an_image(version=version + 1, name={"S": name})

    assert _facts(before, after) == _facts(before, after)


@given(one=st.integers(min_value=1, max_value=10**6), other=st.integers(min_value=1, max_value=10**6))
def test_different_changes_are_different_entries(one: int, other: int) -> None:
    same = _facts(None, an_image(version=one)).id == _facts(None, an_image(version=other)).id

    assert same == (one == other)


def test_attributes_that_serve_storage_are_no_part_of_a_diff() -> None:
    assert _diff({}, {}) == []


@pytest.mark.parametrize(
    ("before", "after", "diff"),
    [
        ({"S": "a"}, {"S": "b"}, ("a", "b")),
        ({"S": "a"}, {"NULL": True}, ("a", None)),
        ({"BOOL": True}, {"BOOL": False}, (True, False)),
        ({"N": "1"}, {"N": "2"}, (1, 2)),
        ({"N": "1.50"}, {"N": "1.25"}, ("1.5", "1.25")),
        ({"N": "1E+3"}, {"N": "0.0001"}, (1000, "0.0001")),
        ({"L": [{"S": "a"}]}, {"L": [{"S": "a"}, {"S": "b"}]}, (["a"], ["a", "b"])),
    ],
)
def test_values_are_shown_as_json(before: dict[str, Any], after: dict[str, Any], diff: tuple[object, object]) -> None:
    assert _diff({"field": before}, {"field": after}) == [
        {"path": "/field", "before": diff[0], "after": diff[1]},
    ]


@pytest.mark.parametrize(("before", "after"), [("1.50", "1.5"), ("1E+2", "100"), ("0.0", "0")])
def test_number_that_is_only_written_otherwise_has_not_changed(before: str, after: str) -> None:
    assert _diff({"field": {"N": before}}, {"field": {"N": after}}) == []


def test_diff_names_the_members_of_a_map_one_by_one() -> None:
    before = {"attributes": {"M": {"kept": {"S": "x"}, "gone": {"S": "y"}, "a/b~c": {"S": "1"}}}}
    after = {"attributes": {"M": {"kept": {"S": "x"}, "new": {"S": "z"}, "a/b~c": {"S": "2"}}}}

    assert _diff(before, after) == [
        {"path": "/attributes/a~1b~0c", "before": "1", "after": "2"},
        {"path": "/attributes/gone", "before": "y", "after": None},
        {"path": "/attributes/new", "before": None, "after": "z"},
    ]


def test_sealed_value_is_recorded_as_a_hash_and_never_itself() -> None:
    sealed = b"ciphertext"
    (entry,) = _diff({}, {"sealedSecret": {"B": base64.b64encode(sealed).decode()}})

    assert entry == {
        "path": "/sealedSecret",
        "before": None,
        "after": f"sealed:{hashlib.sha256(sealed).hexdigest()}",
    }


def test_removal_that_nobody_signed_is_recorded_as_storages() -> None:
    facts = _facts(an_image(sku={"S": "BOLT-8"}), None)

    assert facts.actor == {"type": "system", "id": "storage", "name": "storage"}
    assert facts.diff == [{"path": "/sku", "before": "BOLT-8", "after": None}]


def test_attribute_of_a_type_that_is_not_ours_is_refused() -> None:
    with pytest.raises(ValueError, match="not ours"):
        _facts(None, an_image(tags={"SS": ["a"]}))
