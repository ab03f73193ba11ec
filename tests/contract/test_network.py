"""The private network: who is in it, and what each may reach from there; tests/contract/test_egress has the way out."""

import ipaddress
import json
import re
import tomllib
from typing import Any, Final

import pytest

from tests.support.import_graph import modules_behind, services_of
from tests.support.privileges import roles
from tests.support.templates import (
    ROOT,
    Json,
    function_templates,
    functions,
    given_to_all_functions,
    nested_in,
    resources,
    template,
)

NETWORK: Final = "infra/network.yaml"

_CALLS_SERVERS_OF_OTHERS: Final = frozenset({"nexstock.outbound.http_client", "nexstock.mail.resend"})
_SENDERS: Final = frozenset(
    {"DeliverWebhookFunction", "SendMailFunction", "StartSingleSignOnFunction", "CompleteSingleSignOnFunction"}
)

_MADE_BY_LAMBDA: Final = re.compile(
    r"dynamodb:(DescribeStream|GetRecords|GetShardIterator|ListStreams)|sqs:(Rec|Del|Get).*"
)
"""Lambda polls streams and queues from its own network, in a function's name."""


def _inside(group: str, subnets: str) -> Json:
    return {
        "Fn::If": [
            "IsInPrivateNetwork",
            {"SecurityGroupIds": [{"Ref": group}], "SubnetIds": {"Fn::Split": [",", {"Ref": subnets}]}},
            {"Ref": "AWS::NoValue"},
        ]
    }


def in_network(kind: str) -> dict[str, Json]:
    """Return the properties of the network's resources of one type, by logical id."""
    return {name: each["Properties"] for name, each in resources(NETWORK, of_type=kind).items()}


def test_the_network_is_a_choice_that_production_and_staging_make() -> None:
    assert template()["Conditions"]["UsesPrivateNetwork"] == {
        "Fn::And": [{"Condition": "IsOnAws"}, {"Fn::Equals": [{"Ref": "PrivateNetwork"}, "true"]}]
    }
    assert template()["Parameters"]["PrivateNetwork"]["Default"] == "false"
    assert template()["Resources"]["Network"]["Condition"] == "UsesPrivateNetwork"
    for environment in ("staging", "production"):
        said = tomllib.loads((ROOT / "samconfig.toml").read_text())[environment]["deploy"]["parameters"]
        assert "PrivateNetwork=true" in said["parameter_overrides"]


def test_a_network_without_what_it_needs_is_refused() -> None:
    rule = template()["Rules"]["PrivateNetworksAreComplete"]
    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "PrivateNetwork"}, "true"]}
    needed = json.dumps([each["Assert"] for each in rule["Assertions"]])
    assert {"DynamoDbPrefixListId", "S3PrefixListId", "DnsServers"} == set(re.findall(r'"Ref": "(\w+)"', needed))


def test_every_function_is_inside_and_only_those_that_call_other_peoples_servers_have_a_way_out() -> None:
    for name in function_templates():
        assert template(name)["Conditions"]["IsInPrivateNetwork"] == {
            "Fn::Not": [{"Fn::Equals": [{"Ref": "PrivateSubnetIds"}, ""]}]
        }
    assert given_to_all_functions()["VpcConfig"] == _inside("FunctionsGroupId", "PrivateSubnetIds")
    given = {name: value for each in nested_in("template.yaml").values() for name, value in each.items()}
    for name in ("FunctionsGroupId", "PrivateSubnetIds", "SendersGroupId", "EgressSubnetIds"):
        outside = {"Fn::If": ["UsesPrivateNetwork", {"Fn::GetAtt": ["Network", "Outputs", name]}, ""]}
        assert given[name] == outside
    elsewhere = {name: each["VpcConfig"] for name, each in functions().items() if "VpcConfig" in each}
    assert elsewhere == dict.fromkeys(_SENDERS, _inside("SendersGroupId", "EgressSubnetIds"))
    calling = {name for name, each in functions().items() if modules_behind(each) & _CALLS_SERVERS_OF_OTHERS}
    assert calling == _SENDERS


