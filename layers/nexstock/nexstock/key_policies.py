"""What the deployment decides about keys: the age at which each gets a successor, and the end of their backups."""

from datetime import timedelta

from nexstock.config import days


def data_key_age() -> timedelta:
    """Return the age at which an organization's data key gets a successor."""
    return days("NEXSTOCK_DATA_KEY_DAYS")


def signing_key_age() -> timedelta:
    """Return the age at which the key that signs access tokens gets a successor."""
    return days("NEXSTOCK_SIGNING_KEY_DAYS")


def checkpoint_key_age() -> timedelta:
    """Return the age at which the key that signs checkpoints gets a successor."""
    return days("NEXSTOCK_CHECKPOINT_KEY_DAYS")


def platform_secret_age() -> timedelta:
    """Return the age at which a secret of the platform gets a successor."""
    return days("NEXSTOCK_PLATFORM_SECRET_DAYS")


def webhook_secret_age() -> timedelta:
    """Return the age at which the secret of a webhook endpoint is replaced, whose owners have not done so."""
    return days("NEXSTOCK_WEBHOOK_SECRET_DAYS")


def key_backups_end_after() -> timedelta:
    """Return for how long the keys' table can be restored to an earlier moment, and a destroyed key with it."""
    return days("NEXSTOCK_KEY_BACKUP_DAYS")
