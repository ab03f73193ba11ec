"""Resources with all the settings of NexStock's templates: each setting reaches the deployed resource."""

import json
from typing import Any

import pytest

from tests.conformance.local_endpoint import LocalEndpoint, wait_for

_TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Revision: {Type: String}
Globals:
  Function: {Runtime: python3.11, Handler: index.handler}
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      RotationPeriodInDays: 180
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root"}
            Action: "kms:*"
            Resource: "*"
  KeyAlias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/resources-data, TargetKeyId: !Ref Key}}
  SigningKey:
    Type: AWS::KMS::Key
    Properties:
      KeySpec: ECC_NIST_P256
      KeyUsage: SIGN_VERIFY
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root"}
            Action: "kms:*"
            Resource: "*"
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /resources/functions, RetentionInDays: 30, KmsKeyId: !GetAtt Key.Arn}
  AccessLogs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /resources/access, RetentionInDays: 30}}
  Queue: {Type: AWS::SQS::Queue, Properties: {KmsMasterKeyId: !Ref Key, MessageRetentionPeriod: 1209600}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: PK, AttributeType: S}, {AttributeName: SK, AttributeType: S}]
      KeySchema: [{AttributeName: PK, KeyType: HASH}, {AttributeName: SK, KeyType: RANGE}]
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      SSESpecification: {SSEEnabled: true, SSEType: KMS, KMSMasterKeyId: !GetAtt Key.Arn}
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
      TimeToLiveSpecification: {AttributeName: expiresAt, Enabled: true}
      DeletionProtectionEnabled: true
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
  Speaker:
    Type: AWS::Serverless::Function
    Properties:
      Role: !GetAtt Role.Arn
      LoggingConfig: {LogGroup: !Ref Logs, LogFormat: JSON}
      Environment: {Variables: {REVISION: !Ref Revision}}
      InlineCode: |
        import json, os
        def handler(event, context):
            print(json.dumps({"message": "spoken", "group": context.log_group_name}))
            return {"statusCode": 200, "body": os.environ["REVISION"]}
      Events:
        Get: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /, Method: GET}}
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: live
      EndpointConfiguration: {Type: REGIONAL}
      TracingEnabled: true
      AccessLogSetting: {DestinationArn: !GetAtt AccessLogs.Arn, Format: '{"requestId": "$context.requestId"}'}
      MethodSettings:
        - {ResourcePath: "/*", HttpMethod: "*", ThrottlingBurstLimit: 500, ThrottlingRateLimit: 250}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: resources-errors
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions: [{Name: FunctionName, Value: !Ref Speaker}]
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
  Dashboard:
    Type: AWS::CloudWatch::Dashboard
    Properties: {DashboardName: resources, DashboardBody: !Sub '{"widgets": [], "periodOverride": "auto"}'}
Outputs:
  KeyArn: {Value: !GetAtt Key.Arn}
  KeyId: {Value: !Ref Key}
  SigningKeyId: {Value: !Ref SigningKey}
  QueueUrl: {Value: !Ref Queue}
  TableName: {Value: !Ref Table}
  RoleArn: {Value: !GetAtt Role.Arn}
  SpeakerName: {Value: !Ref Speaker}
  ApiId: {Value: !Ref Api}
