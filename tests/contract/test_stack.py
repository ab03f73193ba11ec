"""The stack as a whole: its size, what keeps its state safe, what bounds its functions, and what is named how."""

import json
import tomllib
from collections.abc import Iterator
from typing import Any, Final

import pytest

from nexstock.crypto.stored_secrets import Purpose
from tests.support.templates import (
    ROOT,
    Json,
    functions,
    given_to_all_functions,
    nested_in,
    nested_stacks,
    resources,
    route_of,
    stack_templates,
    template,
)
from tests.support.translated import of_type, translated

NESTED: Final = stack_templates()
_STATEFUL: Final = (
    "AWS::Backup::BackupVault",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
)
_NAMES: Final = frozenset(
    {
        "AlarmName",
        "AliasName",
        "BackupVaultName",
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
    for parent in ("template.yaml", *NESTED):
        for url, parameters in nested_in(parent).items():
            assert set(parameters) == set(template(url)["Parameters"]), url


def test_every_value_that_comes_from_a_nested_stack_is_one_of_its_outputs() -> None:
    urls = {name: each["Properties"]["TemplateURL"] for name, each in nested_stacks().items()}
    for stack, output in _outputs_used(template()):
        assert output in template(urls[stack])["Outputs"], f"{stack}.{output}"


def test_what_keeps_state_is_never_deleted_with_its_stack() -> None:
    stateful = [(name, each) for name, each in _all_resources() if each["Type"] in _STATEFUL]
    assert {each["Type"] for _name, each in stateful} == set(_STATEFUL)
    for name, each in [*stateful, ("Data", template()["Resources"]["Data"])]:
        assert each.get("DeletionPolicy") in {"Retain", "RetainExceptOnCreate"}, name
        assert each.get("UpdateReplacePolicy") == "Retain", name


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
    assert properties["KmsKeyId"] == {"Ref": "LogKeyArn"}


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
