"""CloudFormation: nested SAM templates and custom resources, at creation, update and deletion."""

import json

import pytest

from tests.conformance.local_endpoint import LocalEndpoint, wait_for

_BUCKET = "conformance-templates"

_NESTED = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Word: {Type: String}
Conditions:
  Loud: !Equals [!Ref Word, LOUD]
Resources:
  Speaker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Environment: {Variables: {WORD: !Ref Word}}
      InlineCode: |
        import os
        def handler(event, context):
            return "REVISION " + os.environ["WORD"]
  Queue: {Type: AWS::SQS::Queue}
Outputs:
  SpeakerName: {Value: !Ref Speaker}
  QueueArn: {Value: !GetAtt Queue.Arn}
"""

_PARENT = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  TemplateUrl: {Type: String}
  Word: {Type: String}
Resources:
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: !Ref TemplateUrl
      Parameters: {Word: !Ref Word}
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Environment: {Variables: {QUEUE: !GetAtt Nested.Outputs.QueueArn}}
      InlineCode: |
        import os
        def handler(event, context):
            return os.environ["QUEUE"]
Outputs:
  SpeakerName: {Value: !GetAtt Nested.Outputs.SpeakerName}
  QueueArn: {Value: !GetAtt Nested.Outputs.QueueArn}
  ReaderName: {Value: !Ref Reader}
"""

_NAMED = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Speaker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: conformance-named
      Runtime: python3.11
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            return "REVISION"
"""

_RELEASED = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Word: {Type: String}
Resources:
  Speaker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      AutoPublishAlias: live
      VersionDescription: !Ref Word
      Environment: {Variables: {WORD: !Ref Word}}
      InlineCode: |
        import os
        def handler(event, context):
            return os.environ["WORD"]
Outputs:
  Alias: {Value: !Ref Speaker.Alias}
"""

_PARENT_OF_ALIAS = """
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  TemplateUrl: {Type: String}
  Word: {Type: String}
Resources:
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: !Ref TemplateUrl
      Parameters: {Word: !Ref Word}
Outputs:
  Alias: {Value: !GetAtt Nested.Outputs.Alias}
"""

_CUSTOM = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Journal: {Type: String}
  Colour: {Type: String}
  Outcome: {Type: String, Default: SUCCESS}
Resources:
  Provider:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Timeout: 20
      Environment: {Variables: {JOURNAL: !Ref Journal}}
      InlineCode: |
        import json, os, urllib.request
        def handler(event, context):
            with open(os.environ["JOURNAL"], "a") as journal:
                journal.write(json.dumps(event) + "\\n")
            properties = event["ResourceProperties"]
            answer = {
                "Status": "SUCCESS" if event["RequestType"] == "Delete" else properties["Outcome"],
                "Reason": "the provider refused",
                "PhysicalResourceId": event.get("PhysicalResourceId", "paint-1"),
                "StackId": event["StackId"], "RequestId": event["RequestId"],
                "LogicalResourceId": event["LogicalResourceId"],
                "Data": {"Shade": "dark " + properties["Colour"]},
            }
            request = urllib.request.Request(event["ResponseURL"], json.dumps(answer).encode(), method="PUT",
                                             headers={"Content-Type": ""})
            urllib.request.urlopen(request).close()
  Paint:
    Type: Custom::Paint
    Properties:
      ServiceToken: !GetAtt Provider.Arn
      Colour: !Ref Colour
      Outcome: !Ref Outcome
Outputs:
  Shade: {Value: !GetAtt Paint.Shade}
  Id: {Value: !Ref Paint}
