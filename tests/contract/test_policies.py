"""The policies of infra/access.yaml, judged by Parliament: known actions, on resources that they can have at all."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from tests.support.privileges import ACCESS, statements_of
from tests.support.templates import Json, resources

_ARNS: Final = {
    "Table": "arn:aws:dynamodb:us-east-1:000000000000:table/{}",
    "Stream": "arn:aws:dynamodb:us-east-1:000000000000:table/{}/stream/2026",
    "Parameter": "arn:aws:ssm:us-east-1:000000000000:parameter/{}",
    "Bucket": "arn:aws:s3:::{}",
    "Queue": "arn:aws:sqs:us-east-1:000000000000:{}",
    "Key": "arn:aws:kms:us-east-1:000000000000:key/{}",
    "Identity": "arn:aws:ses:us-east-1:000000000000:identity/{}",
}
_OF_AWS: Final = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "0" * 12, "Environment": "x"}

_KNOWN: Final = [
    # ListStreams names no resource, so on a stream it grants nothing; Lambda asks for it there all the same (AWS,
    # "Tutorial: Process new items with DynamoDB Streams and Lambda").
    ("FanOutAuditRole", "RESOURCE_MISMATCH", ["dynamodb:ListStreams"]),
    ("FanOutWebhooksRole", "RESOURCE_MISMATCH", ["dynamodb:ListStreams"]),
    ("WriteAuditRole", "RESOURCE_MISMATCH", ["dynamodb:ListStreams"]),
]


def _arn(name: str) -> str:
    resource = name.removesuffix("Arn")
    (form,) = [form for ending, form in _ARNS.items() if resource.endswith(ending)]
    return form.format(resource)


def _resolved(reference: Any) -> str | list[Any]:  # noqa: ANN401 (an expression of CloudFormation)
    match reference:
        case {"Ref": str(name)}:
            return _arn(name)
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([\w:]+)\}", lambda match: _OF_AWS.get(match[1]) or _arn(match[1]), text)
        case list():
            return [_resolved(each) for each in reference]
    return str(reference)


def _policies() -> dict[str, Json]:
    roles = resources(ACCESS, of_type="AWS::IAM::Role")
    managed = resources(ACCESS, of_type="AWS::IAM::ManagedPolicy")
    documents = {
        **{
            name: policy["PolicyDocument"]
            for name, role in roles.items()
            # A function that calls nothing has a role without one.
            for policy in role["Properties"]["Policies"]
        },
        **{name: policy["Properties"]["PolicyDocument"] for name, policy in managed.items()},
    }
    return {
        name: {
            **document,
            "Statement": [{**each, "Resource": _resolved(each["Resource"])} for each in statements_of(document)],
        }
        for name, document in documents.items()
    }


def test_every_action_exists_and_can_have_its_resource(tmp_path: Path) -> None:
    for name, document in _policies().items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    program = str(Path(sys.executable).with_name("parliament"))
    outcome = subprocess.run(  # noqa: S603 (our own program)
        [program, "--directory", str(tmp_path), "--json"], capture_output=True, text=True, check=False
    )
    findings = [json.loads(line) for line in outcome.stdout.splitlines()]
    told = [
        (
            Path(finding["location"]["filepath"]).stem,
            finding["issue"],
            [detail["action"] for detail in finding["detail"]],
        )
        for finding in findings
    ]
    assert sorted(told) == _KNOWN, outcome.stderr
