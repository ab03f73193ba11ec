"""Keys: what was destroyed or replaced since stays so."""

from typing import Final

import pytest

from infra.restore.carrying import carry
from infra.restore.keys import KeysRule
from infra.restore.tables import Item
from nexstock.clock import to_rfc3339
from nexstock.persistence.keys import Kind
from tests.support.stored import AFTER, BEFORE, NOW, ORGANIZATION, MemoryTable, entry, organization, since, stored

_DATA_KEY: Final = stored(f"DATA_KEYS#{ORGANIZATION}", "customer#V0001", id="dek_1", wrapped="wrapped")
_ITEM_KEY: Final = stored(f"ITEM_KEYS#{ORGANIZATION}#customer", "cus_1", id="dek_2", sealed="sealed")
_ENDPOINT_KEY: Final = stored(f"ITEM_KEYS#{ORGANIZATION}#webhook_endpoint", "whe_1", id="dek_3", sealed="sealed")
_RECEIPT: Final = stored(f"RECEIPTS#{ORGANIZATION}", "cus_0", document="signed")
_DESTROYED: Final = {"destroyedAt": {"S": to_rfc3339(NOW)}}


def _carried(was: Item, *entries: Item, present: tuple[Item, ...] = (), tenants: tuple[Item, ...] = ()) -> MemoryTable:
    serving = MemoryTable(*present)
    known = since(*entries, tenants=MemoryTable(*(tenants or (organization(),))))
    carry(MemoryTable(was), serving, KeysRule(serving, known, now=NOW))
    return serving


def _without_key(item: Item) -> Item:
    return {name: value for name, value in item.items() if name not in {"wrapped", "sealed"}} | _DESTROYED


@pytest.mark.parametrize("item", [_DATA_KEY, _ITEM_KEY, _RECEIPT], ids=lambda item: item["PK"]["S"].partition("#")[0])
def test_a_key_that_was_lost_comes_back_as_it_was(item: Item) -> None:
    assert list(_carried(item).items()) == [item]


@pytest.mark.parametrize("item", [_DATA_KEY, _ITEM_KEY], ids=["data key", "key of a customer"])
def test_the_keys_of_a_deleted_organization_come_back_destroyed(item: Item) -> None:
    by_log = entry("organization.deleted", Kind.ORGANIZATION, ORGANIZATION)
    assert list(_carried(item, by_log).items()) == [_without_key(item)]
    deleted = organization(deletedAt=to_rfc3339(AFTER))
    assert list(_carried(item, tenants=(deleted,)).items()) == [_without_key(item)]


@pytest.mark.parametrize(
    ("item", "ended_by"),
    [
        (_ITEM_KEY, entry("customer.erased", Kind.CUSTOMER, "cus_1")),
        (_ENDPOINT_KEY, entry("webhook_endpoint.deleted", Kind.WEBHOOK_ENDPOINT, "whe_1")),
    ],
    ids=["customer", "webhook endpoint"],
)
def test_the_key_of_what_was_erased_comes_back_destroyed_and_no_other(item: Item, ended_by: Item) -> None:
    assert list(_carried(item, ended_by).items()) == [_without_key(item)]
    other = stored(item["PK"]["S"], "other", sealed="sealed")
    assert list(_carried(other, ended_by).items()) == [other]


def test_a_destroyed_key_that_is_there_stays_destroyed() -> None:
    destroyed = _without_key(_DATA_KEY)
    assert list(_carried(_DATA_KEY, present=(destroyed,)).items()) == [destroyed]


@pytest.mark.parametrize("partition", ["SECRET#cursor_mac", "SIGNING_KEY", "CHECKPOINT_KEY"])
def test_a_version_that_was_removed_stays_gone_where_there_are_later_ones(partition: str) -> None:
    first, second = (stored(partition, version, sealed="sealed") for version in ("V0001", "V0002"))
    assert list(_carried(first, present=(second,)).items()) == [second]
    assert list(_carried(first).items()) == [first]


def test_a_key_whose_time_is_over_does_not_come_back() -> None:
    ended = {**_ITEM_KEY, "expiresAt": {"N": str(int(BEFORE.timestamp()))}}
    assert list(_carried(ended).items()) == []
