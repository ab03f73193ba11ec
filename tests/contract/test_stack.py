"""The stack as a whole: its size, what keeps its state safe, what bounds its functions, and what is named how."""

import json
import tomllib
from collections.abc import Iterator
from typing import Any, Final

import pytest

from nexstock.crypto.kms_signing_keys import KEY_SPEC, SIGNS
from nexstock.crypto.stored_secrets import Purpose
from nexstock.files.storage import Area
from nexstock.key_ages import NAMESPACE
from tests.support.templates import (
    ROOT,
    Json,
    functions,
    given_to_all_functions,
    nested_stacks,
    resources,
    route_of,
    stack_templates,
    template,
)
from tests.support.translated import of_type, translated

NESTED: Final = stack_templates()
DATA: Final = "infra/data.yaml"
TABLES: Final = resources(DATA, of_type="AWS::DynamoDB::Table")
QUEUES: Final = resources(DATA, of_type="AWS::SQS::Queue")
_STATEFUL: Final = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Logs::LogGroup")
_NAMES: Final = frozenset(
    {
        "AlarmName",
        "AliasName",
        "BucketName",
        "DashboardName",
        "FunctionName",
        "LayerName",
        "LogGroupName",
        "QueueName",
        "RoleName",
        "TableName",
    }
)

_MOST_RESOURCES: Final = 450
"""CloudFormation takes 500 (AWS, "CloudFormation quotas")."""

_LONGEST_ANSWER_S: Final = 29
"""API Gateway waits no longer for a function (AWS, "Quotas for configuring and running a REST API")."""


_LONGER_TIMEOUTS_S: Final = {"MakeExportFunction": 900}
"""An export is one file, and written in one go."""


def _all_resources() -> Iterator[tuple[str, Json]]:
    for name in ("template.yaml", *NESTED):
        for logical_id, resource in template(name)["Resources"].items():
            yield f"{name}:{logical_id}", resource


def test_no_stack_comes_near_the_limit_of_resources(capsys: pytest.CaptureFixture[str]) -> None:
    counts = {name: len(translated(name)["Resources"]) for name in ("template.yaml", *NESTED)}
    with capsys.disabled():
        print("\nresources:", ", ".join(f"{name} {count}" for name, count in counts.items()))  # noqa: T201 (asked for)
    assert max(counts.values()) < _MOST_RESOURCES


def test_every_nested_template_is_a_stack_and_gets_its_parameters() -> None:
    found = {f"{folder}/{path.name}" for folder in ("infra", "functions") for path in (ROOT / folder).glob("*.yaml")}
    assert set(NESTED) == found
    for each in nested_stacks().values():
        expected = template(each["Properties"]["TemplateURL"])["Parameters"]
        assert set(each["Properties"]["Parameters"]) == set(expected)


def test_every_value_that_comes_from_a_nested_stack_is_one_of_its_outputs() -> None:
    urls = {name: each["Properties"]["TemplateURL"] for name, each in nested_stacks().items()}
    for stack, output in _outputs_used(template()):
        assert output in template(urls[stack])["Outputs"], f"{stack}.{output}"


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_table_survives_and_is_encrypted_with_our_key(table: str) -> None:
    defined = TABLES[table]["Properties"]
    assert defined["SSESpecification"] == {
        "SSEEnabled": True,
        "SSEType": "KMS",
        "KMSMasterKeyId": {"Fn::GetAtt": ["DataKey", "Arn"]},
    }
    assert defined["BillingMode"] == "PAY_PER_REQUEST"
    assert defined["DeletionProtectionEnabled"] == {"Fn::If": ["IsProtected", True, False]}
    recovery = defined.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled", False)
    # What the table Ephemeral holds is worth nothing a day later.
    assert recovery is (table != "EphemeralTable")


def test_what_keeps_state_is_never_deleted_with_its_stack() -> None:
    stateful = [(name, each) for name, each in _all_resources() if each["Type"] in _STATEFUL]
    assert len(stateful) > len(TABLES)
    for name, each in [*stateful, ("Data", template()["Resources"]["Data"])]:
        assert each.get("DeletionPolicy") in {"Retain", "RetainExceptOnCreate"}, name
        assert each.get("UpdateReplacePolicy") == "Retain", name


_KEYS: Final = {name: key for each in NESTED for name, key in resources(each, of_type="AWS::KMS::Key").items()}
_ROTATED_BY_US: Final = {"CheckpointKey": "RotateCheckpointKeyFunction"}


@pytest.mark.parametrize("logical_id", sorted(_KEYS))
def test_every_key_is_rotated_by_kms_or_by_us(logical_id: str) -> None:
    properties = _KEYS[logical_id]["Properties"]
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


@pytest.mark.parametrize(
    ("function", "purpose", "without_figures"),
    [
        ("rotate-signing-keys", "access_tokens", "breaching"),
        ("rotate-checkpoint-key", "checkpoints", "breaching"),
        ("rotate-platform-secrets", "platform_secrets", "breaching"),
        ("rotate-data-keys", "data_keys", "notBreaching"),
    ],
)
def test_a_key_that_is_a_week_older_than_the_policy_raises_an_alarm(
    function: str, purpose: str, without_figures: str
) -> None:
    alarms = resources("infra/observability.yaml", of_type="AWS::CloudWatch::Alarm").values()
    dimensions = [
        {"Name": "FunctionName", "Value": {"Fn::Sub": f"nexstock-${{Environment}}-{function}"}},
        {"Name": "Purpose", "Value": purpose},
    ]
    (alarm,) = [each["Properties"] for each in alarms if each["Properties"]["Dimensions"] == dimensions]
    told = (alarm["Namespace"], alarm["MetricName"], alarm["Threshold"], alarm["TreatMissingData"])
    assert told == (NAMESPACE, "KeyOverdueDays", 7, without_figures)


