"""Releases: functions keep nothing, are the same in all stacks, and move to new versions under the eyes of alarms."""

import tomllib
from typing import Any, Final

import pytest

from tests.support.templates import (
    ROOT,
    Json,
    function_templates,
    functions,
    given_to_all_functions,
    nested_stacks,
    resources,
    template,
)
from tests.support.translated import translated

_KEEPS_NOTHING: Final = frozenset(
    {
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::Stage",
        "AWS::CodeDeploy::Application",
        "AWS::CodeDeploy::DeploymentGroup",
        "AWS::IAM::Role",
        "AWS::Lambda::Alias",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Version",
        "AWS::Scheduler::Schedule",
        "Custom::PlatformKeys",
    }
)
"""What can be deleted and made anew without anybody's losing something; provisioned keys are the tables'."""

_LONGEST_DESCRIPTION: Final = 256
"""Of a function's version (AWS, "AWS::Lambda::Version")."""

_FIXED: Final = frozenset({"DeploymentType", "Environment", "PythonRuntime", "Architecture"})
"""Parameters of functions that a release does not name: how it is deployed, and what a new layer follows from."""

_STACKS: Final = {
    name: each for name, each in nested_stacks().items() if each["Properties"]["TemplateURL"] in function_templates()
}


def _given(stack: str) -> Json:
    given: Json = _STACKS[stack]["Properties"]["Parameters"]
    return given


@pytest.mark.parametrize("name", [*function_templates(), "infra/api.yaml"])
def test_no_stack_that_a_release_changes_holds_anything_that_could_be_lost(name: str) -> None:
    assert {each["Type"] for each in translated(name)["Resources"].values()} <= _KEEPS_NOTHING


@pytest.mark.parametrize("name", function_templates())
def test_what_all_functions_are_given_is_the_same_in_every_stack(name: str) -> None:
    assert template(name)["Globals"] == {"Function": given_to_all_functions()}
    referenced = set(_references(given_to_all_functions()))
    declared = [parameter for parameter in template(name)["Parameters"] if parameter in referenced]
    assert declared == [each for each in template(function_templates()[0])["Parameters"] if each in referenced]


def test_a_parameter_means_the_same_in_every_stack_of_functions() -> None:
    meanings: dict[str, Any] = {}
    for stack in _STACKS:
        for parameter, value in _given(stack).items():
            assert meanings.setdefault(parameter, value) == value, f"{stack}.{parameter}"


@pytest.mark.parametrize("stack", sorted(_STACKS))
def test_what_a_stack_of_functions_is_given_keeps_its_name(stack: str) -> None:
    for parameter, value in _given(stack).items():
        match value:
            case {"Fn::GetAtt": place}:
                assert place == ["Data", "Outputs", parameter]
            case {"Ref": name}:
                assert name == parameter
            case _:
                assert set(value) <= {"Fn::If", "Fn::Join", "Fn::Sub"}, parameter


def test_functions_come_after_their_roles_and_logs_and_the_api_after_the_functions() -> None:
    for stack in _STACKS.values():
        assert stack["DependsOn"] == ["Access", "Observability"]
    api = nested_stacks()["Api"]
    # The Background is there by what the API takes from it: the authorizer.
    assert {*api["DependsOn"], "Background"} == set(_STACKS)
    assert api["Properties"]["Parameters"]["AuthorizerArn"] == {
        "Fn::GetAtt": ["Background", "Outputs", "AuthorizerArn"]
    }


@pytest.mark.parametrize("name", function_templates())
def test_every_function_is_reached_by_an_alias_whose_versions_code_deploy_shifts(name: str) -> None:
    made = translated(name)["Resources"]
    for logical_id in resources(name, of_type="AWS::Serverless::Function"):
        alias, group = made[f"{logical_id}Aliaslive"], made[f"{logical_id}DeploymentGroup"]["Properties"]
        assert alias["Properties"]["Name"] == "live"
        assert set(alias["UpdatePolicy"]) == {"CodeDeployLambdaAliasUpdate"}
        assert group["AutoRollbackConfiguration"]["Enabled"] is True
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
        assert group["DeploymentConfigName"]["Fn::Sub"][1] == {"ConfigName": "Canary10Percent5Minutes"}
        assert group["ServiceRoleArn"] == {"Ref": "ShiftTrafficRole"}


def test_alarms_that_stop_a_deployment_exist() -> None:
    existing = [
        each["Properties"]["AlarmName"]
        for each in resources("infra/observability.yaml", of_type="AWS::CloudWatch::Alarm").values()
    ]
    watched = given_to_all_functions()["DeploymentPreference"]["Alarms"]
    assert watched
    assert [each for each in watched if each not in existing] == []


