"""Nothing of an organization leaves its home region, unless whoever deploys says that it may."""

import json
from typing import Any, Final

import pytest

from tests.contract.test_stack import NESTED
from tests.support.residency import crossings
from tests.support.resolved import Resolver
from tests.support.templates import template

_BEHIND_THE_FLAG: Final = {
    "BackupRole: an ARN in ${Region}",
    "Plan: an ARN in ${Region}",
    "Plan: has CopyActions",
}
_COPIES: Final = {
    "Environment": "production",
    "BackupKeyArn": "arn:backups",
    "BackupDays": "35",
    "BackupCopyAccount": "210987654321",
    "BackupCopyRegion": "",
}


def test_no_template_reaches_into_another_region_but_by_copies_of_backups() -> None:
    found = {each for name in ("template.yaml", *NESTED) for each in crossings(template(name))}
    assert found == _BEHIND_THE_FLAG


@pytest.mark.parametrize("name", ["BucketName", "ManagedPolicyName", "RoleName"])
def test_stacks_of_two_regions_in_one_account_never_meet(name: str) -> None:
    # Other names are one to a region; these are one to the account, or to the world.
    for each in NESTED:
        for logical_id, resource in template(each)["Resources"].items():
            if name in resource.get("Properties", {}):
                assert "${AWS::Region}" in json.dumps(resource["Properties"][name]), logical_id


def _copies(**parameters: str) -> list[str]:
    plan = Resolver(template("infra/backups.yaml"), {**_COPIES, **parameters}).properties("Plan")
    (rule,) = plan["BackupPlan"]["BackupPlanRule"]
    return [copy["DestinationBackupVaultArn"] for copy in rule.get("CopyActions", [])]


def test_copies_go_to_the_second_account_in_the_same_region() -> None:
    vault = "arn:aws:backup:us-east-1:210987654321:backup-vault:nexstock-production"
    assert _copies() == [vault]
    assert _copies(BackupCopyAccount="") == []
    assert _copies(BackupCopyRegion="eu-central-1") == [vault.replace("us-east-1", "eu-central-1")]


def test_the_template_itself_refuses_copies_elsewhere_without_the_flag() -> None:
    assert template()["Parameters"]["AllowCrossRegionCopies"]["Default"] == "false"
    rule = template()["Rules"]["CopiesStayInTheRegion"]
    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "AllowCrossRegionCopies"}, "false"]}
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "BackupCopyRegion"}, ""]}
    passed = template()["Resources"]["Backups"]["Properties"]["Parameters"]["BackupCopyRegion"]
    assert passed == {"Ref": "BackupCopyRegion"}


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        ({"Type": "AWS::DynamoDB::GlobalTable"}, "is a AWS::DynamoDB::GlobalTable"),
        ({"Type": "AWS::KMS::ReplicaKey"}, "is a AWS::KMS::ReplicaKey"),
        ({"Type": "AWS::KMS::Key", "Properties": {"MultiRegion": True}}, "has MultiRegion"),
        ({"Type": "AWS::S3::Bucket", "Properties": {"ReplicationConfiguration": {}}}, "has ReplicationConfiguration"),
        ({"Type": "AWS::SecretsManager::Secret", "Properties": {"ReplicaRegions": []}}, "has ReplicaRegions"),
        ({"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "to-eu-central-1"}}, "names eu-central-1"),
        (
            {"Type": "AWS::IAM::Role", "Properties": {"Resource": {"Fn::Sub": "arn:aws:sqs:${Other}:1:queue"}}},
            "an ARN in ${Other}",
        ),
    ],
    ids=str,
)
def test_whatever_would_reach_elsewhere_is_found(resource: dict[str, Any], said: str) -> None:
    (found,) = crossings({"Resources": {"Odd": resource}})
    assert found.endswith(said)
