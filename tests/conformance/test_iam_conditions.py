"""IAM's condition keys with policies enforced: a session reaches its own organization's items and keys only."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conformance.local_endpoint import API_NAME, Credentials, LocalEndpoint, running_endpoint

_TABLE = "isolated"
_ROLE_ARN = "arn:aws:iam::000000000000:role/tenant"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["sts:AssumeRole"]}],
}
_EVERYTHING = {"Effect": "Allow", "Action": ["dynamodb:*", "kms:*", "ses:*"], "Resource": "*"}
_OWN = {"PK": {"S": "ORG#1#PRODUCT"}, "SK": {"S": "a"}}
_OTHERS = {"PK": {"S": "ORG#2#PRODUCT"}, "SK": {"S": "a"}}

_FUNCTION = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Api: {Type: AWS::Serverless::Api, Properties: {Name: API_NAME, StageName: live}}
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Timeout: 20
      Policies:
        - Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Action: dynamodb:GetItem
              Resource: !Sub "arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/isolated"
      InlineCode: |
        import json
        import boto3
        from botocore.exceptions import ClientError
        KEY = {"PK": {"S": "ORG#1#PRODUCT"}, "SK": {"S": "a"}}
        def outcome(call):
            try:
                return call(TableName="isolated", Key=KEY)["ResponseMetadata"]["HTTPStatusCode"]
            except ClientError as error:
                return error.response["Error"]["Code"]
        def handler(event, context):
            dynamodb = boto3.client("dynamodb")
            seen = {"read": outcome(dynamodb.get_item), "delete": outcome(dynamodb.delete_item)}
            return {"statusCode": 200, "body": json.dumps(seen)}
      Events:
        Get: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /v1/read, Method: GET}}
Outputs:
  ApiId: {Value: !Ref Api}
""".replace("API_NAME", API_NAME)

_Call = Callable[[Any, dict[str, Any]], Any]


def _query(dynamodb: Any, key: dict[str, Any], **how: Any) -> Any:  # noqa: ANN401 - boto3 is untyped
    return dynamodb.query(TableName=_TABLE, ExpressionAttributeValues={":p": key["PK"]}, **how)


_CALLS: dict[str, _Call] = {
    "get": lambda dynamodb, key: dynamodb.get_item(TableName=_TABLE, Key=key),
    "put": lambda dynamodb, key: dynamodb.put_item(TableName=_TABLE, Item=key),
    "update": lambda dynamodb, key: dynamodb.update_item(TableName=_TABLE, Key=key),
    "query": lambda dynamodb, key: _query(dynamodb, key, KeyConditionExpression="PK = :p"),
    "query by a renamed key": lambda dynamodb, key: _query(
        dynamodb,
        key,
        KeyConditionExpression="#p=:p",
        ExpressionAttributeNames={"#p": "PK"},
    ),
    "query of an index": lambda dynamodb, key: _query(
        dynamodb,
        key,
        IndexName="by-group",
        KeyConditionExpression="G = :p",
    ),
    "batch get": lambda dynamodb, key: dynamodb.batch_get_item(RequestItems={_TABLE: {"Keys": [key]}}),
    "batch write": lambda dynamodb, key: dynamodb.batch_write_item(
        RequestItems={_TABLE: [{"PutRequest": {"Item": key}}]},
    ),
    "transaction": lambda dynamodb, key: dynamodb.transact_write_items(
        TransactItems=[{"Put": {"TableName": _TABLE, "Item": key}}],
    ),
    "condition check": lambda dynamodb, key: dynamodb.transact_write_items(
        TransactItems=[
            {
                "ConditionCheck": {
                    "TableName": _TABLE,
                    "Key": key,
                    "ConditionExpression": "attribute_exists(PK)",
                },
            },
        ],
    ),
    "transactional read": lambda dynamodb, key: dynamodb.transact_get_items(
        TransactItems=[{"Get": {"TableName": _TABLE, "Key": key}}],
    ),
    # Last, since the others find the item.
    "delete": lambda dynamodb, key: dynamodb.delete_item(TableName=_TABLE, Key={**key, "SK": {"S": "none"}}),
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEndpoint]:
    """Return an endpoint that enforces policies, with a table of two organizations and a role without limits."""
    with running_endpoint(tmp_path_factory.mktemp("guarded"), NEXSTOCK_LOCAL_AUTH="1") as running:
        dynamodb, iam = running.client("dynamodb"), running.client("iam")
        dynamodb.create_table(
            TableName=_TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK", "G")],
            KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-group",
                    "KeySchema": [{"AttributeName": "G", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                },
            ],
        )
        for key in (_OWN, _OTHERS):
            dynamodb.put_item(TableName=_TABLE, Item={**key, "G": key["PK"]})
        iam.create_role(RoleName="tenant", AssumeRolePolicyDocument=json.dumps(_TRUST))
        iam.put_role_policy(RoleName="tenant", PolicyName="everything", PolicyDocument=_policy(_EVERYTHING))
        yield running


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _session(endpoint: LocalEndpoint, statement: dict[str, Any], role_arn: str = _ROLE_ARN) -> Credentials:
    """Return credentials of a role, limited to one statement."""
    found = endpoint.client("sts").assume_role(
        RoleArn=role_arn,
        RoleSessionName="test",
        Policy=_policy(statement),
    )["Credentials"]
    return found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]