def test_a_function_without_a_way_out_calls_services_with_an_endpoint_only() -> None:
    names = [each["ServiceName"]["Fn::Sub"] for each in in_network("AWS::EC2::VPCEndpoint").values()]
    endpoints = {name.rpartition(".")[2] for name in names}
    assert endpoints == {"dynamodb", "s3", "kms", "sqs", "sts", "logs", "tagging"}
    for logical_id in set(functions()) - _SENDERS:
        called = services_of(functions()[logical_id])
        assert {"tagging" if each == "resourcegroupstaggingapi" else each for each in called} <= endpoints, logical_id


def test_private_subnets_lie_in_three_zones_and_lead_nowhere() -> None:
    subnets = in_network("AWS::EC2::Subnet")
    assert [each["AvailabilityZone"]["Fn::Select"][0] for each in subnets.values()] == [0, 1, 2]
    assert not any(each["MapPublicIpOnLaunch"] for each in subnets.values())
    assert in_network("AWS::EC2::Route") == {}, "the local route and those of the gateway endpoints are all"
    associated = in_network("AWS::EC2::SubnetRouteTableAssociation").values()
    assert {each["SubnetId"]["Ref"] for each in associated} == set(subnets)
    assert {each["RouteTableId"]["Ref"] for each in associated} == {"PrivateRoutes"}
    (network,) = in_network("AWS::EC2::VPC").values()
    every = [ipaddress.ip_network(each["CidrBlock"]) for each in subnets.values()] + [
        ipaddress.ip_network(cidr)
        for stack in in_network("AWS::CloudFormation::Stack").values()
        for name, cidr in stack["Parameters"].items()
        if name.endswith("Cidr")
    ]
    assert all(each.subnet_of(ipaddress.ip_network(network["CidrBlock"])) for each in every)  # type: ignore[arg-type]
    assert not any(one.overlaps(other) for one in every for other in every if one is not other)


def test_security_groups_let_nothing_in_and_little_out() -> None:
    groups = in_network("AWS::EC2::SecurityGroup")
    assert not any("SecurityGroupIngress" in each for each in groups.values())
    out = {name: [_rule(rule) for rule in each["SecurityGroupEgress"]] for name, each in groups.items()}
    endpoints = "EndpointsGroup"
    assert out == {
        "FunctionsGroup": [(443, endpoints), (443, "DynamoDbPrefixListId"), (443, "S3PrefixListId")],
        "SendersGroup": [(443, "0.0.0.0/0"), (8443, "0.0.0.0/0")],
        # A rule there has to be, or CloudFormation leaves the one that allows all.
        "EndpointsGroup": [("-1", "127.0.0.1/32")],
    }
    into = in_network("AWS::EC2::SecurityGroupIngress").values()
    assert {(each["GroupId"]["Fn::GetAtt"][0], each["SourceSecurityGroupId"]["Fn::GetAtt"][0]) for each in into} == {
        (endpoints, "FunctionsGroup"),
        (endpoints, "SendersGroup"),
    }
    assert {(each["IpProtocol"], each["FromPort"], each["ToPort"]) for each in into} == {("tcp", 443, 443)}


def _rule(rule: Json) -> tuple[Any, Any]:
    assert rule.get("FromPort") == rule.get("ToPort")
    match rule:
        case {"DestinationSecurityGroupId": {"Fn::GetAtt": [group, "GroupId"]}}:
            return rule["FromPort"], group
        case {"DestinationPrefixListId": {"Ref": parameter}}:
            return rule["FromPort"], parameter
    return rule.get("FromPort", rule["IpProtocol"]), rule["CidrIp"]


