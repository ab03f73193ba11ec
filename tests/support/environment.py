"""The environment variables that a deployment sets, for code that runs inside the test process.

Imported before anything of the layer: its modules read their settings when they are imported.
"""

import os
from typing import Final

from tests.support import name_server

REGION: Final = "us-east-1"
ALLOWED_ORIGIN: Final = "https://app.nexstock.example"
PUBLIC_BASE_URL: Final = "https://api.nexstock.example"
RESEND_API_KEY_PARAMETER: Final = "/nexstock/test/resend-api-key"
TABLES: Final = ("tenants", "identity", "audit", "deliveries", "keys", "ephemeral")
FILES_BUCKET: Final = "nexstock-test-files"
AUDIT_ARCHIVE_BUCKET: Final = "nexstock-test-audit-archive"
CHECKPOINT_KEY_TAG: Final = "nexstock-test-checkpoints"
KEYS_AT_REST: Final = {
    "tables": "TableKey",
    "queues": "QueueKey",
    "files": "FileKey",
    "logs": "LogKey",
    "backups": "BackupKey",
}
"""The keys that encrypt at rest, by what each encrypts."""
QUEUES: Final = (
    *("MAIL", "MAIL_DEAD", "REMOVALS", "COUNTS", "DELIVERIES", "DEAD_DELIVERIES", "IMPORTS", "EXPORTS", "CHECKPOINTS"),
    *("STREAM_FAILURES", "SECURITY_EVENTS", "RECONCILIATIONS", "AUDIT_GAPS", "REPLAYS", "DATA_KEY_ROTATIONS"),
    *("REINDEXING", "RECEIPTS"),
)


def table_name(table: str) -> str:
    """Return the name of one of the stack's tables in tests."""
    return f"nexstock-test-{table}"


def apply() -> None:
    """Set every variable that does not depend on a running engine."""
    variables = {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_LAMBDA_FUNCTION_NAME": "test",
        "POWERTOOLS_DEV": "false",
        "NEXSTOCK_PUBLIC_BASE_URL": PUBLIC_BASE_URL,
        "NEXSTOCK_ALLOWED_ORIGIN": ALLOWED_ORIGIN,
        "NEXSTOCK_DATA_KEY_DAYS": "365",
        "NEXSTOCK_RATE_LIMIT_AUTH": "100000/60",
        "NEXSTOCK_RATE_LIMIT_READ": "100000/60",
        "NEXSTOCK_RATE_LIMIT_WRITE": "100000/60",
        "NEXSTOCK_RATE_LIMIT_EXPORT": "100000/60",
        "NEXSTOCK_LOCK_ACCOUNT": "5/900/86400",
        # All tests call from one address, so their wrong passwords together must not lock it.
        "NEXSTOCK_LOCK_NETWORK": "100000/900/86400",
        "NEXSTOCK_PLATFORM_SECRET_DAYS": "365",
        "NEXSTOCK_WEBHOOK_SECRET_DAYS": "365",
        "NEXSTOCK_INSECURE_TARGETS": "true",
        "NEXSTOCK_DNS_SERVERS": f"127.0.0.1:{name_server.PORT}",
        "NEXSTOCK_BUCKET_FILES": FILES_BUCKET,
        "NEXSTOCK_BUCKET_AUDIT_ARCHIVE": AUDIT_ARCHIVE_BUCKET,
        "NEXSTOCK_SIGNING_KEY_DAYS": "90",
        "NEXSTOCK_CHECKPOINT_KEY_DAYS": "730",
        "NEXSTOCK_CHECKPOINT_KEY_TAG": CHECKPOINT_KEY_TAG,
        "NEXSTOCK_KEY_BACKUP_DAYS": "7",
        "NEXSTOCK_LOG_LEVEL": "INFO",
        # Nothing here enforces roles; what does switches it on.
        "NEXSTOCK_ORGANIZATION_SESSIONS": "off",
        "NEXSTOCK_DEPLOYMENT": "test",
        "NEXSTOCK_MAIL_FROM": "no-reply@nexstock.example",
        "NEXSTOCK_MAIL_PROVIDER": "ses",
        "NEXSTOCK_RESEND_BASE_URL": "http://127.0.0.1:9",
        "NEXSTOCK_RESEND_API_KEY_PARAMETER": RESEND_API_KEY_PARAMETER,
        **{f"NEXSTOCK_TABLE_{table.upper()}": table_name(table) for table in TABLES},
    }
    os.environ.update(variables)
    os.environ.pop("AWS_PROFILE", None)
