"""Keys in KMS that sign: made, found again and switched off. Nothing here signs.

Each bears two tags: what it signs, by which roles may use it (AWS: "ABAC for AWS KMS"), and its version, by which one
is found that was made by a run that ended before it could note so: KMS has no token that makes CreateKey idempotent.
"""

from typing import Final

from nexstock.aws import client

SIGNS: Final = "nexstock-signs"
VERSION: Final = "nexstock-version"
KEY_SPEC: Final = "ECC_NIST_EDWARDS25519"

_PREFIX: Final = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 key in DER (RFC 8410, section 4)."""


def found_or_made_key(signs: str, version: str) -> str:
    """Return the ARN of the key of a version, which is made unless it is there."""
    wanted = {SIGNS: signs, VERSION: version}
    if found := _found(wanted):
        return found
    # Tried once: a call whose answer was lost may have made the key, and the next run finds it.
    made = client("kms", tries=1).create_key(
        Description=f"{signs} {version}",
        KeySpec=KEY_SPEC,
        KeyUsage="SIGN_VERIFY",
        Tags=[{"TagKey": name, "TagValue": value} for name, value in wanted.items()],
    )
    return str(made["KeyMetadata"]["Arn"])


def _found(tags: dict[str, str]) -> str | None:
    # A page may be empty and not the last one (AWS: GetResources, `PaginationToken`).
    pages = client("resourcegroupstaggingapi").get_paginator("get_resources")
    found = pages.paginate(
        ResourceTypeFilters=["kms:key"], TagFilters=[{"Key": name, "Values": [value]} for name, value in tags.items()]
    )
    return min((str(each["ResourceARN"]) for page in found for each in page["ResourceTagMappingList"]), default=None)


def public_half(arn: str) -> bytes:
    """Return the 32 bytes of a key's public half.

    Raises:
        ValueError: it is no Ed25519 key.
    """
    encoded = bytes(client("kms").get_public_key(KeyId=arn)["PublicKey"])
    if not encoded.startswith(_PREFIX):
        message = "not an Ed25519 key"
        raise ValueError(message)
    return encoded.removeprefix(_PREFIX)


def disable_key(arn: str) -> None:
    """Have a key sign nothing any more; it can be enabled again, and is never deleted."""
    client("kms").disable_key(KeyId=arn)