@pytest.fixture(scope="module")
def tenant(guarded: LocalEndpoint) -> Any:  # noqa: ANN401 - boto3 is untyped
    """Return a DynamoDB client whose session is limited to the items of organization 1."""
    limited = {
        "Effect": "Allow",
        "Action": "dynamodb:*",
        "Resource": "*",
        "Condition": {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ORG#1#*"]},
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    }
    return guarded.client("dynamodb", _session(guarded, limited))


def _refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    return str(refused.value.response["Error"]["Code"])


@pytest.mark.parametrize("operation", _CALLS)
def test_session_reaches_its_own_items(tenant: Any, operation: str) -> None:  # noqa: ANN401
    response = _CALLS[operation](tenant, _OWN)

    assert response["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("operation", _CALLS)
def test_session_is_refused_another_organizations_items(tenant: Any, operation: str) -> None:  # noqa: ANN401
    assert _refusal(lambda: _CALLS[operation](tenant, _OTHERS)) == "AccessDeniedException"


def test_one_foreign_item_refuses_the_whole_batch(tenant: Any) -> None:  # noqa: ANN401
    mixed = {_TABLE: {"Keys": [_OWN, _OTHERS]}}
    puts = [{"Put": {"TableName": _TABLE, "Item": key}} for key in (_OWN, _OTHERS)]

    assert _refusal(lambda: tenant.batch_get_item(RequestItems=mixed)) == "AccessDeniedException"
    assert _refusal(lambda: tenant.transact_write_items(TransactItems=puts)) == "AccessDeniedException"


def test_requests_that_name_no_key_are_refused(tenant: Any) -> None:  # noqa: ANN401
    statement = f"SELECT * FROM {_TABLE} WHERE PK = 'ORG#2#PRODUCT'"  # noqa: S608 - the refused request itself

    assert _refusal(lambda: tenant.scan(TableName=_TABLE)) == "AccessDeniedException"
    assert _refusal(lambda: tenant.execute_statement(Statement=statement)) == "AccessDeniedException"


def test_key_opens_under_the_sessions_own_encryption_context_only(guarded: LocalEndpoint) -> None:
    root = guarded.client("kms")
    key = root.create_key()["KeyMetadata"]["Arn"]
    others = root.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext={"organization": "2"})["CiphertextBlob"]
    limited = {
        "Effect": "Allow",
        "Action": "kms:*",
        "Resource": key,
        "Condition": {"StringEquals": {"kms:EncryptionContext:organization": "1"}},
    }
    session = guarded.client("kms", _session(guarded, limited))
    own = {"organization": "1"}
    sealed = session.encrypt(KeyId=key, Plaintext=b"mine", EncryptionContext=own)["CiphertextBlob"]

    def open_others() -> Any:  # noqa: ANN401 - boto3 is untyped
        return session.decrypt(CiphertextBlob=others, EncryptionContext={"organization": "2"})

    assert session.decrypt(CiphertextBlob=sealed, EncryptionContext=own)["Plaintext"] == b"mine"
    assert _refusal(open_others) == "AccessDeniedException"
    assert _refusal(lambda: session.encrypt(KeyId=key, Plaintext=b"x")) == "AccessDeniedException"


_ED25519 = {"KeySpec": "ECC_NIST_EDWARDS25519", "KeyUsage": "SIGN_VERIFY"}
_P256 = {**_ED25519, "KeySpec": "ECC_NIST_P256"}
_OURS, _THEIRS = ([{"TagKey": "signs", "TagValue": value}] for value in ("ours", "theirs"))


def test_session_makes_keys_of_one_kind_with_one_tag_only(guarded: LocalEndpoint) -> None:
    condition = {"StringEquals": {"kms:KeySpec": _ED25519["KeySpec"], "aws:RequestTag/signs": "ours"}}
    limited = {"Effect": "Allow", "Action": "kms:CreateKey", "Resource": "*", "Condition": condition}
    session = guarded.client("kms", _session(guarded, limited))

    assert session.create_key(Tags=_OURS, **_ED25519)["KeyMetadata"]["Enabled"]
    for kind, tags in ((_P256, _OURS), (_ED25519, _THEIRS), (_ED25519, []), ({}, _OURS)):
        assert _refusal(lambda kind=kind, tags=tags: session.create_key(Tags=tags, **kind)) == "AccessDeniedException"  # type: ignore[misc]


def test_session_uses_keys_of_one_kind_with_one_tag_only(guarded: LocalEndpoint) -> None:
    root = guarded.client("kms")
    own, *others = (
        root.create_key(Tags=tags, **kind)["KeyMetadata"]["Arn"]
        for kind, tags in ((_ED25519, _OURS), (_P256, _OURS), (_ED25519, _THEIRS), (_ED25519, []))
    )
    condition = {"StringEquals": {"kms:KeySpec": _ED25519["KeySpec"], "aws:ResourceTag/signs": "ours"}}
    limited = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": condition}
    iam = guarded.client("iam")
    role = iam.create_role(RoleName="signer", AssumeRolePolicyDocument=json.dumps(_TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="signer", PolicyName="limited", PolicyDocument=_policy(limited))
    session = guarded.client("kms", _session(guarded, _EVERYTHING, role))

    assert session.describe_key(KeyId=own)["KeyMetadata"]["Arn"] == own
    for other in others:
        assert _refusal(lambda other=other: session.describe_key(KeyId=other)) == "AccessDeniedException"  # type: ignore[misc]


def test_function_may_do_what_its_role_says_and_no_more(guarded: LocalEndpoint) -> None:
    guarded.deploy("guarded-function", _FUNCTION)
    with guarded.http() as client:
        seen = client.get("/v1/read", headers={"Authorization": "Bearer no-signature"}).json()

    assert seen == {"read": 200, "delete": "AccessDeniedException"}


def test_role_that_may_send_from_one_domain_sends_from_no_other(guarded: LocalEndpoint) -> None:
    for domain in ("ours.example", "theirs.example"):
        guarded.client("sesv2").create_email_identity(EmailIdentity=domain)
    identity = "arn:aws:ses:us-east-1:000000000000:identity/ours.example"
    sender = guarded.client(
        "sesv2", _session(guarded, {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": identity})
    )

    def send(domain: str) -> None:
        sender.send_email(
            FromEmailAddress=f"NexStock <no-reply@{domain}>",
            Destination={"ToAddresses": ["person@example.com"]},
            Content={"Simple": {"Subject": {"Data": "a"}, "Body": {"Text": {"Data": "b"}}}},
        )

    send("ours.example")
    with pytest.raises(ClientError, match="AccessDenied"):
        send("theirs.example")


def test_unknown_credentials_are_refused(guarded: LocalEndpoint) -> None:
    stranger = guarded.client("dynamodb", ("AKIA0000000000000000", "wrong", None))

    assert _refusal(stranger.list_tables) == "UnrecognizedClientException"
