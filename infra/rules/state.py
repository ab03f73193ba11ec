"""Rules about what keeps state: tables, buckets, keys, and the region that all of it stays in."""

import json
import re
from collections.abc import Iterator
from typing import Final

from infra.rules.identities import Json
from infra.rules.listed import NEVER_RECOVERED
from infra.rules.system import System

_REGION: Final = re.compile(r"\b(?:af|ap|ca|cn|eu|il|me|mx|sa|us|us-gov)-(?:[a-z]+)-\d\b")
_TAG_OF_KEYS_THAT_SIGN: Final = "nexstock-signs"
_REPLICATING: Final = ("AWS::DynamoDB::GlobalTable", "AWS::KMS::ReplicaKey")


def tables_are_protected_and_recoverable(system: System) -> Iterator[tuple[object, str]]:
    """Every table is encrypted under a key of ours, cannot be deleted, and goes back to any moment, but for one."""
    for table in system.of_kind("AWS::DynamoDB::Table"):
        properties = table.properties
        if not properties.get("SSESpecification", {}).get("KMSMasterKeyId"):
            yield table, "no key of our own"
        if properties.get("DeletionProtectionEnabled") is not True:
            yield table, "can be deleted"
        recovery = properties.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled")
        if recovery is not True and not table.name.endswith(NEVER_RECOVERED):
            yield table, "no point-in-time recovery"


def buckets_are_private_and_encrypted(system: System) -> Iterator[tuple[object, str]]:
    """Every bucket is closed to the public in all four ways, and encrypted under a key of ours."""
    for bucket in system.of_kind("AWS::S3::Bucket"):
        blocks = bucket.properties.get("PublicAccessBlockConfiguration", {})
        if [value for value in blocks.values() if value is True] != [True] * 4:
            yield bucket, "not closed to the public"
        rules = bucket.properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
        defaults = [rule.get("ServerSideEncryptionByDefault", {}) for rule in rules]
        if not any(each.get("SSEAlgorithm") == "aws:kms" and each.get("KMSMasterKeyID") for each in defaults):
            yield bucket, "no key of our own"


def buckets_take_tls_only(system: System) -> Iterator[tuple[object, str]]:
    """Every bucket has a policy that refuses everything that comes without TLS."""
    policies = list(system.of_kind("AWS::S3::BucketPolicy"))
    for bucket in system.of_kind("AWS::S3::Bucket"):
        statements = [
            statement
            for policy in policies
            if policy.properties["Bucket"] == bucket.name
            for statement in policy.properties["PolicyDocument"]["Statement"]
        ]
        if not any(map(_refuses_what_has_no_tls, statements)):
            yield bucket, "takes requests without TLS"


def keys_are_rotated(system: System) -> Iterator[tuple[object, str]]:
    """KMS rotates every key that it can; the others carry the tag by which our own rotation finds them.

    AWS, "Rotating AWS KMS keys": symmetric keys for encryption only.
    """
    for key in system.of_kind("AWS::KMS::Key"):
        if key.properties.get("KeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT":
            if key.properties.get("EnableKeyRotation") is not True:
                yield key, "not rotated"
        elif not any(tag["Key"] == _TAG_OF_KEYS_THAT_SIGN for tag in key.properties.get("Tags", [])):
            yield key, "KMS rotates no such key, and our own rotation does not find it"


def everything_stays_in_its_region(system: System) -> Iterator[tuple[object, str]]:
    """No resource names another region or keeps a copy there.

    Whoever wants one sets a parameter of the template for it, which production does not.
    """
    for resource in system.resources:
        others = set(_REGION.findall(json.dumps(resource.properties))) - {system.region}
        if others:
            yield resource, f"names another region: {', '.join(sorted(others))}"
        properties = resource.properties
        copies = properties.get("ReplicationConfiguration") or properties.get("MultiRegion")
        if resource.kind in _REPLICATING or copies:
            yield resource, "is made to have copies in other regions"


def _refuses_what_has_no_tls(statement: Json) -> bool:
    everybody = statement["Principal"] in ("*", {"AWS": "*"})
    without_tls = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") in ("false", False)
    return statement["Effect"] == "Deny" and everybody and statement["Action"] in ("s3:*", "*") and without_tls
