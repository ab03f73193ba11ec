"""A table as it was at a moment, as a new table beside it (AWS: "Restoring a DynamoDB table to a point in time")."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError


class CannotRestore(Exception):  # noqa: N818 (names the fact)
    """DynamoDB does not go back to that moment; the message says why."""


@contextmanager
def as_of(moment: datetime, table: str, client: Any) -> Iterator[str]:  # noqa: ANN401 (boto3 makes the class at run time)
    """Restore a table to a moment, under a name of its own, and give that name; the copy goes when the block ends.

    Raises:
        CannotRestore: the moment is too far back, or not over yet.
    """
    name = f"{table}-restored-{moment:%Y%m%dT%H%M%SZ}"
    encryption = client.describe_table(TableName=table)["Table"].get("SSEDescription", {})
    key = encryption.get("KMSMasterKeyArn")
    try:
        client.restore_table_to_point_in_time(
            SourceTableName=table,
            TargetTableName=name,
            RestoreDateTime=moment,
            # The copy is only looked through, so it needs no index, and building them is most of a restore.
            GlobalSecondaryIndexOverride=[],
            **({"SSESpecificationOverride": _under(key)} if key else {}),
        )
    except ClientError as refused:
        raise CannotRestore(refused.response["Error"]["Message"]) from None
    try:
        client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 10, "MaxAttempts": 8640})
        yield name
    finally:
        client.delete_table(TableName=name)


def _under(key: str) -> dict[str, Any]:
    return {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
