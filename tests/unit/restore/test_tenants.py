"""What organizations own: as it was, under versions that nobody has seen; ways in stay as they are."""

from typing import Final

import pytest

from infra.restore.carrying import carry
from infra.restore.tables import Item
from infra.restore.tenants import TenantsRule
from nexstock.changes import Change
from nexstock.clock import to_rfc3339
from nexstock.persistence.keys import Kind
from nexstock.security_events.model import SecurityAction
from tests.support.stored import (
    AFTER,
    BEFORE,
    NOW,
    ORGANIZATION,
    OTHER,
    MemoryTable,
    entry,
    organization,
    owned,
    since,
    stored,
)

_UPDATED: Final = f"ORG#{ORGANIZATION}#PRODUCT#UPDATED#"
_PLACE: Final = {"GSI1PK": _UPDATED, "GSI1SK": to_rfc3339(BEFORE)}
_WAS: Final = owned(Kind.PRODUCT, "prd_1", name="Rope", version=3, **_PLACE)
_PARTITION: Final = f"ORG#{ORGANIZATION}#PRODUCT"
_EXPIRED: Final = int(BEFORE.timestamp())


def _carried(restored: MemoryTable, serving: MemoryTable, *entries: Item) -> MemoryTable:
    known = since(*entries, tenants=serving)
    carry(restored, serving, TenantsRule(restored, serving, known, now=NOW))
    return serving


def _product(table: MemoryTable) -> Item:
    found = table.find(_PARTITION, "prd_1")
    assert found is not None
    return found


@pytest.mark.parametrize(
    "changed", [{"name": "Chain"}, {"name": "Rope", "deletedAt": to_rfc3339(AFTER)}], ids=["changed", "deleted"]
)
def test_what_was_changed_is_as_it_was_under_its_next_version(changed: dict[str, str]) -> None:
    present = owned(Kind.PRODUCT, "prd_1", version=7, **changed)
    back = _product(_carried(MemoryTable(organization(), _WAS), MemoryTable(organization(), present)))

    assert (back["name"], "deletedAt" in back) == ({"S": "Rope"}, False)
    assert back["version"] == {"N": "8"}
    assert back["updatedAt"] == {"S": to_rfc3339(NOW)} == back["GSI1SK"]
    assert back["changedBy"]["M"]["id"] == {"S": "restore"}


def test_a_restore_that_is_done_again_changes_nothing() -> None:
    restored, serving = MemoryTable(organization(), _WAS), MemoryTable(organization(), {**_WAS, "name": {"S": "Chain"}})
    once = list(_carried(restored, serving).items())
    assert list(_carried(restored, serving).items()) == once


def test_what_was_made_since_goes_with_all_that_it_needs_and_the_numbers_given_out_stay() -> None:
    made = [
        owned(Kind.ORDER, "ord_2"),
        owned(Kind.STOCK_MOVEMENT, "prd_1#whs_1#000000000002"),
        stored(f"ORG#{ORGANIZATION}#UNIQUE", "PRODUCT#SKU#new", ownerId="prd_2"),
    ]
    counter = stored(f"ORG#{ORGANIZATION}#COUNTER", "ORDER", last=2)
    was = stored(f"ORG#{ORGANIZATION}#COUNTER", "ORDER", last=1)
    serving = _carried(MemoryTable(organization(), was), MemoryTable(organization(), counter, *made))
    assert list(serving.items()) == [organization(), counter]


def test_an_organization_that_was_founded_since_keeps_all_that_it_has() -> None:
    founded = [organization(OTHER), owned(Kind.PRODUCT, "prd_9", organization=OTHER)]
    serving = _carried(MemoryTable(organization()), MemoryTable(organization(), *founded))
    assert list(serving.items()) == [organization(), *founded]


@pytest.mark.parametrize(
    "kind",
    [Kind.MEMBER, Kind.API_KEY, Kind.INVITATION, Kind.SINGLE_SIGN_ON_LINK, Kind.WEBHOOK_ENDPOINT],
)
def test_ways_in_stay_as_they_are_while_the_organization_is_there(kind: Kind) -> None:
    then, now = owned(kind, "id_1", role="owner"), owned(kind, "id_1", role="member", version=2)
    for present in ([], [now], [owned(kind, "id_1", deletedAt=to_rfc3339(AFTER))], [owned(kind, "id_2")]):
        serving = _carried(MemoryTable(organization(), then), MemoryTable(organization(), *present))
        assert list(serving.items()) == [organization(), *present]


