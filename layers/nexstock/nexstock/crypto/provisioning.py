"""What a new deployment needs before its first sign-in: secrets and keys that sign. Safe to run again."""

import secrets
from datetime import datetime

from nexstock.config import checkpoint_key_arn
from nexstock.crypto.checkpoint_key_rotation import record_first_key
from nexstock.crypto.checkpoint_keys import stored_items
from nexstock.crypto.platform_secrets import provision_secret
from nexstock.crypto.signing_key_making import publish_key
from nexstock.crypto.signing_keys import stored_keys
from nexstock.crypto.stored_secrets import Purpose, stored_versions
from nexstock.persistence.versions import FIRST_VERSION


def provision_missing(now: datetime) -> None:
    """Make every secret and key that is missing; what exists stays as it is."""
    for purpose in Purpose:
        # A first version that a rotation has removed since is not missing.
        if not stored_versions(purpose):
            provision_secret(purpose, secrets.token_bytes(32), now)
    if not stored_keys():
        publish_key(FIRST_VERSION, now=now, signs_from=now)
    if not stored_items():
        record_first_key(checkpoint_key_arn(), now)
