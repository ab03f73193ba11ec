"""Environment variables: each function gets those that its code reads, and no secret is among them."""

from typing import Any, Final

import pytest

from nexstock.persistence.tables import TABLES
from tests.support import environment
from tests.support.journeys import travelled
from tests.support.journeys.isolated import variables_of
from tests.support.privileges import USED_BY_WHO_HOLDS_A_LINK, needed
from tests.support.templates import functions, given_to_all_functions

_SHARED: Final = given_to_all_functions()["Environment"]["Variables"]
_NEEDED_FOR: Final = {
    "SealingKey": ("NEXSTOCK_SEALING_KEY_ARN",),
    "TableKey": ("NEXSTOCK_KEYS_AT_REST",),
    "MailQueue": ("NEXSTOCK_QUEUE_MAIL",),
    "MailDeadQueue": ("NEXSTOCK_QUEUE_MAIL_DEAD",),
    "ReconciliationsQueue": ("NEXSTOCK_QUEUE_RECONCILIATIONS",),
    "DataKeyRotationsQueue": ("NEXSTOCK_QUEUE_DATA_KEY_ROTATIONS",),
    "AuditGapsQueue": ("NEXSTOCK_QUEUE_AUDIT_GAPS",),
    "SecurityEventsQueue": ("NEXSTOCK_QUEUE_SECURITY_EVENTS",),
    "RemovalsQueue": ("NEXSTOCK_QUEUE_REMOVALS",),
    "ReceiptsQueue": ("NEXSTOCK_QUEUE_RECEIPTS",),
    "CountsQueue": ("NEXSTOCK_QUEUE_COUNTS",),
    "DeliveriesQueue": ("NEXSTOCK_QUEUE_DELIVERIES",),
    "DeadDeliveriesQueue": ("NEXSTOCK_QUEUE_DEAD_DELIVERIES",),
    "StreamFailuresQueue": ("NEXSTOCK_QUEUE_STREAM_FAILURES",),
    "ReindexingQueue": ("NEXSTOCK_QUEUE_REINDEXING",),
    "ReplaysQueue": ("NEXSTOCK_QUEUE_REPLAYS",),
    "ImportsQueue": ("NEXSTOCK_QUEUE_IMPORTS",),
    "ExportsQueue": ("NEXSTOCK_QUEUE_EXPORTS",),
    "CheckpointsQueue": ("NEXSTOCK_QUEUE_CHECKPOINTS",),
    "FilesBucket": ("NEXSTOCK_BUCKET_FILES",),
    "AuditArchiveBucket": ("NEXSTOCK_BUCKET_AUDIT_ARCHIVE",),
    "MailIdentity": ("NEXSTOCK_MAIL_FROM", "NEXSTOCK_MAIL_PROVIDER"),
    "ResendApiKeyParameter": ("NEXSTOCK_RESEND_API_KEY_PARAMETER", "NEXSTOCK_RESEND_BASE_URL"),
}
"""Which variables name each resource that only some functions call."""

_GONE_BY: Final = {
    "RotateCheckpointKeyFunction": {"NEXSTOCK_CHECKPOINT_KEY_TAG"},
    "ProvisionKeysFunction": {"NEXSTOCK_CHECKPOINT_KEY_ARN"},
    "EraseCustomerFunction": {"NEXSTOCK_KEY_BACKUP_DAYS"},
    "IssueReceiptFunction": {"NEXSTOCK_KEY_BACKUP_DAYS"},
}
"""Policies, and what is read from no resource of the function's own."""


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("logical_id", sorted(functions()))
def test_a_function_knows_what_it_calls_and_nothing_else(logical_id: str) -> None:
    # Every function of the journeys was imported and run with the template's variables alone, so none was missing.
    calls = travelled()[logical_id].calls
    called = {privilege.resource for call in calls for privilege, _partitions in needed(call)}
    called |= {privilege.resource for privilege in USED_BY_WHO_HOLDS_A_LINK.get(logical_id, ())}
    called |= {resource.partition("/")[0] for resource in called}
    expected = {each for resource, variables in _NEEDED_FOR.items() if resource in called for each in variables}
    assert set(variables_of(logical_id)) - set(_SHARED) == expected | _GONE_BY.get(logical_id, set())


@pytest.mark.parametrize("table", environment.TABLES)
def test_each_table_is_known_by_its_own_name(table: str) -> None:
    assert _SHARED[f"NEXSTOCK_TABLE_{table.upper()}"] == {"Ref": f"{table.title()}Table"}
    assert getattr(TABLES, table) == environment.table_name(table)


def test_the_suites_know_every_variable_of_the_template() -> None:
    of_template = {name for logical_id in functions() for name in variables_of(logical_id)}
    environment_of_tests = {f"NEXSTOCK_QUEUE_{queue}" for queue in environment.QUEUES} | {"NEXSTOCK_SEALING_KEY_ARN"}
    assert environment_of_tests <= of_template


@pytest.mark.parametrize("logical_id", sorted(functions()))
def test_every_value_is_a_reference_so_no_secret_stands_in_the_environment(logical_id: str) -> None:
    values: dict[str, Any] = variables_of(logical_id)
    for name, value in values.items():
        assert isinstance(value, dict), name
        assert set(value) == {"Ref"}, name
