"""Checkpoint keys of a test's own."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from nexstock.aws import client
from nexstock.config import checkpoint_key_tag
from nexstock.crypto.checkpoint_key_rotation import record_first_key
from nexstock.crypto.checkpoint_keys import CHECKPOINT_KEYS_KNOWN, CheckpointKeyItem, CheckpointKeys, stored_items
from nexstock.crypto.kms_signing_keys import KEY_SPEC, SIGNS, VERSION

START: Final = datetime(2030, 1, 1, tzinfo=UTC)


@contextlib.contextmanager
def own_checkpoint_keys(since: datetime = START) -> Iterator[None]:
    """Have one key, recorded at an instant, for the block; then those from before again."""
    before = stored_items()
    _replace(before, [])
    tags = [{"TagKey": SIGNS, "TagValue": checkpoint_key_tag()}]
    first = client("kms").create_key(KeySpec=KEY_SPEC, KeyUsage="SIGN_VERIFY", Tags=tags)["KeyMetadata"]["Arn"]
    record_first_key(first, since)
    _forget()
    try:
        yield
    finally:
        for arn in kms_keys("V0002"):
            client("kms").untag_resource(KeyId=arn, TagKeys=[VERSION])
        _replace(stored_items(), before)
        _forget()


def kms_keys(version: str) -> list[str]:
    """Return the keys in KMS that are tagged as a version."""
    wanted = {SIGNS: checkpoint_key_tag(), VERSION: version}
    found = client("resourcegroupstaggingapi").get_resources(
        TagFilters=[{"Key": name, "Values": [value]} for name, value in wanted.items()]
    )
    return [each["ResourceARN"] for each in found["ResourceTagMappingList"]]


def state_of(arn: str) -> Any:  # noqa: ANN401 (what KMS says)
    """Return what KMS says of a key's state."""
    return client("kms").describe_key(KeyId=arn)["KeyMetadata"]["KeyState"]


def _replace(old: list[CheckpointKeyItem], new: list[CheckpointKeyItem]) -> None:
    for key in old:
        key.delete()
    for key in new:
        key.save()


def _forget() -> None:
    """Have this process go on like a container that starts."""
    vars(CHECKPOINT_KEYS_KNOWN).update(vars(CheckpointKeys()))