"""


@pytest.fixture(scope="module")
def bucket(endpoint: LocalEndpoint) -> str:
    endpoint.client("s3").create_bucket(Bucket=_BUCKET)
    return _BUCKET


def _upload(endpoint: LocalEndpoint, bucket: str, key: str, template: str) -> str:
    """Upload a template as `sam deploy` does; return the URL that it writes into the parent."""
    endpoint.client("s3").put_object(Bucket=bucket, Key=key, Body=template.encode())
    return f"https://s3.us-east-1.amazonaws.com/{bucket}/{key}"


def _call(endpoint: LocalEndpoint, function: str) -> str:
    answer: str = json.loads(endpoint.client("lambda").invoke(FunctionName=function)["Payload"].read())
    return answer


def test_nested_sam_template_is_deployed_and_its_outputs_are_read(endpoint: LocalEndpoint, bucket: str) -> None:
    url = _upload(endpoint, bucket, "one.template", _NESTED.replace("REVISION", "first"))
    outputs = endpoint.deploy("nesting", _PARENT, TemplateUrl=url, Word="hello")

    assert _call(endpoint, outputs["SpeakerName"]) == "first hello"
    assert _call(endpoint, outputs["ReaderName"]) == outputs["QueueArn"]


def test_second_deployment_updates_the_nested_stack_in_place(endpoint: LocalEndpoint, bucket: str) -> None:
    first = _upload(endpoint, bucket, "two-a.template", _NESTED.replace("REVISION", "first"))
    before = endpoint.deploy("nesting-updated", _PARENT, TemplateUrl=first, Word="hello")
    changed = _NESTED.replace("REVISION", "second").replace(
        "Outputs:",
        "  Added: {Type: AWS::SQS::Queue, Properties: {QueueName: nested-added}}\nOutputs:",
    )
    second = _upload(endpoint, bucket, "two-b.template", changed)
    after = endpoint.deploy("nesting-updated", _PARENT, TemplateUrl=second, Word="bye")

    assert after == before
    assert _call(endpoint, after["SpeakerName"]) == "second bye"
    assert endpoint.client("sqs").get_queue_url(QueueName="nested-added")["QueueUrl"]


def test_nested_stack_follows_a_changed_parameter_alone(endpoint: LocalEndpoint, bucket: str) -> None:
    url = _upload(endpoint, bucket, "three.template", _NESTED.replace("REVISION", "same"))
    endpoint.deploy("nesting-parameter", _PARENT, TemplateUrl=url, Word="one")
    outputs = endpoint.deploy("nesting-parameter", _PARENT, TemplateUrl=url, Word="two")

    assert _call(endpoint, outputs["SpeakerName"]) == "same two"


def test_deleting_the_parent_deletes_what_is_nested(endpoint: LocalEndpoint, bucket: str) -> None:
    url = _upload(endpoint, bucket, "four.template", _NESTED)
    outputs = endpoint.deploy("nesting-deleted", _PARENT, TemplateUrl=url, Word="x")
    endpoint.delete("nesting-deleted")
    names = [function["FunctionName"] for function in endpoint.client("lambda").list_functions()["Functions"]]

    assert outputs["SpeakerName"] not in names


def test_function_of_one_stack_is_refused_to_another_and_stays_as_it_was(endpoint: LocalEndpoint) -> None:
    endpoint.deploy("naming", _NAMED.replace("REVISION", "first"))

    with pytest.raises(AssertionError, match="exists already"):
        endpoint.deploy("naming-too", _NAMED.replace("REVISION", "second"))
    assert _call(endpoint, "conformance-named") == "first"


def test_change_of_a_nested_stacks_parameter_moves_an_alias_to_a_new_version(
    endpoint: LocalEndpoint, bucket: str
) -> None:
    url = _upload(endpoint, bucket, "five.template", _RELEASED)
    outputs = endpoint.deploy("releasing", _PARENT_OF_ALIAS, TemplateUrl=url, Word="one")
    before = _call(endpoint, outputs["Alias"])
    assert endpoint.deploy("releasing", _PARENT_OF_ALIAS, TemplateUrl=url, Word="two") == outputs

    assert (before, _call(endpoint, outputs["Alias"])) == ("one", "two")


def test_custom_resource_is_created_updated_and_deleted(endpoint: LocalEndpoint) -> None:
    journal = str(endpoint.journal / "custom")
    created = endpoint.deploy("custom", _CUSTOM, Journal=journal, Colour="red")
    updated = endpoint.deploy("custom", _CUSTOM, Journal=journal, Colour="blue")
    endpoint.delete("custom")
    wait_for(lambda: len(endpoint.entries("custom")) == 3, "the provider's deletion call")
    events = endpoint.entries("custom")

    assert (created["Shade"], updated["Shade"]) == ("dark red", "dark blue")
    assert created["Id"] == updated["Id"] == "paint-1"
    assert [event["RequestType"] for event in events] == ["Create", "Update", "Delete"]
    assert events[1]["OldResourceProperties"]["Colour"] == "red"
    assert events[2]["PhysicalResourceId"] == "paint-1"


def test_refusing_custom_resource_fails_the_stack(endpoint: LocalEndpoint) -> None:
    journal = str(endpoint.journal / "refusing")

    with pytest.raises(AssertionError, match="the provider refused"):
        endpoint.deploy("custom-refusing", _CUSTOM, Journal=journal, Colour="red", Outcome="FAILED")
