"""People and credentials: what was ended since stays ended, whether the table is there or lost."""

from typing import Any, Final

import pytest

from infra.restore.carrying import carry
from infra.restore.identity import IdentityRule
from infra.restore.since import Since
from infra.restore.tables import Item
from nexstock.clock import to_rfc3339
from nexstock.persistence.keys import Kind
from tests.support.stored import AFTER, ORGANIZATION, MemoryTable, entry, organization, owned, since, stored

_PERSON: Final = "USER#usr_1"
_PROFILE: Final = stored(
    _PERSON,
    "PROFILE",
    email="ada@example.com",
    organizationIds=[ORGANIZATION],
    passwordHash="$2b$",
    pepperVersion="V0001",
)
_THEIRS: Final = (
    stored("EMAIL#ada@example.com", "OWNER", userId="usr_1"),
    stored(_PERSON, "TOTP", confirmedAt="then"),
    stored(_PERSON, "PASSKEY#pky_1", name="Key"),
    stored("PASSKEY#digest", "OWNER", userId="usr_1", passkeyId="pky_1"),
)
_OPENED: Final = (
    stored(_PERSON, "SESSION#ses_1", organizationId=ORGANIZATION),
    stored(_PERSON, "CHALLENGE#reset_password", digest="x"),
    stored(_PERSON, "PROOF#digest"),
    stored("SIGN_IN#digest", "PENDING", userId="usr_1"),
    stored("PASSKEY_CHALLENGE#digest", "CHALLENGE"),
)
_SPENT: Final = (
    stored(_PERSON, "RECOVERY_CODES", keyVersion="V0001"),
    stored("EMAIL#new@example.com", "REGISTRATION#usr_2", passwordHash="$2b$"),
)
_KEY: Final = stored("API_KEY#key_1", "VERIFIER", organizationId=ORGANIZATION, digest="then")
_INVITATION: Final = stored("INVITATION#inv_1", "VERIFIER", organizationId=ORGANIZATION)
_DOMAIN: Final = stored("DOMAIN#example.com", "OWNER", organizationId=ORGANIZATION)
_MEMBER: Final = owned(Kind.MEMBER, "usr_1", role="owner", email="ada@example.com")
_TENANTS: Final = (
    organization(),
    _MEMBER,
    owned(Kind.API_KEY, "key_1"),
    owned(Kind.INVITATION, "inv_1"),
    owned(Kind.SINGLE_SIGN_ON, ORGANIZATION),
)


def _carried(restored: MemoryTable, serving: MemoryTable, known: Since) -> MemoryTable:
    carry(restored, serving, IdentityRule(restored, serving, known))
    return serving


def _stands(table: MemoryTable, item: Item) -> bool:
    return table.find(item["PK"]["S"], item["SK"]["S"]) is not None


@pytest.mark.parametrize("item", [*_OPENED, *_SPENT], ids=lambda item: item["SK"]["S"].partition("#")[0])
def test_nothing_that_opens_once_or_for_a_while_comes_back(item: Item) -> None:
    known = since(tenants=MemoryTable(*_TENANTS))
    for serving in (MemoryTable(), MemoryTable(_PROFILE)):
        assert not _stands(_carried(MemoryTable(_PROFILE, item), serving, known), item)


@pytest.mark.parametrize("item", _OPENED, ids=lambda item: item["SK"]["S"].partition("#")[0])
def test_whoever_is_signed_in_signs_in_again(item: Item) -> None:
    serving = MemoryTable(_PROFILE, item)
    assert not _stands(_carried(MemoryTable(), serving, since(tenants=MemoryTable(*_TENANTS))), item)


def test_recovery_codes_that_are_there_stay_as_they_are() -> None:
    left = stored(_PERSON, "RECOVERY_CODES", keyVersion="V0001", left="nine")
    serving = _carried(MemoryTable(_SPENT[0]), MemoryTable(_PROFILE, left), since(tenants=MemoryTable(*_TENANTS)))
    assert serving.find(_PERSON, "RECOVERY_CODES") == left


@pytest.mark.parametrize("item", [_KEY, _INVITATION, _DOMAIN], ids=lambda item: item["PK"]["S"].partition("#")[0])
def test_a_credential_of_a_resource_that_nothing_was_done_to_comes_back(item: Item) -> None:
    serving = _carried(MemoryTable(item), MemoryTable(), since(tenants=MemoryTable(*_TENANTS)))
    assert serving.find(item["PK"]["S"], item["SK"]["S"]) == item


@pytest.mark.parametrize(
    ("action", "changed"),
    [
        ("api_key.revoked", {"deletedAt": to_rfc3339(AFTER)}),
        ("api_key.rotated", {"updatedAt": to_rfc3339(AFTER)}),
        ("api_key.updated", {"updatedAt": to_rfc3339(AFTER), "scope": "read"}),
    ],
)
def test_a_key_that_was_revoked_or_changed_stays_dead_by_its_item_or_by_the_log_alone(
    action: str, changed: dict[str, Any]
) -> None:
    as_it_is = MemoryTable(organization(), owned(Kind.API_KEY, "key_1", **changed))
    by_item = since(tenants=as_it_is)
    by_log = since(entry(action, Kind.API_KEY, "key_1"), tenants=MemoryTable(*_TENANTS))
    for known in (by_item, by_log, since(tenants=MemoryTable(organization()))):
        assert not _stands(_carried(MemoryTable(_KEY), MemoryTable(), known), _KEY)


