"""Functions of CloudFormation come out as AWS documents them ("Intrinsic function reference")."""

from typing import Any, Final

import pytest

from infra.rules.resolution import Template

_DOCUMENT: Final = {
    "Parameters": {"Name": {"Type": "String"}, "Zones": {"Type": "CommaDelimitedList"}},
    "Mappings": {"Sizes": {"production": {"Memory": 512}}},
    "Conditions": {
        "IsLive": {"Fn::Equals": [{"Ref": "Name"}, "live"]},
        "IsNotLive": {"Fn::Not": [{"Condition": "IsLive"}]},
        "IsBoth": {"Fn::And": [{"Condition": "IsLive"}, {"Condition": "IsNotLive"}]},
        "IsEither": {"Fn::Or": [{"Condition": "IsLive"}, {"Condition": "IsNotLive"}]},
    },
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${Name}-work"}}},
        "Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"LayerName": "ours"}},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "list-orders"}},
        "Alias": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {"FunctionName": {"Ref": "Function"}, "Name": "live"},
        },
        "Firewall": {"Type": "AWS::NetworkFirewall::Firewall", "Properties": {}},
        "OnlyLive": {"Type": "AWS::SNS::Topic", "Condition": "IsLive", "Properties": {}},
        "OnlyOther": {"Type": "AWS::SNS::Topic", "Condition": "IsNotLive", "Properties": {}},
    },
}
_FUNCTION: Final = "arn:aws:lambda:eu-west-1:000000000000:function:list-orders"


def _template() -> Template:
    parameters = {"Name": "live", "Zones": "a,b"}
    return Template(_DOCUMENT, parameters, "eu-west-1", "x.yaml", lambda stack, output: f"<{stack}.{output}>")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Name"}, "live"),
        ({"Ref": "Zones"}, ["a", "b"]),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "Queue"}, "https://sqs.eu-west-1.amazonaws.com/000000000000/live-work"),
        ({"Ref": "Layer"}, "arn:aws:lambda:eu-west-1:000000000000:layer:ours:1"),
        ({"Ref": "Alias"}, f"{_FUNCTION}:live"),
        ({"Ref": "Firewall"}, "x.yaml/Firewall"),
        ({"Fn::GetAtt": ["Function", "Arn"]}, _FUNCTION),
        ({"Fn::GetAtt": "Queue.Arn"}, "arn:aws:sqs:eu-west-1:000000000000:live-work"),
        ({"Fn::GetAtt": ["Data", "Outputs", "Table"]}, "<Data.Table>"),
        ({"Fn::GetAtt": ["Data", "Outputs.Table"]}, "<Data.Table>"),
        ({"Fn::Sub": "${Name} ${Queue.Arn} ${!Name}"}, "live arn:aws:sqs:eu-west-1:000000000000:live-work ${Name}"),
        ({"Fn::Sub": ["${A}-${Name}", {"A": {"Ref": "Name"}}]}, "live-live"),
        ({"Fn::Join": ["/", ["a", {"Ref": "Name"}]]}, "a/live"),
        ({"Fn::Select": ["1", {"Ref": "Zones"}]}, "b"),
        ({"Fn::Select": [1, {"Fn::Split": ["@", "no-reply@mail.example"]}]}, "mail.example"),
        ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "eu-west-1a"),
        ({"Fn::Select": [0, {"Fn::GetAtt": ["Firewall", "EndpointIds"]}]}, "x.yaml/Firewall.EndpointIds[0]"),
        ({"Fn::FindInMap": ["Sizes", "production", "Memory"]}, 512),
        ({"Fn::If": ["IsLive", 1, 2]}, 1),
        ({"Fn::If": ["IsBoth", 1, 2]}, 2),
        ({"Fn::If": ["IsEither", 1, 2]}, 1),
        ({"A": {"Fn::If": ["IsNotLive", 1, {"Ref": "AWS::NoValue"}]}, "B": [{"Ref": "AWS::NoValue"}]}, {"B": []}),
        ({"Fn::Cidr": ["10.0.0.0/16", 2]}, {"Fn::Cidr": ["10.0.0.0/16", 2]}),
    ],
)
def test_a_function_gives_what_aws_gives(value: Any, expected: Any) -> None:  # noqa: ANN401 (any JSON)
    assert _template().resolved(value) == expected


def test_resources_are_those_whose_conditions_hold() -> None:
    assert "OnlyLive" in _template().resources
    assert "OnlyOther" not in _template().resources


def test_a_condition_that_is_none_is_not_guessed() -> None:
    with pytest.raises(LookupError):
        _template().holds({"Fn::Contains": []})
