"""The way out of the private network: what firewall and subnets let through, and from which addresses it comes."""

import ipaddress
import json
import re
from typing import Final

import pytest

from nexstock.outbound.targets import ALLOWED_PORTS, REFUSED_NETWORKS
from tests.contract.test_network import NETWORK, in_network
from tests.support.templates import Json, resources, template

EGRESS: Final = "infra/egress.yaml"
_EGRESS: Final[dict[str, Json]] = template(EGRESS)["Resources"]
_REFUSED: Final = {str(each) for each in REFUSED_NETWORKS if each.version == 4}


def _firewall_rules() -> Json:
    rules: Json = in_network("AWS::NetworkFirewall::RuleGroup")["FirewallRules"]["RuleGroup"]
    return rules


@pytest.mark.asvs("13.2.4", "13.2.5")
def test_the_firewall_refuses_every_range_that_targets_are_refused_in() -> None:
    variables = _firewall_rules()["RuleVariables"]
    assert set(variables["IPSets"]["REFUSED"]["Definition"]) == _REFUSED
    stacks = in_network("AWS::CloudFormation::Stack").values()
    assert variables["IPSets"]["SENDERS"]["Definition"] == [each["Parameters"]["EgressCidr"] for each in stacks]
    refusing, passing = _firewall_rules()["RulesSource"]["RulesString"].splitlines()
    assert refusing.startswith("drop ip $SENDERS any -> $REFUSED any (")
    assert passing.startswith("pass tcp $SENDERS any -> any $HTTPS (")


def test_the_firewall_passes_the_ports_of_targets_and_drops_all_else() -> None:
    assert set(_firewall_rules()["RuleVariables"]["PortSets"]["HTTPS"]["Definition"]) == {
        str(port) for port in ALLOWED_PORTS
    }
    policy = in_network("AWS::NetworkFirewall::FirewallPolicy")["FirewallPolicy"]["FirewallPolicy"]
    assert policy["StatefulDefaultActions"] == ["aws:drop_strict", "aws:alert_strict"]
    assert policy["StatelessDefaultActions"] == ["aws:forward_to_sfe"]
    assert policy["StatelessFragmentDefaultActions"] == ["aws:forward_to_sfe"]
    # The drop stands first, so the order has to be the one that is written.
    assert policy["StatefulEngineOptions"]["RuleOrder"] == "STRICT_ORDER"
    assert _firewall_rules()["StatefulRuleOptions"]["RuleOrder"] == "STRICT_ORDER"


_MOST_ENTRIES: Final = 20
"""In each direction (AWS, "Amazon VPC quotas")."""


def test_the_subnets_themselves_refuse_the_same_ranges() -> None:
    entries = sorted(in_network("AWS::EC2::NetworkAclEntry").values(), key=lambda each: each["RuleNumber"])
    out = [each for each in entries if each.get("Egress", False)]
    assert len(out) <= _MOST_ENTRIES
    assert [each["RuleAction"] for each in out] == ["allow", *["deny"] * len(_REFUSED), "allow", "allow"]
    assert {each["CidrBlock"] for each in out if each["RuleAction"] == "deny"} == _REFUSED
    assert {each["Protocol"] for each in out if each["RuleAction"] == "deny"} == {-1}
    inside = ipaddress.ip_network(out[0]["CidrBlock"])
    private = [ipaddress.ip_network(each["CidrBlock"]) for each in in_network("AWS::EC2::Subnet").values()]
    assert all(each.subnet_of(inside) for each in private)  # type: ignore[arg-type]
    assert {each["PortRange"]["To"] for each in out if each["RuleAction"] == "allow"} == ALLOWED_PORTS
    (into,) = [each for each in entries if not each.get("Egress", False)]
    assert (into["RuleAction"], into["PortRange"]) == ("allow", {"From": 1024, "To": 65535})


