"""The policies of infra/access.yaml, judged by Parliament: known actions, on resources that they can have at all."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from tests.support.privileges import ACCESS, organizations_named, statements_of
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
_NAMES: Final = {
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "0" * 12,
    "Environment": "x",
    "CheckpointKeyTag": "nexstock-x-checkpoints",
    "Organization": organizations_named()[0],
}

_KNOWN: Final = [
    # ListStreams names no resource, so on a stream it grants nothing; Lambda asks for it there all the same (AWS,
    # "Tutorial: Process new items with DynamoDB Streams and Lambda").
    ("FanOutAuditRole", "RESOURCE_MISMATCH", ["dynamodb:ListStreams"]),
    ("FanOutWebhooksRole", "RESOURCE_MISMATCH", ["dynamodb:ListStreams"]),
    # Works with every action on a key (AWS, "AWS KMS condition keys": "KMS key resource operations"), and is listed
    # with the resource, not with each of them.
    *(
        (role, "UNKNOWN_CONDITION_FOR_ACTION", [f"Unknown condition kms:KeySpec for action kms:{action}"])
        for role, action in (
            ("ProvisionKeysRole", "GetPublicKey"),
            ("RotateCheckpointKeyRole", "DisableKey"),
            ("RotateCheckpointKeyRole", "GetPublicKey"),
            ("RotateCheckpointKeyRole", "TagResource"),
        )
    ),
    ("WriteAuditRole", "RESOURCE_MISMATCH", ["dynamodb:ListStreams"]),
]


def _arn(name: str) -> str:
    resource = name.removesuffix("Arn")
    (form,) = [form for ending, form in _ARNS.items() if resource.endswith(ending)]
    return form.format(resource)


def _resolved(expression: Any) -> Any:  # noqa: ANN401 (an expression of CloudFormation, and what becomes of it)
    match expression:
        case {"Ref": str(name)}:
            return _NAMES.get(name) or _arn(name)
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([\w:]+)\}", lambda match: _NAMES.get(match[1]) or _arn(match[1]), text)
        case dict():
            return {name: _resolved(each) for name, each in expression.items()}
        case list():
            return [_resolved(each) for each in expression]
    return expression


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
            "Statement": [_resolved(each) for each in statements_of(document)],
        }
        for name, document in documents.items()
    }


def _told(detail: Any) -> list[str]:  # noqa: ANN401 (a text, or some objects)
    return [detail] if isinstance(detail, str) else [str(each["action"]) for each in detail]


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
            _told(finding["detail"]),
        )
        for finding in findings
    ]
    assert sorted(told) == _KNOWN, outcome.stderr
