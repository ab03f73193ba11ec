"""An organization's data keys, opened: one for each kind of sealed thing, in versions, wrapped by KMS.

KMS binds each to organization, kind and version, so a role that may not have a kind opened has nothing of that kind,
and no organization's key passes for another's. Opened ones stay in the container for a bounded time; the first version
is made when something is first sealed (docs/adr/0005-sealing.md).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple

from nexstock.aws import client
from nexstock.clock import utc_now
from nexstock.config import CryptoSettings
from nexstock.crypto.key_cache import KeyCache
from nexstock.crypto.lifetimes import OPENED_KEYS_LIVE
from nexstock.crypto.messages import CannotOpen, Materials, local_materials
from nexstock.crypto.places import SealedPlace
from nexstock.crypto.stored_keys import DataKeyItem
from nexstock.errors import TemporarilyUnavailable
from nexstock.ids import OrganizationId, new_id
from nexstock.persistence.failures import code_of, is_passing
from nexstock.persistence.keys import data_key_sort_key, data_keys_partition, data_keys_prefix
from nexstock.persistence.organization_credentials import sign_by_organization
from nexstock.persistence.versions import FIRST_VERSION, version_after

_CACHED: Final = 1000
_USES: Final = 100_000
"""Far below what AES-GCM with random nonces bears under one key (NIST SP 800-38D, section 8.3)."""

_MOST_VERSIONS: Final = 100
_PASSING: Final = frozenset({"KMSInternalException", "DependencyTimeoutException"})


@dataclass(frozen=True, slots=True)
class DataKey:
    """One version, opened."""

    id: str
    version: str
    materials: Materials = field(repr=False)


class _Name(NamedTuple):
    organization: str
    kind: str
    version: str


_NEWEST: Final = "newest"
_opened: KeyCache[DataKey] = KeyCache(most=_CACHED, lifetime_s=OPENED_KEYS_LIVE.total_seconds(), uses=_USES)


def newest_data_key(organization_id: OrganizationId, kind: str) -> DataKey:
    """Return the version that is sealed under from now on; the first one is made here.

    Raises:
        CannotOpen: the organization's keys were destroyed, or KMS refuses this one.
        TemporarilyUnavailable: KMS did not answer (503).
    """
    name = _Name(organization_id, kind, _NEWEST)
    key = _opened.get(name)
    if key is None:
        items = _newest_items(organization_id, kind, limit=1)
        key = _open(organization_id, items[0]) if items else _first(organization_id, kind)
        _opened.put(name, key)
        _opened.put(_Name(organization_id, kind, key.version), key)
    return key


def earlier_data_keys(organization_id: OrganizationId, kind: str) -> Iterator[DataKey]:
    """Give the live versions before the newest one, the newest of them first.

    Raises:
        CannotOpen: KMS refuses one.
        TemporarilyUnavailable: KMS did not answer (503).
    """
    for item in _newest_items(organization_id, kind, limit=_MOST_VERSIONS)[1:]:
        if item.is_live:
            yield _open(organization_id, item)


def data_key(organization_id: OrganizationId, kind: str, version: str) -> DataKey:
    """Return the version that something was sealed under.

    Raises:
        CannotOpen: there is no such version any more, or KMS refuses it.
        TemporarilyUnavailable: KMS did not answer (503).
    """
    name = _Name(organization_id, kind, version)
    key = _opened.get(name)
    if key is None:
        try:
            item = DataKeyItem.get(*_address(organization_id, kind, version), consistent_read=True)
        except DataKeyItem.DoesNotExist:
            raise CannotOpen from None
        key = _open(organization_id, item)
        _opened.put(name, key)
    return key


def add_version(organization_id: OrganizationId, newest: DataKeyItem, now: datetime) -> bool:
    """Make the version after the newest one, never seen in clear here; tell whether this call did."""
    version = version_after(newest.version)
    wrapped = _asked(
        lambda kms: kms.generate_data_key_without_plaintext(
            **_key_spec(), EncryptionContext=_context(organization_id, newest.kind, version)
        )
    )["CiphertextBlob"]
    item = _item(organization_id, newest.kind, version, wrapped, now)
    return item.save_if(DataKeyItem.pk.does_not_exist())


def _newest_items(organization_id: OrganizationId, kind: str, *, limit: int) -> list[DataKeyItem]:
    items, _ = DataKeyItem.query_page(
        data_keys_partition(organization_id),
        DataKeyItem.sk.startswith(data_keys_prefix(kind)),
        limit=limit,
        newest_first=True,
    )
    return items


def _first(organization_id: OrganizationId, kind: str) -> DataKey:
    context = _context(organization_id, kind, FIRST_VERSION)
    made = _asked(lambda kms: kms.generate_data_key(**_key_spec(), EncryptionContext=context))
    item = _item(organization_id, kind, FIRST_VERSION, made["CiphertextBlob"], utc_now())
    if item.save_if(DataKeyItem.pk.does_not_exist()):
        return DataKey(item.id, FIRST_VERSION, local_materials(item.id, made["Plaintext"]))
    # Another container made it at the same moment.
    return _open(organization_id, _newest_items(organization_id, kind, limit=1)[0])


def _open(organization_id: OrganizationId, item: DataKeyItem) -> DataKey:
    if item.wrapped is None:
        raise CannotOpen
    wrapped, context = item.wrapped, _context(organization_id, item.kind, item.version)
    key_arn = CryptoSettings.from_env().sealing_key_arn
    opened = _asked(lambda kms: kms.decrypt(CiphertextBlob=wrapped, KeyId=key_arn, EncryptionContext=context))
    return DataKey(item.id, item.version, local_materials(item.id, opened["Plaintext"]))


def _asked(call: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """Return what KMS answers.

    Raises:
        CannotOpen: it refuses: the key is disabled, the role may not, or the wrapped key is not what it was.
        TemporarilyUnavailable: too much to do, or no answer in time (503).
    """
    try:
        return call(_kms())
    except Exception as error:
        if is_passing(error) or code_of(error) in _PASSING:
            raise TemporarilyUnavailable from error
        if code_of(error) is None:
            raise
        raise CannotOpen from error


@cache
def _kms() -> Any:  # noqa: ANN401 (botocore makes the class at run time)
    return sign_by_organization(client("kms"))


def _key_spec() -> dict[str, str]:
    return {"KeyId": CryptoSettings.from_env().sealing_key_arn, "KeySpec": "AES_256"}


def _context(organization_id: OrganizationId, kind: str, version: str) -> dict[str, str]:
    return SealedPlace(organization_id, kind, version, "data_key").encryption_context


def _address(organization_id: OrganizationId, kind: str, version: str) -> tuple[str, str]:
    return data_keys_partition(organization_id), data_key_sort_key(kind, version)


def _item(organization_id: OrganizationId, kind: str, version: str, wrapped: bytes, now: datetime) -> DataKeyItem:
    address = _address(organization_id, kind, version)
    return DataKeyItem(*address, id=new_id("dek", now), wrapped=wrapped, created_at=now)
