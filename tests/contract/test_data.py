"""What keeps state: every table, queue and bucket outlives its stack, is encrypted, and can be brought back."""

from typing import Final

import pytest

from nexstock.crypto.kms_signing_keys import KEY_SPEC, SIGNS
from nexstock.files.storage import Area
from tests.contract.test_stack import NESTED
from tests.support import environment
from tests.support.templates import Json, functions, resources, template

DATA: Final = "infra/data.yaml"
BACKUPS: Final = "infra/backups.yaml"
TABLES: Final = resources(DATA, of_type="AWS::DynamoDB::Table")
QUEUES: Final = resources(DATA, of_type="AWS::SQS::Queue")
BUCKETS: Final = resources(DATA, of_type="AWS::S3::Bucket")
KEYS: Final = resources(DATA, of_type="AWS::KMS::Key")
_ALL_KEYS: Final = {name: key for each in NESTED for name, key in resources(each, of_type="AWS::KMS::Key").items()}
_ROTATED_BY_US: Final = {"CheckpointKey": "RotateCheckpointKeyFunction"}
_NOT_IN_THE_VAULT: Final = {"KeysTable", "EphemeralTable"}


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_table_survives_and_is_encrypted_with_our_key(table: str) -> None:
    defined = TABLES[table]["Properties"]
    assert defined["SSESpecification"] == {
        "SSEEnabled": True,
        "SSEType": "KMS",
        "KMSMasterKeyId": {"Fn::GetAtt": ["TableKey", "Arn"]},
    }
    assert defined["BillingMode"] == "PAY_PER_REQUEST"
    assert defined["DeletionProtectionEnabled"] == {"Fn::If": ["IsProtected", True, False]}
    recovery = defined.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled", False)
    # What the table Ephemeral holds is worth nothing a day later.
    assert recovery is (table != "EphemeralTable")


def test_backups_of_keys_end_when_receipts_say_that_they_end() -> None:
    recovery = TABLES["KeysTable"]["Properties"]["PointInTimeRecoverySpecification"]
    assert recovery["RecoveryPeriodInDays"] == {"Ref": "KeyBackupDays"}


@pytest.mark.parametrize("logical_id", sorted(_ALL_KEYS))
def test_every_key_is_rotated_by_kms_or_by_us(logical_id: str) -> None:
    properties = _ALL_KEYS[logical_id]["Properties"]
    # KMS rotates symmetric keys for encryption only (AWS: "Rotate AWS KMS keys").
    if properties.get("KeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT":
        assert properties["EnableKeyRotation"] is True
        assert properties["RotationPeriodInDays"] == {"Ref": "KmsRotationDays"}
    else:
        (event,) = functions()[_ROTATED_BY_US[logical_id]]["Events"].values()
        assert event["Properties"]["ScheduleExpression"] == "rate(1 day)"


def test_kms_rotates_within_the_bounds_that_it_has() -> None:
    period = template()["Parameters"]["KmsRotationDays"]
    assert (period["Default"], period["MinValue"], period["MaxValue"]) == (365, 90, 2560)


def test_reports_name_every_key_that_encrypts_at_rest() -> None:
    told = template(DATA)["Outputs"]["KeysAtRest"]["Value"]["Fn::Sub"]
    assert dict(pair.split("=") for pair in told.split(",")) == {
        purpose: f"${{{key}.Arn}}" for purpose, key in environment.KEYS_AT_REST.items()
    }
    assert {*environment.KEYS_AT_REST.values(), "SealingKey", "CheckpointKey"} == set(KEYS)


def test_checkpoints_are_signed_by_a_key_that_notes_can_name() -> None:
    key = KEYS["CheckpointKey"]
    assert (key["Properties"]["KeySpec"], key["UpdateReplacePolicy"]) == (KEY_SPEC, "Retain")
    tag = template(DATA)["Outputs"]["CheckpointKeyTag"]["Value"]
    assert key["Properties"]["Tags"] == [{"Key": SIGNS, "Value": tag}]


def _bucket(logical_id: str) -> Json:
    bucket: Json = BUCKETS[logical_id]["Properties"]
    return bucket


@pytest.mark.parametrize("logical_id", sorted(BUCKETS))
def test_every_bucket_is_encrypted_with_our_key_and_private(logical_id: str) -> None:
    bucket = _bucket(logical_id)
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": {"Fn::GetAtt": ["FileKey", "Arn"]},
    }
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}


