"""The command, with tables of DynamoDB: what it restores from, what it leaves behind, and what it refuses."""

import secrets
import sys
import time
from datetime import timedelta
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.restore import __main__ as command
from infra.restore.moments import CannotRestore
from infra.restore.tables import DynamoTable, Item
from nexstock.clock import to_rfc3339, utc_now
from nexstock.persistence.keys import Kind
from tests.support.stored import ORGANIZATION, entry, organization, owned, stored

_KEYS: Final = tuple(
    stored(f"API_KEY#key_{number}", "VERIFIER", organizationId=ORGANIZATION, digest="then") for number in (1, 2)
)


class _Environment:
    """Tables of one environment, on the endpoint whose tables can go back in time."""

    def __init__(self, client: Any, name: str) -> None:  # noqa: ANN401 (a boto3 client)
        self.client = client
        self.name = name
        for table in ("tenants", "identity", "audit"):
            self._make(table)

    def table(self, name: str) -> DynamoTable:
        """Return one of them."""
        return DynamoTable(self.client, f"nexstock-{self.name}-{name}")

    def names(self) -> set[str]:
        """Return the names of all tables that there are of the environment."""
        return {each for each in self.client.list_tables()["TableNames"] if f"-{self.name}-" in each}

    def _make(self, table: str) -> None:
        keys = ("PK", "HASH"), ("SK", "RANGE")
        name = self.table(table).name
        self.client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key, _kind in keys],
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],
        )
        recovery = {"PointInTimeRecoveryEnabled": True}
        self.client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)


@pytest.fixture
def environment(engine: str) -> _Environment:
    """Return an environment of the test's own."""
    client = boto3.client("dynamodb", endpoint_url=engine)
    return _Environment(client, f"restore{secrets.token_hex(4)}")


def _fill(environment: _Environment) -> None:
    for item in (organization(), *(owned(Kind.API_KEY, f"key_{number}") for number in (1, 2))):
        environment.table("tenants").put(item, seen=None)
    for key in _KEYS:
        environment.table("identity").put(key, seen=None)


def _lose(environment: _Environment) -> None:
    """Revoke one of two keys, and lose both."""
    revoked = entry("api_key.revoked", Kind.API_KEY, "key_2", at=utc_now())
    environment.table("audit").put(revoked, seen=None)
    for key in _KEYS:
        environment.table("identity").delete(key)


def test_a_lost_table_comes_back_without_what_was_ended_and_nothing_else_is_left(
    environment: _Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: str
) -> None:
    _fill(environment)
    time.sleep(0.01)
    moment = utc_now()
    time.sleep(0.01)
    _lose(environment)
    before = environment.names()
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", engine)
    monkeypatch.setattr(sys, "argv", ["restore", environment.name, "identity", "--to", to_rfc3339(moment)])

    assert command.main() == 0

    assert list(environment.table("identity").items()) == [_KEYS[0]]
    assert environment.names() == before
    assert capsys.readouterr().out.splitlines() == [
        "brought back: 1 API_KEY",
        "not brought back: 1 API_KEY",
        "ended: nothing",
    ]


def test_a_table_that_was_restored_already_is_taken_as_it_is_and_kept(environment: _Environment) -> None:
    _fill(environment)
    copy = DynamoTable(environment.client, f"copy-of-{environment.name}-identity")
    environment.client.restore_table_to_point_in_time(
        SourceTableName=environment.table("identity").name, TargetTableName=copy.name, UseLatestRestorableTime=True
    )
    moment = utc_now()
    time.sleep(0.01)
    _lose(environment)

    command.restore(environment.name, "identity", moment, environment.client, source=copy.name)

    assert list(environment.table("identity").items()) == [_KEYS[0]]
    assert len(list(copy.items())) == len(_KEYS)


def test_a_moment_that_nobody_can_go_back_to_changes_nothing(
    environment: _Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: str
) -> None:
    _fill(environment)
    moment = utc_now() - timedelta(days=2)
    with pytest.raises(CannotRestore):
        command.restore(environment.name, "identity", moment, environment.client)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", engine)
    monkeypatch.setattr(sys, "argv", ["restore", environment.name, "identity", "--to", to_rfc3339(moment)])
    assert command.main() == 1
    assert "can be restored from" in capsys.readouterr().err
    assert len(list(environment.table("identity").items())) == len(_KEYS)


@pytest.mark.parametrize("seen", [None, owned(Kind.PRODUCT, "prd_1", version=1)], ids=["missing", "older"])
def test_a_write_by_somebody_else_meanwhile_is_not_lost(environment: _Environment, seen: Item | None) -> None:
    table, theirs = environment.table("tenants"), owned(Kind.PRODUCT, "prd_1", version=2)
    table.put(theirs, seen=None)
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        table.put(owned(Kind.PRODUCT, "prd_1", version=3), seen=seen)
    assert list(table.items()) == [theirs]
