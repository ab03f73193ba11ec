"""What AWS answers to Ref and Fn::GetAtt of a resource: its name, its ARN or its address.

AWS, "CloudFormation resource and property types reference", "Return values" of each type; the forms of ARNs are those
of "Service Authorization Reference".
"""

from typing import Any, Final

Json = dict[str, Any]

_NAMES: Final = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Lambda::LayerVersion": "LayerName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Scheduler::Schedule": "Name",
}
"""Which property names a resource; one that has none is called as in its template."""

_FUNCTION: Final = "arn:aws:lambda:{region}:{account}:function:{FunctionName}"

_ATTRIBUTES: Final = {
    ("AWS::DynamoDB::Table", "Arn"): "arn:aws:dynamodb:{region}:{account}:table/{name}",
    ("AWS::DynamoDB::Table", "StreamArn"): "arn:aws:dynamodb:{region}:{account}:table/{name}/stream/2026-01-01",
    ("AWS::IAM::Role", "Arn"): "arn:aws:iam::{account}:role/{name}",
    ("AWS::KMS::Key", "Arn"): "arn:aws:kms:{region}:{account}:key/{name}",
    ("AWS::Lambda::Function", "Arn"): "arn:aws:lambda:{region}:{account}:function:{name}",
    ("AWS::Logs::LogGroup", "Arn"): "arn:aws:logs:{region}:{account}:log-group:{name}:*",
    ("AWS::S3::Bucket", "Arn"): "arn:aws:s3:::{name}",
    ("AWS::SQS::Queue", "Arn"): "arn:aws:sqs:{region}:{account}:{name}",
}

_REFERENCES: Final = {
    **dict.fromkeys((kind for kind in _NAMES if kind not in {"AWS::SNS::Topic", "AWS::SQS::Queue"}), "{name}"),
    "AWS::IAM::ManagedPolicy": "arn:aws:iam::{account}:policy/{name}",
    "AWS::KMS::Key": "{name}",
    "AWS::Lambda::Alias": f"{_FUNCTION}:{{Name}}",
    "AWS::Lambda::LayerVersion": "arn:aws:lambda:{region}:{account}:layer:{name}:1",
    "AWS::Lambda::Version": f"{_FUNCTION}:1",
    "AWS::SNS::Topic": "arn:aws:sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "https://sqs.{region}.amazonaws.com/{account}/{name}",
}


def own_name(logical_id: str, kind: str, properties: Json) -> str:
    """Return the name that a resource has, or its logical id."""
    return str(properties.get(_NAMES.get(kind, ""), logical_id))


def identity_of(attribute: str | None, logical_id: str, resource: Json, region: str, account: str) -> str | None:
    """Return what Fn::GetAtt gives of a resource, or Ref without an attribute; None where only AWS can know it."""
    kind, properties = resource["Type"], resource["Properties"]
    form = _ATTRIBUTES.get((kind, attribute)) if attribute else _REFERENCES.get(kind)
    values = {**properties, "region": region, "account": account, "name": own_name(logical_id, kind, properties)}
    return form and form.format(**values)