@pytest.mark.parametrize("name", function_templates())
def test_without_code_deploy_nothing_of_it_is_made(name: str) -> None:
    made = translated(name, shifts_traffic=False)["Resources"]
    assert [key for key, each in made.items() if "CodeDeploy" in each["Type"] or "UpdatePolicy" in each] == []


def test_production_and_staging_shift_traffic_and_a_machine_of_ones_own_does_not() -> None:
    environments = tomllib.loads((ROOT / "samconfig.toml").read_text())
    shifting = {name: _overrides(environments[name]).get("DeploymentType") for name in ("staging", "production")}
    assert shifting == {"staging": "Canary10Percent5Minutes", "production": "Canary10Percent5Minutes"}
    assert "DeploymentType" not in _overrides(environments["local"])
    assert template()["Parameters"]["DeploymentType"]["Default"] == "Direct"
    assert template()["Conditions"]["UsesCodeDeploy"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "DeploymentType"}, "Direct"]}]
    }
    assert _given("Identity")["ShiftsTraffic"] == {"Fn::If": ["UsesCodeDeploy", "true", "false"]}


@pytest.mark.parametrize("logical_id", sorted(functions()))
def test_every_change_of_code_layers_or_parameters_makes_a_version(logical_id: str) -> None:
    # SAM makes one when code or properties change as they are written, and looks behind no reference.
    properties = {**given_to_all_functions(), **functions()[logical_id]}
    assert properties["AutoPublishAliasAllProperties"] is True
    assert properties["VersionDescription"] == {"Ref": "Release"}
    # Lambda makes no version of a function that is as it was: a release changes each function.
    assert properties["Description"] == {"Ref": "Release"}


def test_a_release_names_the_layers_and_every_parameter_that_functions_are_given() -> None:
    named = set(_references(_given("Identity")["Release"]))
    given = {name for stack in _STACKS for name in _references(list(_given(stack).values()))}
    assert {"DependenciesLayer", "NexstockLayer"} <= named
    assert sorted(given - named - _FIXED) == []


@pytest.mark.parametrize("environment", ["local", "staging", "production"])
def test_what_a_release_is_called_is_no_longer_than_a_description(environment: str) -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())[environment]
    defaults = {name: str(each["Default"]) for name, each in template()["Parameters"].items() if "Default" in each}
    layers = dict.fromkeys(
        ("DependenciesLayer", "NexstockLayer"), "arn:aws:lambda:us-east-1:000000000000:layer:x:12345"
    )
    release = _text(_given("Identity")["Release"], {**layers, **defaults, **_overrides(config)})
    assert release.startswith("12345 12345 ")
    assert len(release) < _LONGEST_DESCRIPTION


def test_code_deploy_moves_aliases_and_reads_alarms_of_this_environment_and_nothing_else() -> None:
    role = template()["Resources"]["ShiftTrafficRole"]
    assert role["Condition"] == "UsesCodeDeploy"
    (policy,) = role["Properties"]["Policies"]
    allowed = {
        action: statement["Resource"]["Fn::Sub"].rpartition(":")[2]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in statement["Action"]
    }
    mine = "nexstock-${Environment}-*"
    assert allowed == {
        **dict.fromkeys(("lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias"), mine),
        "cloudwatch:DescribeAlarms": mine,
    }


def _overrides(environment: Json) -> dict[str, str]:
    pairs = environment["deploy"]["parameters"]["parameter_overrides"]
    return dict(pair.split("=", 1) for pair in pairs)


def _text(value: Any, values: dict[str, str]) -> str:  # noqa: ANN401 (any YAML value)
    """Return what CloudFormation makes of a text that is put together."""
    match value:
        case {"Ref": name}:
            return values[name]
        case {"Fn::Join": [between, parts]}:
            return str(between).join(_text(part, values) for part in parts)
        case {"Fn::Select": [index, {"Fn::Split": [between, whole]}]}:
            return _text(whole, values).split(str(between))[int(index)]
    return str(value)


def _references(value: Any) -> list[str]:  # noqa: ANN401 (any YAML value)
    """Return what a value of the root or of a stack of functions refers to, by its conditions too."""
    match value:
        case {"Ref": name}:
            return [name]
        case {"Condition": str(condition)}:
            of_functions = template(function_templates()[0])["Conditions"]
            return _references({**template()["Conditions"], **of_functions}[condition])
        case {"Fn::If": [str(condition), *branches]}:
            return _references([{"Condition": condition}, *branches])
        case dict():
            return [name for each in value.values() for name in _references(each)]
        case list():
            return [name for each in value for name in _references(each)]
    return []