"""


@pytest.fixture(scope="module")
def deployed(endpoint: LocalEndpoint) -> dict[str, str]:
    """Deploy the stack twice, so that what is asserted also holds after an update."""
    before = endpoint.deploy("resources", _TEMPLATE, Revision="1")
    after = endpoint.deploy("resources", _TEMPLATE, Revision="2")
    assert after == before
    return after


def test_function_has_the_shared_role_and_the_shared_log_group(
    endpoint: LocalEndpoint,
    deployed: dict[str, str],
) -> None:
    client = endpoint.client("lambda")
    found = client.get_function_configuration(FunctionName=deployed["SpeakerName"])
    answer = json.loads(client.invoke(FunctionName=deployed["SpeakerName"])["Payload"].read())

    assert found["Role"] == deployed["RoleArn"]
    assert found["LoggingConfig"]["LogGroup"] == "/resources/functions"
    assert found["LoggingConfig"]["LogFormat"] == "JSON"
    assert answer["body"] == "2"


def test_log_lines_reach_the_shared_log_group(endpoint: LocalEndpoint, deployed: dict[str, str]) -> None:
    endpoint.client("lambda").invoke(FunctionName=deployed["SpeakerName"])
    logs = endpoint.client("logs")

    def spoken() -> list[dict[str, Any]]:
        events = logs.filter_log_events(logGroupName="/resources/functions")["events"]
        return [json.loads(event["message"]) for event in events if "spoken" in event["message"]]

    wait_for(lambda: bool(spoken()), "the log line")
    assert spoken()[0]["group"] == "/resources/functions"


def test_log_group_has_its_key_and_retention(endpoint: LocalEndpoint, deployed: dict[str, str]) -> None:
    groups = endpoint.client("logs").describe_log_groups(logGroupNamePrefix="/resources/functions")["logGroups"]

    assert [(group["kmsKeyId"], group["retentionInDays"]) for group in groups] == [(deployed["KeyArn"], 30)]


def test_queue_has_its_key(endpoint: LocalEndpoint, deployed: dict[str, str]) -> None:
    found = endpoint.client("sqs").get_queue_attributes(QueueUrl=deployed["QueueUrl"], AttributeNames=["All"])

    assert found["Attributes"]["KmsMasterKeyId"] == deployed["KeyId"]
    assert found["Attributes"]["MessageRetentionPeriod"] == "1209600"


def test_table_is_encrypted_recoverable_streaming_expiring_and_protected(
    endpoint: LocalEndpoint,
    deployed: dict[str, str],
) -> None:
    dynamodb, name = endpoint.client("dynamodb"), deployed["TableName"]
    table = dynamodb.describe_table(TableName=name)["Table"]
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]

    assert table["SSEDescription"]["KMSMasterKeyArn"] == deployed["KeyArn"]
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert table["DeletionProtectionEnabled"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert (expiry["AttributeName"], expiry["TimeToLiveStatus"]) == ("expiresAt", "ENABLED")
    with pytest.raises(dynamodb.exceptions.ClientError, match="protect"):
        dynamodb.delete_table(TableName=name)


def test_keys_have_their_kinds_rotation_and_alias(endpoint: LocalEndpoint, deployed: dict[str, str]) -> None:
    kms = endpoint.client("kms")
    by_alias = kms.describe_key(KeyId="alias/resources-data")["KeyMetadata"]
    signing = kms.describe_key(KeyId=deployed["SigningKeyId"])["KeyMetadata"]
    rotation = kms.get_key_rotation_status(KeyId=deployed["KeyId"])

    assert (by_alias["Arn"], by_alias["KeySpec"]) == (deployed["KeyArn"], "SYMMETRIC_DEFAULT")
    assert (signing["KeySpec"], signing["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    assert (rotation["KeyRotationEnabled"], rotation["RotationPeriodInDays"]) == (True, 180)


def test_alarm_and_dashboard_exist(endpoint: LocalEndpoint, deployed: dict[str, str]) -> None:
    cloudwatch = endpoint.client("cloudwatch")
    alarm = cloudwatch.describe_alarms(AlarmNames=["resources-errors"])["MetricAlarms"][0]
    dashboard = cloudwatch.get_dashboard(DashboardName="resources")["DashboardBody"]

    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": deployed["SpeakerName"]}]
    assert alarm["TreatMissingData"] == "notBreaching"
    assert json.loads(dashboard)["widgets"] == []


def test_stage_has_its_settings(endpoint: LocalEndpoint, deployed: dict[str, str]) -> None:
    gateway = endpoint.client("apigateway")
    stage = gateway.get_stage(restApiId=deployed["ApiId"], stageName="live")
    api = gateway.get_rest_api(restApiId=deployed["ApiId"])

    assert api["endpointConfiguration"]["types"] == ["REGIONAL"]
    assert stage["tracingEnabled"]
    assert stage["methodSettings"]["*/*"]["throttlingRateLimit"] == 250
    assert stage["methodSettings"]["*/*"]["throttlingBurstLimit"] == 500
    assert stage["accessLogSettings"]["format"] == '{"requestId": "$context.requestId"}'
