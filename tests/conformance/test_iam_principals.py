"""IAM's policy variables and principals, with policies enforced: a role that narrows itself by a session tag."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conformance.local_endpoint import Credentials, LocalEndpoint, running_endpoint

_TABLE = "tagged"
_ACCOUNT = "arn:aws:iam::000000000000"
_ROLES = ("reader", "stranger")
_OWN_ITEMS = {
    "Effect": "Allow",
    "Action": "dynamodb:GetItem",
    "Resource": "*",
    "Condition": {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ORG#${aws:PrincipalTag/organization}#*"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    },
}
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"{_ACCOUNT}:root"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {
                "ArnLike": {"aws:PrincipalArn": f"{_ACCOUNT}:role/reader*"},
                "StringLike": {"aws:RequestTag/organization": "org_*"},
                "ForAllValues:StringEquals": {"aws:TagKeys": ["organization"]},
            },
        },
    ],
}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEndpoint]:
    """Return an endpoint that enforces policies, with two roles that may assume one of them."""
    with running_endpoint(tmp_path_factory.mktemp("tagged"), NEXSTOCK_LOCAL_AUTH="1") as running:
        running.client("dynamodb").create_table(
            TableName=_TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        )
        assuming = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": _arn("reader")}
        for role in _ROLES:
            iam = running.client("iam")
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(_TRUST))
            policy = {"Version": "2012-10-17", "Statement": [_OWN_ITEMS, assuming]}
            iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=json.dumps(policy))
        yield running


def _arn(role: str) -> str:
    return f"{_ACCOUNT}:role/{role}"


def _assumed(sts: Any, *tags: tuple[str, str]) -> Credentials:  # noqa: ANN401 (boto3 is untyped)
    pairs = [{"Key": key, "Value": value} for key, value in tags]
    found = sts.assume_role(RoleArn=_arn("reader"), RoleSessionName="test", Tags=pairs)["Credentials"]
    return found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]


def _of_lambda(endpoint: LocalEndpoint, role: str) -> Credentials:
    """Return what a function of the role is given: a session without tags."""
    found = endpoint.client("sts").assume_role(RoleArn=_arn(role), RoleSessionName="lambda")["Credentials"]
    return found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]


def _reads(endpoint: LocalEndpoint, credentials: Credentials, organization: str) -> bool:
    key = {"PK": {"S": f"ORG#{organization}#PRODUCT"}}
    try:
        endpoint.client("dynamodb", credentials).get_item(TableName=_TABLE, Key=key)
    except ClientError as refusal:
        assert refusal.response["Error"]["Code"] == "AccessDeniedException"  # noqa: PT017 (told apart from success)
        return False
    return True


def test_variable_stands_for_the_tag_of_the_session(endpoint: LocalEndpoint) -> None:
    own = endpoint.client("sts", _of_lambda(endpoint, "reader"))
    session = _assumed(own, ("organization", "org_1"))

    assert _reads(endpoint, session, "org_1")
    assert not _reads(endpoint, session, "org_2")


def test_statement_with_a_variable_of_no_value_grants_nothing(endpoint: LocalEndpoint) -> None:
    assert not _reads(endpoint, _of_lambda(endpoint, "reader"), "org_1")
    assert not _reads(endpoint, _of_lambda(endpoint, "reader"), "${aws:PrincipalTag/organization}")


@pytest.mark.parametrize(
    "tags",
    [(), (("organization", "other"),), (("organization", "org_1"), ("role", "owner")), (("role", "org_1"),)],
)
def test_role_is_assumed_with_the_tag_that_it_asks_for_alone(
    endpoint: LocalEndpoint, tags: tuple[tuple[str, str], ...]
) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        _assumed(endpoint.client("sts", _of_lambda(endpoint, "reader")), *tags)


def test_principal_of_a_session_is_its_role(endpoint: LocalEndpoint) -> None:
    stranger = endpoint.client("sts", _of_lambda(endpoint, "stranger"))

    with pytest.raises(ClientError, match="AccessDenied"):
        _assumed(stranger, ("organization", "org_1"))
