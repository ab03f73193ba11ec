"""What the audit log asks of DynamoDB, as docs/access-patterns.md says; for filters see test_search.py."""

import json

import pytest

from nexstock.audit.reading import AuditReader
from nexstock.audit.repository import AuditRepository
from nexstock.auth.principals import system_tenant
from nexstock.clock import utc_now
from nexstock.identity.memberships import memberships_of
from nexstock.identity.sign_in import Way, enter
from nexstock.security_events.recording import record_told
from tests.support.api import call
from tests.support.audited import some_facts, write
from tests.support.calls import recorded_calls
from tests.support.costs import cost_of, handler_cost, priced
from tests.support.people import ORIGIN, StaffedOrganization, an_organization
from tests.support.security_events import told


@pytest.fixture
def home() -> StaffedOrganization:
    """Return an organization whose log has two entries, of 0.6 KB each."""
    home = an_organization()
    write(home.id, some_facts(1), some_facts(2))
    return home


def test_appending_an_entry_costs_its_three_items_and_its_places_in_four_indexes(home: StaffedOrganization) -> None:
    log = AuditRepository(system_tenant(home.id, "test"))

    with recorded_calls() as recording:
        log.append(some_facts(3))

    assert cost_of(recording) == priced(["TransactWriteItems"], 0, 10)


def test_export_reads_the_head_and_then_all_entries_once(home: StaffedOrganization) -> None:
    reader = AuditReader(home.tenant())

    with recorded_calls() as recording:
        stretch = reader.stretch(None, None)
        assert stretch is not None
        assert len(list(reader.entries(stretch))) == 2

    assert cost_of(recording) == priced(["GetItem", "Query"], 2, 0)


def test_small_export_is_two_reads_more_and_one_write(home: StaffedOrganization) -> None:
    cost = handler_cost("audit_logs.export_audit_log", home, "GET", "/v1/audit-logs/export")

    assert cost == priced(["GetItem", "GetItem", "Query", "TransactWriteItems"], 3, 2)


def test_sign_in_is_recorded_in_the_transaction_of_its_session(home: StaffedOrganization) -> None:
    (membership,) = memberships_of(home.member.id, [home.id])

    with recorded_calls() as recording:
        enter(home.member.id, membership, ORIGIN, utc_now(), way=Way.PASSWORD)

    assert cost_of(recording) == priced(["TransactWriteItems", "Query"], 1, 4)


def test_refusal_costs_its_consumer_one_write(home: StaffedOrganization) -> None:
    with told() as bodies:
        call("GET", "/v1/api-keys", token=home.member.token)

    with recorded_calls() as recording:
        record_told(json.loads(bodies[0]))

    assert cost_of(recording) == priced(["TransactWriteItems"], 0, 2)