def test_the_group_that_every_network_comes_with_is_closed() -> None:
    (association,) = in_network("AWS::SSM::Association").values()
    assert association["Name"] == "AWSConfigRemediation-RemoveVPCDefaultSecurityGroupRules"
    assert association["Parameters"]["GroupId"] == [{"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}]
    role = in_network("AWS::IAM::Role")["CloseDefaultGroupRole"]
    revoking, describing = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert revoking["Resource"]["Fn::Sub"].endswith("security-group/${Vpc.DefaultSecurityGroup}")
    assert describing["Action"] == ["ec2:DescribeSecurityGroups"]


def _statements(endpoint: str) -> list[Json]:
    return [
        statement
        for statement in in_network("AWS::EC2::VPCEndpoint")[endpoint]["PolicyDocument"]["Statement"]
        if statement.get("Sid") != "AnswersOfCustomResources"
    ]


@pytest.mark.parametrize("endpoint", sorted(in_network("AWS::EC2::VPCEndpoint")))
def test_an_endpoint_is_for_roles_of_the_stack_and_resources_of_the_stack(endpoint: str) -> None:
    for statement in _statements(endpoint):
        assert (statement["Effect"], statement["Principal"]) == ("Allow", "*")
        (principals,) = statement["Condition"]["ArnLike"].values()
        assert principals["Fn::Sub"].endswith("${AWS::AccountId}:role/nexstock-${Environment}-${AWS::Region}-*")
        assert not any("*" in action for action in statement["Action"])
        if statement["Resource"] == "*":
            # A key that is made has no name yet, and a search none at all.
            assert statement["Action"] in (["kms:CreateKey"], ["tag:GetResources"])
        else:
            named = "${AWS::AccountId}:key/*" if endpoint == "KmsEndpoint" else "${Environment}"
            assert named in statement["Resource"]["Fn::Sub"]


@pytest.mark.parametrize(
    ("endpoint", "service"),
    [("DynamoDbEndpoint", "dynamodb"), ("S3Endpoint", "s3"), ("KmsEndpoint", "kms"), ("SqsEndpoint", "sqs")],
)
def test_an_endpoint_allows_the_actions_that_roles_have_and_no_other(endpoint: str, service: str) -> None:
    allowed = {action for statement in _statements(endpoint) for action in statement["Action"]}
    granted = {privilege.action for each in roles().values() for grant in each for privilege in grant.privileges}
    assert allowed == {
        action for action in granted if action.startswith(f"{service}:") and not _MADE_BY_LAMBDA.fullmatch(action)
    }


def test_cloudformation_gets_its_answer_from_inside() -> None:
    (statement,) = [
        each
        for each in in_network("AWS::EC2::VPCEndpoint")["S3Endpoint"]["PolicyDocument"]["Statement"]
        if each.get("Sid") == "AnswersOfCustomResources"
    ]
    assert statement["Action"] == ["s3:PutObject"]
    arn, names = statement["Resource"]["Fn::Sub"]
    assert arn.endswith(":cloudformation-custom-resource-response-${Region}/*")
    assert names["Region"] == {"Fn::Join": ["", {"Fn::Split": ["-", {"Ref": "AWS::Region"}]}]}


def test_interface_endpoints_answer_for_the_services_own_names_in_every_zone() -> None:
    for name, endpoint in in_network("AWS::EC2::VPCEndpoint").items():
        if endpoint["VpcEndpointType"] == "Interface":
            assert endpoint["PrivateDnsEnabled"] is True, name
            assert {each["Ref"] for each in endpoint["SubnetIds"]} == set(in_network("AWS::EC2::Subnet"))
            assert endpoint["SecurityGroupIds"] == [{"Fn::GetAtt": ["EndpointsGroup", "GroupId"]}]
        else:
            tables = json.dumps(endpoint["RouteTableIds"])
            assert all(each in tables for each in ("PrivateRoutes", "EgressA", "EgressB", "EgressC")), name
