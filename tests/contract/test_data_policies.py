"""Who reaches what keeps state, and by which way: policies of keys, tables, streams and buckets, as IAM reads them."""

import re
from typing import Final

import pytest

from nexstock.files.links import LINK_LIFETIME
from tests.contract.test_data import BUCKETS, DATA, KEYS, TABLES
from tests.support.resolved import Resolver, allowances, refusals
from tests.support.templates import Json, resources, template

_ACCOUNT: Final = "123456789012"
_DEPLOYER: Final = f"arn:aws:iam::{_ACCOUNT}:role/deployer"
_FUNCTION: Final = f"arn:aws:iam::{_ACCOUNT}:role/nexstock-production-us-east-1-get-product"
_ADMINISTRATOR: Final = f"arn:aws:iam::{_ACCOUNT}:role/administrator"
_ENVIRONMENT: Final = {"Environment": "production", "AllowedOrigin": "https://app.nexstock.example"}
_PRIVATE: Final = {
    **_ENVIRONMENT,
    "DynamoDbEndpointId": "vpce-tables",
    "S3EndpointId": "vpce-files",
    "KmsEndpointId": "vpce-keys",
    "RecoveryPrincipalArns": f"{_DEPLOYER},arn:aws:iam::{_ACCOUNT}:role/recovery",
}
_OPEN: Final = {**dict.fromkeys(_PRIVATE, ""), **_ENVIRONMENT}
_USE: Final = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant", "kms:Sign")
_SERVICES: Final = {"TableKey": "dynamodb", "QueueKey": "sqs", "FileKey": "s3", "BackupKey": "backup"}


def _properties(logical_id: str, parameters: dict[str, str]) -> Json:
    return Resolver(template(DATA), parameters).properties(logical_id)


def _key_policy(logical_id: str, parameters: dict[str, str] = _PRIVATE) -> Json:
    policy: Json = _properties(logical_id, parameters)["KeyPolicy"]
    return policy


@pytest.mark.parametrize("logical_id", sorted(KEYS))
def test_whoever_administers_a_key_cannot_use_it(logical_id: str) -> None:
    policy = _key_policy(logical_id)
    by_hand = {"aws:PrincipalArn": _ADMINISTRATOR, "kms:CallerAccount": _ACCOUNT}
    assert [action for action in _USE if allowances(policy, action, by_hand)] == []
    # Otherwise nobody could ever change the policy again.
    assert allowances(policy, "kms:PutKeyPolicy", by_hand) == {"AccountAdministersThroughIam"}


def test_the_networks_key_is_administered_as_all_others_are() -> None:
    (network,) = resources("infra/network.yaml", of_type="AWS::KMS::Key").values()
    statements, others = (each["Properties"]["KeyPolicy"]["Statement"] for each in (network, KEYS["TableKey"]))
    assert statements[:2] == others[:2]


@pytest.mark.parametrize("logical_id", sorted(KEYS))
def test_a_key_lives_for_thirty_days_after_somebody_asked_for_its_end(logical_id: str) -> None:
    assert KEYS[logical_id]["Properties"]["PendingWindowInDays"] == 30
    policy = _key_policy(logical_id)
    days = "kms:ScheduleKeyDeletionPendingWindowInDays"
    assert refusals(policy, "kms:ScheduleKeyDeletion", "*", {days: "29"}) == {"NobodyDeletesItWithin30Days"}
    assert refusals(policy, "kms:ScheduleKeyDeletion", "*", {days: "30"}) == set()


@pytest.mark.parametrize(("logical_id", "service"), _SERVICES.items())
def test_a_key_at_rest_is_used_through_its_service_by_our_account_only(logical_id: str, service: str) -> None:
    policy = _key_policy(logical_id)
    through = {"kms:ViaService": f"{service}.us-east-1.amazonaws.com", "kms:CallerAccount": _ACCOUNT}
    assert len(allowances(policy, "kms:Decrypt", through)) == 1
    for other in ({"kms:ViaService": "lambda.us-east-1.amazonaws.com"}, {"kms:CallerAccount": "210987654321"}):
        assert allowances(policy, "kms:Decrypt", {**through, **other}) == set()
    assert allowances(policy, "kms:CreateGrant", through) == set(), "a grant is for a service's own use"


