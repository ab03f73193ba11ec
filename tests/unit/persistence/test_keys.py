"""Keys keep organizations apart, whatever their ids are."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.ids import OrganizationId, encode_ulid
from nexstock.persistence import keys
from nexstock.persistence.keys import Kind

_ORGANIZATIONS = st.integers(min_value=0, max_value=2**128 - 1).map(
    lambda value: OrganizationId("org_" + encode_ulid(value))
)
_KINDS = st.sampled_from(Kind)


@given(one=_ORGANIZATIONS, other=_ORGANIZATIONS, one_kind=_KINDS, other_kind=_KINDS)
def test_no_organizations_key_is_the_beginning_of_anothers(
    one: OrganizationId, other: OrganizationId, one_kind: Kind, other_kind: Kind
) -> None:
    if one == other:
        return
    mine = {keys.organization_partition(one), keys.tenant_partition(one, one_kind)}
    theirs = {keys.organization_partition(other), keys.tenant_partition(other, other_kind)}

    assert not [(a, b) for a in mine for b in theirs if a.startswith(b) or b.startswith(a)]


@given(organization=_ORGANIZATIONS, kind=_KINDS)
def test_partition_tells_whose_it_is(organization: OrganizationId, kind: Kind) -> None:
    assert keys.organization_of(keys.tenant_partition(organization, kind)) == organization
    assert keys.organization_of(keys.organization_partition(organization)) == organization


@given(organization=_ORGANIZATIONS)
def test_kinds_of_one_organization_are_apart(organization: OrganizationId) -> None:
    partitions = {keys.tenant_partition(organization, kind) for kind in Kind}

    assert len(partitions) == len(Kind)


@given(text=st.text(max_size=40))
def test_no_other_text_becomes_an_organizations_key(text: str) -> None:
    with pytest.raises(ValueError, match="not an organization id"):
        keys.organization_partition(OrganizationId(text))


_ID = "org_" + encode_ulid(int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000) << 80)


@pytest.mark.parametrize(
    "partition",
    [
        "",
        "ORG",
        "ORG#",
        f"ORG{_ID}",
        f"org#{_ID}",
        f"USER#{_ID}",
        f"ORG#{_ID}#PRODUCT#MORE",
        f"ORG#{_ID[:-1]}#PRODUCT",
        f"ORG#{_ID.replace('org', 'usr')}#PRODUCT",
        f"#ORG#{_ID}",
    ],
)
def test_malformed_partition_belongs_to_nobody(partition: str) -> None:
    with pytest.raises(ValueError, match="not an organization's partition"):
        keys.organization_of(partition)


@given(sequence=st.integers(min_value=1, max_value=keys.MAX_AUDIT_SEQUENCE - 1))
def test_audit_sort_key_gives_the_sequence_back(sequence: int) -> None:
    assert keys.audit_sequence_of(keys.audit_entry_sort_key(sequence)) == sequence


@given(
    one=st.integers(min_value=0, max_value=keys.MAX_AUDIT_SEQUENCE - 1),
    other=st.integers(min_value=0, max_value=keys.MAX_AUDIT_SEQUENCE - 1),
)
def test_audit_sort_keys_are_in_chain_order(one: int, other: int) -> None:
    in_order = (one < other) == (keys.audit_entry_sort_key(one) < keys.audit_entry_sort_key(other))

    assert in_order or one == other


@given(kind=_KINDS, value=st.text(min_size=1, max_size=64), other=st.text(min_size=1, max_size=64))
def test_different_values_are_claimed_apart(kind: Kind, value: str, other: str) -> None:
    same = keys.unique_claim(kind, "SKU", value) == keys.unique_claim(kind, "SKU", other)

    assert same == (value == other)


def test_attempts_of_one_message_lie_together_in_order_and_not_between_messages() -> None:
    sort_keys = [keys.attempt_sort_key("msg_1", number) for number in range(1, 120)]

    assert sort_keys == sorted(sort_keys)
    assert all(key.startswith(keys.attempts_prefix("msg_1")) for key in sort_keys)
    assert not any(key.startswith(keys.message_sort_key("")) for key in sort_keys)
    assert [keys.attempt_number_of(key) for key in sort_keys] == list(range(1, 120))


def test_places_in_a_line_are_sorted_by_sequence_and_no_line_is_part_of_another() -> None:
    line = [keys.place_sort_key("whe_1", "PRODUCT#prd_1", sequence) for sequence in (1, 2, 10, 100)]

    assert line == sorted(line)
    assert not keys.place_sort_key("whe_1", "PRODUCT#prd_10", 1).startswith(
        keys.places_prefix("whe_1", "PRODUCT#prd_1")
    )
    assert not keys.place_sort_key("whe_10", "PRODUCT#prd_1", 1).startswith(
        keys.places_prefix("whe_1", "PRODUCT#prd_1")
    )