def test_the_way_out_leads_through_the_firewall_both_ways() -> None:
    routes = {name: each["Properties"] for name, each in _EGRESS.items() if each["Type"] == "AWS::EC2::Route"}
    firewall = {
        "Fn::Select": [1, {"Fn::Split": [":", {"Fn::Select": [0, {"Fn::GetAtt": ["Firewall", "EndpointIds"]}]}]}]
    }
    everywhere = {"DestinationCidrBlock": "0.0.0.0/0"}
    assert routes == {
        "EgressToFirewall": {"RouteTableId": {"Ref": "EgressRoutes"}, **everywhere, "VpcEndpointId": firewall},
        "FirewallToTranslation": {
            "RouteTableId": {"Ref": "FirewallRoutes"},
            **everywhere,
            "NatGatewayId": {"Ref": "Translation"},
        },
        "TranslationToInternet": {
            "RouteTableId": {"Ref": "TranslationRoutes"},
            **everywhere,
            "GatewayId": {"Ref": "InternetGatewayId"},
        },
        "TranslationToFirewall": {
            "RouteTableId": {"Ref": "TranslationRoutes"},
            "DestinationCidrBlock": {"Ref": "EgressCidr"},
            "VpcEndpointId": firewall,
        },
    }
    acl = _EGRESS["EgressSubnetAcl"]["Properties"]
    assert acl == {"SubnetId": {"Ref": "EgressSubnet"}, "NetworkAclId": {"Ref": "NetworkAclId"}}
    (mapping,) = _EGRESS["Firewall"]["Properties"]["SubnetMappings"]
    assert mapping == {"SubnetId": {"Ref": "FirewallSubnet"}}, "with one endpoint there is no doubt which it is"


def test_there_are_ways_out_in_one_zone_or_in_three() -> None:
    stacks = resources(NETWORK, of_type="AWS::CloudFormation::Stack")
    assert {name: each.get("Condition") for name, each in stacks.items()} == {
        "EgressA": None,
        "EgressB": "HasThreeWaysOut",
        "EgressC": "HasThreeWaysOut",
    }
    zones = [each["Properties"]["Parameters"]["AvailabilityZone"]["Fn::Select"][0] for each in stacks.values()]
    assert zones == [0, 1, 2]
    assert template()["Parameters"]["EgressZones"]["AllowedValues"] == ["1", "3"]


def test_the_addresses_that_customers_see_are_fixed_and_published() -> None:
    assert _EGRESS["Address"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert _EGRESS["Translation"]["Properties"]["AllocationId"] == {"Fn::GetAtt": ["Address", "AllocationId"]}
    published = template()["Outputs"]["PublishedAddresses"]
    assert published["Value"] == {"Fn::GetAtt": ["Network", "Outputs", "PublishedAddresses"]}
    assert published["Condition"] == "UsesPrivateNetwork"


def test_what_goes_over_the_network_and_what_is_refused_is_logged() -> None:
    groups = in_network("AWS::Logs::LogGroup")
    for group in groups.values():
        assert group["RetentionInDays"] == 365
        assert group["KmsKeyId"] == {"Fn::GetAtt": ["NetworkLogKey", "Arn"]}
    (flows,) = in_network("AWS::EC2::FlowLog").values()
    assert (flows["TrafficType"], flows["ResourceId"]) == ("ALL", {"Ref": "Vpc"})
    assert flows["LogDestination"] == {"Fn::GetAtt": ["FlowLogGroup", "Arn"]}
    (destination,) = _EGRESS["FirewallLog"]["Properties"]["LoggingConfiguration"]["LogDestinationConfigs"]
    assert (destination["LogType"], destination["LogDestination"]) == ("ALERT", {"logGroup": {"Ref": "AlertLogGroup"}})
    assert {
        stack["Parameters"]["AlertLogGroup"]["Ref"] for stack in in_network("AWS::CloudFormation::Stack").values()
    } <= set(groups)


def test_every_value_that_a_way_out_gives_is_one_of_its_outputs() -> None:
    used = set(re.findall(r'"(Egress[ABC])", "Outputs", "(\w+)"', json.dumps(template(NETWORK))))
    assert {stack for stack, _output in used} == {"EgressA", "EgressB", "EgressC"}
    assert {output for _stack, output in used} == set(template(EGRESS)["Outputs"])