def test_logs_are_read_with_their_key_for_our_groups_only() -> None:
    policy = _key_policy("LogKey")
    group = f"arn:aws:logs:us-east-1:{_ACCOUNT}:log-group:"
    name = "kms:EncryptionContext:aws:logs:arn"
    assert allowances(policy, "kms:Decrypt", {name: f"{group}/nexstock/production/products"})
    assert allowances(policy, "kms:Decrypt", {name: f"{group}/nexstock/staging/products"}) == set()


@pytest.mark.parametrize(("logical_id", "action"), [("SealingKey", "kms:Decrypt"), ("CheckpointKey", "kms:Sign")])
def test_a_key_that_functions_call_is_used_by_them_only_and_through_the_endpoint_only(
    logical_id: str, action: str
) -> None:
    policy = _key_policy(logical_id)
    inside = {"aws:PrincipalArn": _FUNCTION, "aws:SourceVpce": "vpce-keys"}
    assert [role for role in _roles() if not allowances(policy, action, {**inside, "aws:PrincipalArn": role})] == []
    assert refusals(policy, action, "*", inside) == set()
    for elsewhere in ({"aws:PrincipalArn": _FUNCTION}, {**inside, "aws:SourceVpce": "vpce-other"}):
        assert len(refusals(policy, action, "*", elsewhere)) == 1
    assert refusals(_key_policy(logical_id, _OPEN), action, "*", {"aws:PrincipalArn": _FUNCTION}) == set()


def _roles() -> list[str]:
    """Return the ARNs of all functions' roles, in production."""
    roles = resources("infra/access.yaml", of_type="AWS::IAM::Role").values()
    resolver = Resolver(template("infra/access.yaml"), _ENVIRONMENT)
    return [f"arn:aws:iam::{_ACCOUNT}:role/{resolver.of(role['Properties']['RoleName'])}" for role in roles]


@pytest.mark.parametrize("logical_id", sorted(TABLES))
def test_a_table_is_read_and_written_through_the_endpoint_or_for_recovery_only(logical_id: str) -> None:
    properties = _properties(logical_id, _PRIVATE)
    policy = properties["ResourcePolicy"]["PolicyDocument"]
    table = f"arn:aws:dynamodb:us-east-1:{_ACCOUNT}:table/{properties['TableName']}"
    for resource in (table, f"{table}/index/GSI1"):
        for action in ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan", "dynamodb:PartiQLSelect"):
            assert refusals(policy, action, resource, {"aws:PrincipalArn": _FUNCTION})
            assert refusals(policy, action, resource, {"aws:SourceVpce": "vpce-tables"}) == set()
            assert refusals(policy, action, resource, {"aws:PrincipalArn": _DEPLOYER}) == set()
    for action in ("dynamodb:UpdateTable", "dynamodb:StartAwsBackupJob", "dynamodb:PutResourcePolicy"):
        assert refusals(policy, action, table, {"aws:PrincipalArn": _ADMINISTRATOR}) == set()
    assert "ResourcePolicy" not in _properties(logical_id, _OPEN)


@pytest.mark.parametrize(
    ("logical_id", "consumers"),
    [("TenantsTable", ("write-audit", "fan-out-webhooks")), ("AuditTable", ("fan-out-audit",))],
)
def test_a_stream_is_read_for_its_consumers_and_for_recovery_only(logical_id: str, consumers: tuple[str, ...]) -> None:
    properties = _properties(logical_id, _PRIVATE)
    policy = properties["StreamSpecification"]["ResourcePolicy"]["PolicyDocument"]
    stream = f"arn:aws:dynamodb:us-east-1:{_ACCOUNT}:table/{properties['TableName']}/stream/2026-11-26T00:00:00.000"
    allowed = [
        role for role in _roles() if not refusals(policy, "dynamodb:GetRecords", stream, {"aws:PrincipalArn": role})
    ]
    prefix = f"arn:aws:iam::{_ACCOUNT}:role/nexstock-production-us-east-1-"
    assert sorted(allowed) == sorted(prefix + consumer for consumer in consumers)
    assert refusals(policy, "dynamodb:GetRecords", stream, {"aws:PrincipalArn": _DEPLOYER}) == set()


