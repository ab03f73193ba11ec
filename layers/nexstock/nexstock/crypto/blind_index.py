"""Blind indexes: sealed values that are looked up by a keyed hash, since equal values are sealed differently.

HMAC-SHA-256 under a secret of its own, over organization, field and value: nobody without the secret can try values,
and the same address in two organizations is stored differently (docs/adr/0018-sealed-personal-data.md).
"""

import hashlib
import hmac
import json

from nexstock.crypto.platform_secrets import PlatformSecret, every_secret, newest_secret
from nexstock.crypto.stored_secrets import Purpose
from nexstock.ids import OrganizationId


def blind_index(organization_id: OrganizationId, field: str, value: str) -> str:
    """Return what a value is found by from now on: the secret's version, and the keyed hash."""
    return _index(newest_secret(Purpose.BLIND_INDEX), organization_id, field, value)


def blind_indexes(organization_id: OrganizationId, field: str, value: str) -> list[str]:
    """Return all that a value may be found by, whenever it was stored, the present one first."""
    return [_index(secret, organization_id, field, value) for secret in every_secret(Purpose.BLIND_INDEX)]


def _index(secret: PlatformSecret, organization_id: OrganizationId, field: str, value: str) -> str:
    content = json.dumps([organization_id, field, value]).encode()
    return f"{secret.version}.{hmac.new(secret.value, content, hashlib.sha256).hexdigest()}"