@pytest.mark.asvs("16.4.2")
def test_the_audit_archive_is_locked_for_everybody_for_a_year_at_least() -> None:
    bucket = _bucket("AuditArchiveBucket")
    assert bucket["ObjectLockEnabled"] is True
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    lock = bucket["ObjectLockConfiguration"]
    assert lock["ObjectLockEnabled"] == "Enabled"
    assert lock["Rule"]["DefaultRetention"] == {"Mode": "COMPLIANCE", "Days": 365}
    assert "LifecycleConfiguration" not in bucket, "nothing removes what a later proof needs"


@pytest.mark.parametrize("queue", sorted(QUEUES))
def test_every_queue_is_encrypted_with_our_key(queue: str) -> None:
    assert QUEUES[queue]["Properties"]["KmsMasterKeyId"] == {"Fn::GetAtt": ["QueueKey", "Arn"]}


def test_files_are_soon_gone() -> None:
    bucket = _bucket("FilesBucket")
    assert "VersioningConfiguration" not in bucket, "what was removed would stay"
    days = {
        each["Prefix"]: each["ExpirationInDays"]
        for each in bucket["LifecycleConfiguration"]["Rules"]
        if "ExpirationInDays" in each
    }
    assert days == {f"{Area.IMPORTS}/": 7, f"{Area.EXPORTS}/": 1}
    (origins,) = bucket["CorsConfiguration"]["CorsRules"]
    assert origins["AllowedOrigins"] == [{"Ref": "AllowedOrigin"}]


def _of_backups(logical_id: str) -> Json:
    properties: Json = template(BACKUPS)["Resources"][logical_id]["Properties"]
    return properties


def test_every_table_but_two_is_backed_up_each_day() -> None:
    selected = {each["Ref"] for each in _of_backups("Selection")["BackupSelection"]["Resources"]}
    assert selected == {f"{table}Arn" for table in set(TABLES) - _NOT_IN_THE_VAULT}
    (rule,) = _of_backups("Plan")["BackupPlan"]["BackupPlanRule"]
    assert rule["ScheduleExpression"] == "cron(0 5 * * ? *)"
    assert rule["TargetBackupVault"] == {"Ref": "Vault"}
    stack = template()["Resources"]["Backups"]
    for table in selected:
        assert stack["Properties"]["Parameters"][table] == {"Fn::GetAtt": ["Data", "Outputs", table]}


def test_a_backup_outlives_whoever_wants_it_gone() -> None:
    vault = _of_backups("Vault")
    assert vault["EncryptionKeyArn"] == {"Ref": "BackupKeyArn"}
    days = template()["Parameters"]["BackupDays"]
    # With days to change it a lock ends up in compliance mode (AWS Backup: "AWS Backup Vault Lock").
    assert vault["LockConfiguration"] == {"MinRetentionDays": days["MinValue"], "ChangeableForDays": 3}
    assert days["Default"] == 35
    (statement,) = vault["AccessPolicy"]["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert {"backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"} <= set(statement["Action"])
    assert template(BACKUPS)["Resources"]["Vault"]["UpdateReplacePolicy"] == "Retain"


def test_a_table_that_is_not_backed_up_for_two_days_raises_an_alarm() -> None:
    selected = _of_backups("Selection")["BackupSelection"]["Resources"]
    alarm, rule = _of_backups("BackupsMissingAlarm"), _of_backups("CompletedBackups")["EventPattern"]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (len(selected), "LessThanThreshold")
    assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["TreatMissingData"]) == (86_400, 2, "breaching")
    assert alarm["Dimensions"] == [{"Name": "RuleName", "Value": {"Ref": "CompletedBackups"}}]
    vault = {"Fn::GetAtt": ["Vault", "BackupVaultArn"]}
    assert rule["detail"] == {"state": ["COMPLETED"], "backupVaultArn": [vault]}


def test_the_local_environment_has_no_vault() -> None:
    assert template()["Resources"]["Backups"]["Condition"] == "IsOnAws"
