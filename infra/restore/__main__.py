"""`python -m infra.restore ENVIRONMENT TABLE --to MOMENT`: bring a table back as it was at a moment.

TABLE is `tenants`, `identity` or `keys`; the others only ever grow (docs/runbooks/restore.md). The moment is RFC 3339,
such as 2026-11-26T10:00:00Z. With `--from` the items come from a table that was restored already: from a backup in the
vault, or from what DynamoDB keeps of a table that was deleted. Nobody else may write meanwhile.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import boto3

from infra.restore.carrying import Report, Rule, carry
from infra.restore.identity import IdentityRule
from infra.restore.keys import KeysRule
from infra.restore.moments import CannotRestore, as_of
from infra.restore.since import Since
from infra.restore.tables import DynamoTable, Table
from infra.restore.tenants import TenantsRule
from nexstock.clock import from_rfc3339, utc_now

_RULES: Final[dict[str, Callable[[Table, Table, Since], Rule]]] = {
    "tenants": lambda restored, serving, since: TenantsRule(restored, serving, since, now=utc_now()),
    "identity": IdentityRule,
    "keys": lambda _restored, serving, since: KeysRule(serving, since, now=utc_now()),
}


def restore(environment: str, table: str, moment: datetime, client: Any, *, source: str | None = None) -> Report:  # noqa: ANN401 (boto3 makes the class at run time)
    """Bring a table of an environment back as it was at a moment, and return what became of its items.

    Raises:
        CannotRestore: DynamoDB does not go back to that moment.
    """
    tables = {name: DynamoTable(client, f"nexstock-{environment}-{name}") for name in ("audit", "tenants", table)}
    serving = tables[table]
    since = Since.read(moment, audit=tables["audit"].items(), tenants=tables["tenants"])
    with _restored(moment, serving, source) as name:
        restored = DynamoTable(client, name)
        return carry(restored, serving, _RULES[table](restored, serving, since))


@contextmanager
def _restored(moment: datetime, serving: DynamoTable, source: str | None) -> Iterator[str]:
    if source is not None:
        yield source
    else:
        with as_of(moment, serving.name, serving.client) as name:
            yield name


def main() -> int:
    """Restore with the credentials of whoever runs this; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.restore", description=__doc__)
    parser.add_argument("environment", help="e.g. staging")
    parser.add_argument("table", choices=sorted(_RULES))
    parser.add_argument("--to", required=True, type=from_rfc3339, metavar="MOMENT")
    parser.add_argument("--from", dest="source", metavar="RESTORED_TABLE")
    told = parser.parse_args()
    try:
        report = restore(told.environment, told.table, told.to, boto3.client("dynamodb"), source=told.source)
    except CannotRestore as refused:
        print(refused, file=sys.stderr)
        return 1
    print("\n".join(report.lines()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