def test_checkpoints_are_signed_by_a_key_that_notes_can_name() -> None:
    key = _KEYS["CheckpointKey"]
    assert (key["Properties"]["KeySpec"], key["UpdateReplacePolicy"]) == (KEY_SPEC, "Retain")
    tag = template(DATA)["Outputs"]["CheckpointKeyTag"]["Value"]
    assert key["Properties"]["Tags"] == [{"Key": SIGNS, "Value": tag}]


def _bucket(logical_id: str) -> Json:
    bucket: Json = resources(DATA, of_type="AWS::S3::Bucket")[logical_id]["Properties"]
    return bucket


@pytest.mark.parametrize("logical_id", sorted(resources(DATA, of_type="AWS::S3::Bucket")))
def test_every_bucket_is_encrypted_with_our_key_and_private(logical_id: str) -> None:
    bucket = _bucket(logical_id)
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": {"Fn::GetAtt": ["DataKey", "Arn"]},
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
    assert QUEUES[queue]["Properties"]["KmsMasterKeyId"] == {"Fn::GetAtt": ["DataKey", "Arn"]}


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


def test_no_file_goes_without_tls() -> None:
    policies = resources(DATA, of_type="AWS::S3::BucketPolicy")
    buckets = {policy["Properties"]["Bucket"]["Ref"] for policy in policies.values()}
    assert buckets == set(resources(DATA, of_type="AWS::S3::Bucket"))
    for policy in policies.values():
        assert policy["Condition"] == "IsProtected"
        (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
        assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("logical_id", sorted(functions()))
def test_every_function_is_bounded_traced_and_logs_where_it_is_kept(logical_id: str) -> None:
    properties = {**given_to_all_functions(), **functions()[logical_id]}
    assert 0 < properties["Timeout"] <= _LONGER_TIMEOUTS_S.get(logical_id, 60)
    if route_of(properties) is not None:
        assert properties["Timeout"] < _LONGEST_ANSWER_S
    assert 512 <= properties["MemorySize"] <= 1024
    assert properties["Tracing"] == "Active"
    groups = resources("infra/observability.yaml", of_type="AWS::Logs::LogGroup").values()
    group = properties["LoggingConfig"]["LogGroup"]
    assert group == {"Fn::Sub": f"/nexstock/${{Environment}}/{properties['CodeUri']}"}
    assert group in [each["Properties"]["LogGroupName"] for each in groups]
    assert properties["LoggingConfig"]["LogFormat"] == "JSON"


@pytest.mark.parametrize("logical_id", sorted(resources("infra/observability.yaml", of_type="AWS::Logs::LogGroup")))
def test_every_log_is_kept_for_a_year_and_encrypted(logical_id: str) -> None:
    properties = template("infra/observability.yaml")["Resources"][logical_id]["Properties"]
    assert properties["RetentionInDays"] == 365
    assert properties["KmsKeyId"] == {"Ref": "DataKeyArn"}


def test_two_environments_in_one_account_never_meet() -> None:
    for logical_id, each in _all_resources():
        for name in _NAMES & set(each.get("Properties", {})):
            assert "${Environment}" in json.dumps(each["Properties"][name]), f"{logical_id}.{name}"
    for logical_id, each in of_type("AWS::Scheduler::Schedule").items():
        assert "${Environment}" in json.dumps(each["Properties"]["Name"]), logical_id


def test_only_the_local_environment_may_call_insecure_targets() -> None:
    environments = tomllib.loads((ROOT / "samconfig.toml").read_text())
    said = {
        name: dict(pair.split("=", 1) for pair in settings["deploy"]["parameters"]["parameter_overrides"])
        for name, settings in environments.items()
        if isinstance(settings, dict) and "deploy" in settings
    }
    assert set(said) == {"local", "staging", "production"}
    assert {name for name, values in said.items() if values.get("AllowInsecureTargets") == "true"} == {"local"}
    assert template()["Parameters"]["AllowInsecureTargets"]["Default"] == "false"
    for name, values in said.items():
        assert values["Environment"] == name


def test_the_template_itself_refuses_insecure_targets_anywhere_else() -> None:
    rule = template()["Rules"]["InsecureTargetsStayLocal"]
    assert rule["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Environment"}, "local"]}]}
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "AllowInsecureTargets"}, "false"]}


def test_the_template_itself_lets_mails_and_their_key_go_to_resend_only() -> None:
    rule = template()["Rules"]["MailsGoToResendItself"]
    assert rule["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Environment"}, "local"]}]}
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "ResendBaseUrl"}, "https://api.resend.com"]}
    assert template()["Parameters"]["ResendBaseUrl"]["Default"] == "https://api.resend.com"


def _outputs_used(value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 (any YAML value)
    match value:
        case {"Fn::GetAtt": [stack, "Outputs", output]}:
            yield stack, output
        case dict():
            for each in value.values():
                yield from _outputs_used(each)
        case list():
            for each in value:
                yield from _outputs_used(each)


def test_a_purpose_that_is_new_changes_the_resource_that_provisions_secrets() -> None:
    resource = template("functions/background.yaml")["Resources"]["PlatformKeys"]["Properties"]
    assert resource["Purposes"] == [purpose.value for purpose in Purpose]