def test_a_private_network_without_a_role_for_recovery_is_refused() -> None:
    rule = template(DATA)["Rules"]["RecoveryKeepsAWayIn"]
    assert rule["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "DynamoDbEndpointId"}, ""]}]}
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "RecoveryPrincipalArns"}, ""]}]}
    pattern = template()["Parameters"]["RecoveryPrincipalArns"]["AllowedPattern"]
    for good in ("", _DEPLOYER, f"{_DEPLOYER},arn:aws:iam::*:role/nexstock-recovery"):
        assert re.fullmatch(pattern, good)
    for bad in ("*", "arn:aws:iam::*:role/*", f"{_DEPLOYER},", f"arn:aws:iam::{_ACCOUNT}:root"):
        assert not re.fullmatch(pattern, bad)


def _bucket_policy(logical_id: str, parameters: dict[str, str] = _PRIVATE) -> Json:
    policy: Json = _properties(f"{logical_id}Policy", parameters)["PolicyDocument"]
    return policy


@pytest.mark.parametrize("logical_id", sorted(BUCKETS))
def test_no_file_goes_without_tls(logical_id: str) -> None:
    resource = template(DATA)["Resources"][f"{logical_id}Policy"]
    assert (resource["Condition"], resource["Properties"]["Bucket"]) == ("IsProtected", {"Ref": logical_id})
    plain = {"aws:SecureTransport": "false", "aws:SourceVpce": "vpce-files"}
    for parameters in (_OPEN, _PRIVATE):
        policy = _bucket_policy(logical_id, parameters)
        assert refusals(policy, "s3:GetObject", f"arn:{logical_id}/key", plain) == {"NothingWithoutTls"}


@pytest.mark.parametrize("logical_id", sorted(BUCKETS))
def test_a_file_is_reached_through_the_endpoint_or_for_recovery_only(logical_id: str) -> None:
    policy, key = _bucket_policy(logical_id), f"arn:{logical_id}/exports/key"
    signed = {"aws:SecureTransport": "true", "s3:authType": "REST-HEADER"}
    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
        assert refusals(policy, action, key, {**signed, "aws:PrincipalArn": _FUNCTION})
        assert refusals(policy, action, key, {**signed, "aws:SourceVpce": "vpce-files"}) == set()
        assert refusals(policy, action, key, {**signed, "aws:PrincipalArn": _DEPLOYER}) == set()
    assert refusals(policy, "s3:PutBucketPolicy", f"arn:{logical_id}", signed) == set()
    assert refusals(_bucket_policy(logical_id, _OPEN), "s3:GetObject", key, signed) == set()


@pytest.mark.parametrize("kind", ["REST-QUERY-STRING", "POST"])
def test_whoever_holds_a_link_moves_a_file_from_anywhere_for_as_long_as_links_last(kind: str) -> None:
    policy, key = _bucket_policy("FilesBucket"), "arn:FilesBucket/exports/key"
    lifetime_ms = LINK_LIFETIME.total_seconds() * 1000
    held = {"aws:SecureTransport": "true", "s3:authType": kind, "s3:signatureAge": str(lifetime_ms)}
    for action in ("s3:GetObject", "s3:PutObject"):
        assert refusals(policy, action, key, held) == set()
        assert refusals(policy, action, key, {**held, "s3:signatureAge": str(lifetime_ms + 1)})
    assert refusals(policy, "s3:DeleteObject", key, held)


@pytest.mark.parametrize("kind", ["REST-QUERY-STRING", "POST"])
def test_no_link_leads_into_the_archive(kind: str) -> None:
    held = {"aws:SecureTransport": "true", "s3:authType": kind}
    assert refusals(_bucket_policy("AuditArchiveBucket"), "s3:GetObject", "arn:AuditArchiveBucket/key", held)
