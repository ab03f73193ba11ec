"""The audit log on a real table: one chain an organization, whoever writes at once, each change once."""

import hashlib
import json
from functools import partial
from typing import Any

import pytest
import rfc8785

from nexstock.audit.chain import Head
from nexstock.audit.entries import AuditFacts, facts_of
from nexstock.audit.repository import AuditRepository
from nexstock.auth.principals import system_tenant
from nexstock.changes import Change
from nexstock.clock import utc_now
from nexstock.errors import NotFound, TemporarilyUnavailable
from nexstock.ids import OrganizationId, new_id
from nexstock_verify.entries import GENESIS_HASH
from tests.support.api import call
from tests.support.calls import recorded_calls
from tests.support.changes import a_record, an_image
from tests.support.containers import at_once
from tests.support.people import StaffedOrganization, an_organization
from tests.support.table_faults import cancelled, instead_of, items_of


def _facts(version: int) -> AuditFacts:
    change = Change.parse(a_record(None, an_image(version=version, name={"S": f"Thing {version} é🚚"})))
    assert change is not None
    return facts_of(change)


def _log(organization_id: OrganizationId) -> AuditRepository:
    return AuditRepository(system_tenant(organization_id, "test"))


def _shown(organization: StaffedOrganization) -> list[dict[str, Any]]:
    """Return all entries, oldest first, as the API shows them."""
    entries: list[dict[str, Any]] = []
    cursor = None
    while True:
        query = {"limit": "3", **({"cursor": cursor} if cursor else {})}
        page = call("GET", "/v1/audit-logs", token=organization.admin.token, query=query).json
        entries += page["items"]
        cursor = page["next"]
        if cursor is None:
            return entries[::-1]


def _assert_chain(entries: list[dict[str, Any]]) -> None:
    previous = GENESIS_HASH
    for sequence, entry in enumerate(entries, start=1):
        content = {name: value for name, value in entry.items() if name != "hash"}
        assert (entry["sequence"], entry["previousHash"]) == (sequence, previous)
        assert hashlib.sha256(rfc8785.dumps(content)).hexdigest() == entry["hash"]
        previous = entry["hash"]


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def test_what_the_api_shows_verifies_as_one_chain(organization: StaffedOrganization) -> None:
    for version in range(1, 9):
        _log(organization.id).append(_facts(version))

    shown = _shown(organization)

    _assert_chain(shown)
    assert [entry["diff"][0]["after"] for entry in shown] == [f"Thing {version} é🚚" for version in range(1, 9)]
    assert _log(organization.id).head() == Head(8, shown[-1]["hash"])


def test_change_that_is_delivered_again_is_recorded_once(organization: StaffedOrganization) -> None:
    log = _log(organization.id)
    for version in (1, 2, 1, 3, 2, 1, 3):
        log.append(_facts(version))

    shown = _shown(organization)

    _assert_chain(shown)
    assert len(shown) == 3


def test_writers_at_once_make_one_chain_without_gap_or_fork(organization: StaffedOrganization) -> None:
    def write(start: int) -> None:
        for version in range(start, start + 5):
            _log(organization.id).append(_facts(version))

    outcomes = at_once([partial(write, start) for start in (1, 101, 201)])

    assert [outcome.error for outcome in outcomes if outcome.error is not None] == []
    shown = _shown(organization)
    _assert_chain(shown)
    assert len(shown) == 15


def test_writers_of_one_change_at_once_record_it_once(organization: StaffedOrganization) -> None:
    outcomes = at_once([lambda: _log(organization.id).append(_facts(1))] * 5)

    assert [outcome.error for outcome in outcomes if outcome.error is not None] == []
    assert len(_shown(organization)) == 1


@pytest.mark.parametrize("reason", ["TransactionConflict", "ConditionalCheckFailed"])
def test_entry_whose_head_cannot_be_won_is_not_acknowledged(organization: StaffedOrganization, reason: str) -> None:
    log = AuditRepository(system_tenant(organization.id, "test"), sleep=lambda _seconds: None)
    conflict = instead_of(
        "TransactWriteItems", lambda request: cancelled(request, *["None"] * (len(items_of(request)) - 1), reason)
    )
    with conflict, pytest.raises(TemporarilyUnavailable):
        log.append(_facts(1))

    assert _shown(organization) == []
    log.append(_facts(1))
    assert len(_shown(organization)) == 1


def test_organizations_have_chains_of_their_own(organization: StaffedOrganization) -> None:
    other = an_organization()
    _log(organization.id).append(_facts(1))
    _log(other.id).append(_facts(1))

    (mine,), (theirs,) = _shown(organization), _shown(other)

    assert (mine["sequence"], theirs["sequence"]) == (1, 1)
    assert (mine["organizationId"], theirs["organizationId"]) == (organization.id, other.id)
    assert mine["hash"] != theirs["hash"]


def test_entry_of_another_organization_looks_like_none(organization: StaffedOrganization) -> None:
    other = an_organization()
    _log(other.id).append(_facts(1))
    paths = [f"/v1/audit-logs/{entry_id}" for entry_id in (_facts(1).id, new_id("aud", utc_now()), "x")]

    replies = [call("GET", path, token=organization.admin.token) for path in paths]

    assert {reply.status for reply in replies} == {404}
    assert len({reply.text.replace(reply.json["instance"], "") for reply in replies}) == 1
    assert call("GET", paths[0], token=other.admin.token).status == 200


def test_entry_is_read_by_its_id(organization: StaffedOrganization) -> None:
    for version in range(1, 4):
        _log(organization.id).append(_facts(version))

    for entry in _shown(organization):
        reply = call("GET", f"/v1/audit-logs/{entry['id']}", token=organization.admin.token)
        assert (reply.status, reply.json) == (200, entry)


@pytest.mark.parametrize(
    "entry_id", ["", "x", "aud_1", "prd_01JD0000000000000000000001", "aud_01JD0000000000000000000001"]
)
def test_entry_that_is_not_here_is_not_found(organization: StaffedOrganization, entry_id: str) -> None:
    with pytest.raises(NotFound):
        _log(organization.id).get(entry_id)


def test_appending_is_one_transaction_once_the_head_is_known(organization: StaffedOrganization) -> None:
    log = _log(organization.id)
    log.append(_facts(1))

    with recorded_calls() as recording:
        log.append(_facts(2))

    assert recording.operations == ["TransactWriteItems"]


def test_members_and_lesser_keys_do_not_see_the_log(organization: StaffedOrganization) -> None:
    for name in ("member", "read_key", "write_key"):
        assert call("GET", "/v1/audit-logs", token=organization.credentials[name]).status == 403
    assert call("GET", "/v1/audit-logs", token=organization.credentials["admin_key"]).status == 200


def test_stored_text_is_what_was_hashed(organization: StaffedOrganization) -> None:
    log = _log(organization.id)
    log.append(_facts(1))
    (entry,), _ = log.list_newest_first(limit=1, before=None)

    assert hashlib.sha256(entry.canonical.encode()).hexdigest() == entry.hash
    assert json.loads(entry.canonical)["organizationId"] == organization.id
