"""Rules about policies: what roles may do, and whom resources let in."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, Final

from infra.rules.identities import Json
from infra.rules.listed import AUDIT, AUDIT_ARCHIVE, WITHOUT_RESOURCES
from infra.rules.system import Resource, System

_CHANGING: Final = (
    "dynamodb:UpdateItem",
    "dynamodb:Delete*",
    "dynamodb:BatchWriteItem",
    "dynamodb:PartiQL*",
    "s3:Delete*",
    "s3:BypassGovernanceRetention",
)
"""What changes or removes an entry of the table, or a signed log of the archive."""

_BOUNDS: Final = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "kms:calleraccount",
        "kms:grantisforawsresource",
    }
)
"""Conditions that leave of "everybody" those of one account, network or resource."""

_RESOURCE_POLICIES: Final = {
    "AWS::Backup::BackupVault": "AccessPolicy",
    "AWS::ECR::Repository": "RepositoryPolicyText",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
}


def no_action_is_a_pattern(system: System) -> Iterator[tuple[object, str]]:
    """What a role may do is said action by action."""
    for resource, statement in identity_statements(system):
        for action in _listed(statement.get("Action", "*")):
            if statement["Effect"] == "Allow" and ("*" in action or "?" in action):
                yield resource, f"may do {action}"


def every_resource_is_named(system: System) -> Iterator[tuple[object, str]]:
    """Only an action that can be granted on no resource is granted on every resource."""
    for resource, statement in identity_statements(system):
        if statement["Effect"] == "Allow" and "*" in _listed(statement.get("Resource", "*")):
            for action in _listed(statement.get("Action", "*")):
                if action not in WITHOUT_RESOURCES:
                    yield resource, f"may {action} on everything"


def audit_entries_are_only_added(system: System) -> Iterator[tuple[object, str]]:
    """No role changes or removes what stands in the audit log or in its archive, by whatever call."""
    for resource, statement in identity_statements(system):
        if statement["Effect"] == "Allow" and any(map(_is_audit, _listed(statement.get("Resource", "*")))):
            for action in _listed(statement.get("Action", "*")):
                # Either may be the pattern: `dynamodb:*` covers a call as well as `dynamodb:Delete*` names it.
                if any(fnmatchcase(action, each) or fnmatchcase(each, action) for each in _CHANGING):
                    yield resource, f"may {action} on the audit log"


def resource_policies_are_not_public(system: System) -> Iterator[tuple[object, str]]:
    """A resource lets in whom it names; everybody only under a condition that leaves those of this account."""
    for resource, statement in _resource_statements(system):
        principal = statement.get("Principal", {})
        everybody = principal == "*" or (isinstance(principal, dict) and "*" in _listed(principal.get("AWS", [])))
        if statement["Effect"] == "Allow" and everybody and not _conditions(statement) & _BOUNDS:
            yield resource, f"lets everybody in: {statement.get('Sid', statement.get('Action'))}"
    for permission in system.of_kind("AWS::Lambda::Permission"):
        principal = str(permission.properties["Principal"])
        if principal == "*" or not {"SourceArn", "SourceAccount"} & set(permission.properties):
            yield permission, f"lets {principal} call from any account"


def roles_are_assumed_within_the_account(system: System) -> Iterator[tuple[object, str]]:
    """A role is taken by a service of AWS or by a role of the same account."""
    for role in system.of_kind("AWS::IAM::Role"):
        for statement in _listed(role.properties["AssumeRolePolicyDocument"]["Statement"]):
            principal = statement["Principal"]
            named = _listed(principal.get("AWS", [])) if isinstance(principal, dict) else ["*"]
            if any(not each.startswith("arn:aws:iam::000000000000:") for each in named):
                yield role, f"can be taken from outside: {', '.join(named)}"


def identity_statements(system: System) -> Iterator[tuple[Resource, Json]]:
    """Yield every statement about what somebody may do, with the resource that it stands in."""
    for resource in system.of_kind("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for document in documents_of(resource).values():
            for statement in _listed(document["Statement"]):
                yield resource, statement


def documents_of(resource: Resource) -> dict[str, Json]:
    """Return the policies that stand in a role or are one, by name."""
    inline = {each["PolicyName"]: each["PolicyDocument"] for each in resource.properties.get("Policies", [])}
    own = resource.properties.get("PolicyDocument")
    return {**inline, **({resource.logical_id: own} if own else {})}


def _resource_statements(system: System) -> Iterator[tuple[Resource, Json]]:
    for resource in system.of_kind(*_RESOURCE_POLICIES):
        document = resource.properties.get(_RESOURCE_POLICIES[resource.kind])
        for statement in _listed(document["Statement"]) if document else []:
            yield resource, statement
    for resource in system.of_kind("AWS::DynamoDB::Table", "AWS::ApiGateway::RestApi"):
        properties = resource.properties
        document = properties.get("Policy") or properties.get("ResourcePolicy", {}).get("PolicyDocument")
        for statement in _listed(document["Statement"]) if document else []:
            yield resource, statement


def _conditions(statement: Json) -> set[str]:
    return {key.lower() for test in statement.get("Condition", {}).values() for key in test}


def _is_audit(arn: str) -> bool:
    table = arn.partition(":table/")[2].partition("/")[0]
    bucket = arn.partition(":s3:::")[2].partition("/")[0]
    return arn == "*" or table.endswith(AUDIT) or "*" in table or AUDIT_ARCHIVE in bucket or "*" in bucket


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 (one of something, or some)
    return value if isinstance(value, list) else [value]