@pytest.mark.parametrize("verifier", [_KEY, _INVITATION], ids=["key", "invitation"])
def test_what_proves_something_that_its_organization_lost_or_revoked_goes(verifier: Item) -> None:
    kind, resource_id = verifier["PK"]["S"].split("#")
    revoked = owned(Kind(kind), resource_id, deletedAt=to_rfc3339(AFTER))
    for tenants in ((organization(),), (organization(), revoked)):
        serving = _carried(MemoryTable(), MemoryTable(verifier), since(tenants=MemoryTable(*tenants)))
        assert list(serving.items()) == []
    serving = _carried(MemoryTable(), MemoryTable(verifier), since(tenants=MemoryTable(*_TENANTS)))
    assert list(serving.items()) == [verifier]


def test_a_key_that_is_there_stays_as_it_is() -> None:
    rotated = stored("API_KEY#key_1", "VERIFIER", organizationId=ORGANIZATION, digest="now")
    serving = _carried(MemoryTable(_KEY), MemoryTable(rotated), since(tenants=MemoryTable(*_TENANTS)))
    assert serving.find("API_KEY#key_1", "VERIFIER") == rotated


def test_a_lost_person_comes_back_with_what_is_theirs_but_the_password() -> None:
    known = since(tenants=MemoryTable(*_TENANTS))
    serving = _carried(MemoryTable(_PROFILE, *_THEIRS), MemoryTable(), known)
    assert all(_stands(serving, item) for item in _THEIRS)
    # It may have been replaced since because others knew it.
    assert serving.find(_PERSON, "PROFILE") == stored(
        _PERSON, "PROFILE", email="ada@example.com", organizationIds=[ORGANIZATION]
    )


@pytest.mark.parametrize("first", [0, 1, 2, 3])
def test_a_restore_that_was_cut_off_brings_the_rest_when_it_is_done_again(first: int) -> None:
    known, serving = since(tenants=MemoryTable(*_TENANTS)), MemoryTable(*_THEIRS[:first])
    _carried(MemoryTable(_PROFILE, *_THEIRS), serving, known)
    assert all(_stands(serving, item) for item in (*_THEIRS, _PROFILE))


@pytest.mark.parametrize("item", _THEIRS, ids=lambda item: item["SK"]["S"].partition("#")[0])
def test_what_a_person_who_is_there_has_removed_stays_gone(item: Item) -> None:
    known = since(tenants=MemoryTable(*_TENANTS))
    assert not _stands(_carried(MemoryTable(_PROFILE, item), MemoryTable(_PROFILE), known), item)


@pytest.mark.parametrize(
    "tenants",
    [
        (organization(), owned(Kind.MEMBER, "usr_1", deletedAt=to_rfc3339(AFTER))),
        (organization(),),
        (organization(deletedAt=to_rfc3339(AFTER)), _MEMBER),
    ],
    ids=["removed", "gone", "organization deleted"],
)
def test_whoever_belongs_nowhere_any_more_stays_out(tenants: tuple[Item, ...]) -> None:
    known = since(tenants=MemoryTable(*tenants))
    serving = _carried(MemoryTable(_PROFILE, *_THEIRS), MemoryTable(), known)
    assert not any(_stands(serving, item) for item in (_PROFILE, *_THEIRS))


@pytest.mark.parametrize("times", [1, 2])
def test_a_person_who_moved_to_another_address_comes_back_under_that_one_only(times: int) -> None:
    moved = owned(Kind.MEMBER, "usr_1", role="owner", email="ada@example.org", updatedAt=to_rfc3339(AFTER))
    known, serving = since(tenants=MemoryTable(organization(), moved)), MemoryTable()
    for _ in range(times):
        _carried(MemoryTable(_PROFILE, *_THEIRS), serving, known)
    assert serving.find("EMAIL#ada@example.com", "OWNER") is None
    assert serving.find("EMAIL#ada@example.org", "OWNER") == stored("EMAIL#ada@example.org", "OWNER", userId="usr_1")
    profile = serving.find(_PERSON, "PROFILE")
    assert profile is not None
    assert profile["email"] == {"S": "ada@example.org"}


def test_whoever_took_a_second_factor_away_comes_back_without_any() -> None:
    removed = entry("second_factor.removed", Kind.MEMBER, "usr_1")
    profile = {**_PROFILE, "hasTotp": {"BOOL": True}, "passkeys": {"N": "1"}}
    known = since(removed, tenants=MemoryTable(*_TENANTS))
    serving = _carried(MemoryTable(profile, *_THEIRS), MemoryTable(), known)
    assert [item for item in _THEIRS[1:] if _stands(serving, item)] == []
    back = serving.find(_PERSON, "PROFILE")
    assert back is not None
    assert ("hasTotp" in back, back["passkeys"]) == (False, {"N": "0"})