def test_a_lost_organization_comes_back_without_those_who_were_removed_or_changed_since() -> None:
    members = [owned(Kind.MEMBER, user, role="owner") for user in ("usr_1", "usr_2")]
    owners = stored(f"ORG#{ORGANIZATION}#OWNERS", "COUNT", kind="OWNERS", owners=2)
    key = owned(Kind.API_KEY, "key_1")
    restored = MemoryTable(organization(), owners, *members, key, _WAS)
    removed = entry("member.deleted", Kind.MEMBER, "usr_2")
    serving = _carried(restored, MemoryTable(), removed, entry("api_key.revoked", Kind.API_KEY, "key_1"))

    assert serving.find(f"ORG#{ORGANIZATION}#MEMBER", "usr_1") is not None
    assert serving.find(f"ORG#{ORGANIZATION}#MEMBER", "usr_2") is None
    assert serving.find(f"ORG#{ORGANIZATION}#API_KEY", "key_1") is None
    assert serving.find(f"ORG#{ORGANIZATION}#OWNERS", "COUNT") == {**owners, "owners": {"N": "1"}}
    assert serving.find(f"ORG#{ORGANIZATION}#ORGANIZATION", ORGANIZATION) is not None


def test_a_lost_organization_knows_its_changed_keys_again_above_the_versions_that_were_heard_of() -> None:
    rotated = entry("api_key.rotated", Kind.API_KEY, "key_1")
    serving = _carried(MemoryTable(organization(), owned(Kind.API_KEY, "key_1")), MemoryTable(), rotated)
    back = serving.find(f"ORG#{ORGANIZATION}#API_KEY", "key_1")
    assert back is not None
    assert back["version"] == {"N": "3"}


def test_a_member_whose_password_was_tried_comes_back_to_a_lost_organization() -> None:
    member = owned(Kind.MEMBER, "usr_1", role="owner")
    happened = [entry(action, Kind.MEMBER, "usr_1") for action in SecurityAction]
    serving = _carried(MemoryTable(organization(), member), MemoryTable(), *happened)
    assert serving.find(f"ORG#{ORGANIZATION}#MEMBER", "usr_1") is not None


def _change_of(item: Item, before: Item | None = None) -> Change | None:
    images = {"NewImage": item, **({"OldImage": before} if before else {})}
    return Change.parse({"dynamodb": {"Keys": {"PK": item["PK"], "SK": item["SK"]}, **images}})


def test_what_was_lost_and_nothing_was_done_to_comes_back_without_a_word() -> None:
    back = _product(_carried(MemoryTable(organization(), _WAS), MemoryTable()))
    assert back["version"] == _WAS["version"]
    assert _change_of(back) is None
    assert _change_of({**back, "version": {"N": "4"}}, before=back) is not None, "the next change counts again"


def test_what_was_lost_and_changed_since_comes_back_above_the_versions_that_were_heard_of() -> None:
    changes = [entry(f"product.{verb}", Kind.PRODUCT, "prd_1") for verb in ("updated", "deleted")]
    back = _product(_carried(MemoryTable(organization(), _WAS), MemoryTable(), *changes))
    assert back["version"] == {"N": "6"}
    change = _change_of(back)
    assert change is not None
    assert change.version == 6


def test_entries_from_before_the_moment_say_nothing_of_the_time_since() -> None:
    earlier = entry("product.updated", Kind.PRODUCT, "prd_1", at=BEFORE)
    assert _product(_carried(MemoryTable(organization(), _WAS), MemoryTable(), earlier))["version"] == _WAS["version"]


def test_nothing_comes_back_of_a_deleted_organization_an_erased_customer_or_what_has_expired() -> None:
    customer = owned(Kind.CUSTOMER, "cus_1", name="Ada")
    nameless = owned(Kind.CUSTOMER, "cus_1", version=2, erasedAt=to_rfc3339(AFTER))
    over = owned(Kind.PRODUCT, "prd_2", expiresAt=_EXPIRED)
    restored = MemoryTable(organization(), customer, over)
    erased = entry("customer.erased", Kind.CUSTOMER, "cus_1")
    assert list(_carried(restored, MemoryTable(organization(), nameless)).items()) == [organization(), nameless]
    assert list(_carried(restored, MemoryTable(organization()), erased).items()) == [organization()]
    assert list(_carried(restored, MemoryTable(organization())).items()) == [
        organization(),
        {**customer, "broughtBack": {"N": "1"}},
    ]
    deleted = organization(deletedAt=to_rfc3339(AFTER))
    assert list(_carried(restored, MemoryTable(deleted)).items()) == [deleted]
    ended = entry("organization.deleted", Kind.ORGANIZATION, ORGANIZATION)
    assert list(_carried(restored, MemoryTable(), ended).items()) == []


def test_work_that_was_under_way_is_left_as_it_is() -> None:
    passing = [
        owned(Kind.SECURITY_EVENT, "sev_1"),
        owned(Kind.IMPORT, "imp_1"),
        owned(Kind.EXPORT, "exp_1"),
        stored(f"ORG#{ORGANIZATION}#UNIQUE", "EXPORT#SCOPE#stock", ownerId="exp_1"),
    ]
    assert list(_carried(MemoryTable(organization(), *passing), MemoryTable(organization())).items()) == [
        organization()
    ]
    serving = MemoryTable(organization(), *passing)
    assert list(_carried(MemoryTable(organization()), serving).items()) == [organization(), *passing]
