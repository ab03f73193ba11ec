"""The hash chain: whoever recomputes it finds every edit, insertion, removal and change of order."""

import hashlib
import json
from typing import Any

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from nexstock.audit.chain import ChainedEntry, Head
from nexstock.audit.entries import AuditFacts, facts_of
from nexstock.changes import Change
from nexstock_verify.entries import GENESIS_HASH
from tests.support.changes import ORGANIZATION, a_record, an_image

_OTHER = ORGANIZATION[:-1] + "1"


def _facts(version: int) -> AuditFacts:
    change = Change.parse(a_record(None, an_image(version=version, name={"S": f"Thing {version} é"})))
    assert change is not None
    return facts_of(change)


def _chain(length: int) -> list[ChainedEntry]:
    entries: list[ChainedEntry] = []
    for version in range(1, length + 1):
        entries.append(ChainedEntry.append(_facts(version), ORGANIZATION, entries[-1].head if entries else Head()))
    return entries


def _is_intact(shown: list[dict[str, Any]]) -> bool:
    """Verify entries the way a customer would: from what the API shows and nothing else."""
    previous = GENESIS_HASH
    for sequence, entry in enumerate(shown, start=1):
        content = {name: value for name, value in entry.items() if name != "hash"}
        recomputed = hashlib.sha256(rfc8785.dumps(content)).hexdigest()
        if (entry["sequence"], entry["previousHash"], entry["hash"]) != (sequence, previous, recomputed):
            return False
        previous = entry["hash"]
    return True


_SHOWN = [entry.fields for entry in _chain(6)]
_TEXT_FIELDS = ["id", "action", "ip", "userAgent", "requestId", "at", "organizationId", "previousHash", "hash"]


def _copy() -> list[dict[str, Any]]:
    copy: list[dict[str, Any]] = json.loads(json.dumps(_SHOWN))
    return copy


def test_untouched_chain_verifies() -> None:
    assert _is_intact(_copy())


@given(place=st.integers(min_value=0, max_value=5), name=st.sampled_from(_TEXT_FIELDS), text=st.text(max_size=70))
def test_every_edit_of_a_field_is_found(place: int, name: str, text: str) -> None:
    shown = _copy()
    unchanged = shown[place][name] == text
    shown[place][name] = text

    assert _is_intact(shown) == unchanged


@given(place=st.integers(min_value=0, max_value=5), path=st.sampled_from(["path", "before", "after"]))
def test_every_edit_of_a_diff_is_found(place: int, path: str) -> None:
    shown = _copy()
    shown[place]["diff"][0][path] = "forged"

    assert not _is_intact(shown)


@given(place=st.integers(min_value=0, max_value=4))
def test_removed_entry_is_found(place: int) -> None:
    shown = _copy()
    del shown[place]

    assert not _is_intact(shown)


@given(order=st.permutations(range(6)))
def test_changed_order_is_found(order: list[int]) -> None:
    shown = _copy()

    assert _is_intact([shown[place] for place in order]) == (order == sorted(order))


@given(place=st.integers(min_value=0, max_value=5))
def test_inserted_entry_is_found(place: int) -> None:
    shown = _copy()
    head = Head(place, shown[place - 1]["hash"] if place else GENESIS_HASH)
    shown.insert(place, ChainedEntry.append(_facts(99), ORGANIZATION, head).fields)

    assert not _is_intact(shown)


def test_entry_of_another_organization_has_another_hash() -> None:
    mine = ChainedEntry.append(_facts(1), ORGANIZATION, Head())
    theirs = ChainedEntry.append(_facts(1), type(ORGANIZATION)(_OTHER), Head())

    assert mine.hash != theirs.hash


def test_first_entry_follows_zeros() -> None:
    entry = ChainedEntry.append(_facts(1), ORGANIZATION, Head())

    assert (entry.sequence, entry.fields["previousHash"]) == (1, GENESIS_HASH)
    assert entry.head == Head(1, entry.hash)


def test_hash_is_of_the_very_text_that_is_stored() -> None:
    entry = ChainedEntry.append(_facts(1), ORGANIZATION, Head())

    assert hashlib.sha256(entry.canonical.encode()).hexdigest() == entry.hash
