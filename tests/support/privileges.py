"""Privileges: what a role of infra/access.yaml grants, and what a call of AWS takes, in one form to compare.

Which actions a call takes: AWS, "Service Authorization Reference". A transaction takes the actions of its parts
(AWS, "Using IAM with DynamoDB transactions"), a Query of an index takes it on the index.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from nexstock.config import keys_at_rest
from tests.support import environment
from tests.support.journeys.isolated import AwsCall
from tests.support.templates import Json, nested_stacks, resources

ACCESS: Final = "infra/access.yaml"
ANY: Final = "*"
ITSELF: Final = "Itself"
"""The role that a privilege is of."""
KEYS_THAT_SIGN: Final = "KeysThatSign"
"""Keys of the account that are told apart by conditions alone, because more are made as time goes by."""

_OF_THE_SESSION: Final = "${Organization}"
"""What stands in the roles for the organization of the session that asks."""

_TRANSACTION_ACTIONS: Final = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}

_FILE_ACTIONS: Final = {
    "PutObject": "s3:PutObject",
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
    "DeleteObject": "s3:DeleteObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
}

_BUCKETS: Final = {
    environment.FILES_BUCKET: "FilesBucket",
    environment.AUDIT_ARCHIVE_BUCKET: "AuditArchiveBucket",
}


@dataclass(frozen=True, order=True)
class Privilege:
    """One action on one resource, such as `dynamodb:GetItem` on `TenantsTable`.

    `sealed` says for KMS what may be opened or sealed: the encryption context's kind and, for secrets, its id.
    """

    action: str
    resource: str
    sealed: str = ""


_OF_A_SESSION: Final = (Privilege("sts:AssumeRole", ITSELF), Privilege("sts:TagSession", ITSELF))
"""Tags take an action of their own (AWS: "Pass session tags in AWS STS")."""

USED_BY_WHO_HOLDS_A_LINK: Final = {
    "CreateImportFunction": frozenset({Privilege("s3:PutObject", "FilesBucket/imports/org_*")}),
    **dict.fromkeys(
        ("ExportProductsFunction", "ExportStockFunction", "ExportOrganizationFunction", "ExportAuditLogFunction"),
        frozenset({Privilege("s3:GetObject", "FilesBucket/exports/org_*")}),
    ),
}
"""What a function signs and never calls: a link is worth what the role of its signer may do."""


@dataclass(frozen=True)
class Grant:
    """One statement of a role; `partitions` are the patterns that its partition keys have to match, if any."""

    privileges: frozenset[Privilege]
    partitions: tuple[str, ...]

    def covers(self, privilege: Privilege, partitions: frozenset[str]) -> bool:
        """Tell whether the statement allows a call on these partitions."""
        if privilege not in self.privileges:
            return False
        if not self.partitions:
            return True
        return bool(partitions) and all(
            any(fnmatchcase(key, wanted) for wanted in self.partitions) for key in partitions
        )


def roles(*, uses_resend: bool | None = None) -> dict[str, list[Grant]]:
    """Return the statements of every role, by the logical id of its function; with one mail provider or with both."""
    found = {}
    for logical_id, role in resources(ACCESS, of_type="AWS::IAM::Role").items():
        statements = [
            statement
            for policy in role["Properties"]["Policies"]
            for statement in statements_of(policy["PolicyDocument"], uses_resend=uses_resend)
        ]
        found[f"{logical_id.removesuffix('Role')}Function"] = [_grant(statement) for statement in statements]
    return found


def organizations_named() -> tuple[str, str]:
    """Return what the root template has the roles say for an organization, with the second wall and without it."""
    with_wall, without = nested_stacks()["Access"]["Properties"]["Parameters"]["Organization"]["Fn::If"][1:]
    return with_wall, without


def has_second_wall(logical_id: str) -> bool:
    """Tell whether a function reaches what organizations own by sessions for one organization each only."""
    return any(Privilege("sts:AssumeRole", ITSELF) in grant.privileges for grant in roles()[logical_id])


def statements_of(document: Json, *, uses_resend: bool | None = None) -> list[Json]:
    """Return the statements of a policy: all that any mail provider brings, or those of one provider."""
    found = []
    for statement in document["Statement"]:
        match statement:
            case {"Fn::If": ["UsesResend", with_resend, with_ses]}:
                branches = {None: [with_resend, with_ses], True: [with_resend], False: [with_ses]}[uses_resend]
                found += [branch for branch in branches if branch != {"Ref": "AWS::NoValue"}]
            case {"Fn::If": ["UsesPrivateNetwork", inside, {"Ref": "AWS::NoValue"}]}:
                found.append(inside)
            case _:
                found.append(statement)
    return found


def needed(call: AwsCall) -> Iterator[tuple[Privilege, frozenset[str]]]:
    """Return the privileges that a call takes, each with the partitions that it names."""
    match call.service:
        case "dynamodb":
            yield from _needed_of_dynamodb(call)
        case "sqs":
            # A batch takes the action of its parts.
            action = call.operation.removesuffix("Batch")
            yield Privilege(f"sqs:{action}", _queue(call.parameters["QueueUrl"])), frozenset()
        case "s3" if call.operation == "CreateBucket":
            # botocore begins the form of an upload with this request, and sends it nowhere.
            return
        case "s3":
            area = call.parameters["Key"].partition("/")[0]
            resource = f"{_BUCKETS[call.parameters['Bucket']]}/{area}/org_*"
            yield Privilege(_FILE_ACTIONS[call.operation], resource), frozenset()
            if "ObjectLockMode" in call.parameters:
                yield Privilege("s3:PutObjectRetention", resource), frozenset()
        case _:
            yield from ((privilege, frozenset()) for privilege in _needed_without_partitions(call))


def _needed_without_partitions(call: AwsCall) -> Iterator[Privilege]:
    match call.service:
        case "sts":
            yield from _OF_A_SESSION
        case "kms":
            yield from _needed_of_kms(call)
        case "resourcegroupstaggingapi":
            yield Privilege(f"tag:{call.operation}", ANY)
        case "ssm":
            yield Privilege(f"ssm:{call.operation}", "ResendApiKeyParameter")
        case "sesv2":
            yield Privilege(f"ses:{call.operation}", "MailIdentity")
        case _:
            message = f"nothing of ours calls {call.service}"
            raise LookupError(message)


def _needed_of_kms(call: AwsCall) -> Iterator[Privilege]:
    match call.operation:
        case "Sign" | "GetPublicKey" | "DisableKey":
            yield Privilege(f"kms:{call.operation}", KEYS_THAT_SIGN)
        case "CreateKey":
            yield Privilege("kms:CreateKey", ANY)
            yield Privilege("kms:TagResource", KEYS_THAT_SIGN)
        case "GetKeyRotationStatus" | "ListKeyRotations":
            yield Privilege(f"kms:{call.operation}", _symmetric_key(call.parameters["KeyId"]))
        case _:
            yield Privilege(f"kms:{call.operation}", "SealingKey", _sealed(call.parameters))


def _needed_of_dynamodb(call: AwsCall) -> Iterator[tuple[Privilege, frozenset[str]]]:
    if call.operation == "TransactWriteItems":
        for part in call.parameters["TransactItems"]:
            ((kind, details),) = part.items()
            yield Privilege(_TRANSACTION_ACTIONS[kind], _table(details["TableName"])), _partitions(details)
    elif call.operation == "BatchGetItem":
        for name, wanted in call.parameters["RequestItems"].items():
            partitions = frozenset(key["PK"]["S"] for key in wanted["Keys"])
            yield Privilege("dynamodb:BatchGetItem", _table(name)), partitions
    else:
        index = call.parameters.get("IndexName")
        resource = _table(call.parameters["TableName"]) + (f"/index/{index}" if index else "")
        yield Privilege(f"dynamodb:{call.operation}", resource), _partitions(call.parameters)


def _partitions(parameters: Json) -> frozenset[str]:
    keyed = parameters.get("Key") or parameters.get("Item")
    if keyed:
        return frozenset({keyed["PK"]["S"]})
    # A Query names its partition, and with it perhaps a range of sort keys, as values of an expression.
    values = [value["S"] for value in parameters["ExpressionAttributeValues"].values() if "S" in value]
    return frozenset(values[:1])


def _table(name: str) -> str:
    tables = {environment.table_name(table): f"{table.title()}Table" for table in environment.TABLES}
    names = ("new-keys", "old-keys", "rotated-keys")
    of_journeys = dict.fromkeys(map(environment.table_name, names), "KeysTable")
    return {**tables, **of_journeys}[name]


def _queue(url: str) -> str:
    names = {os.environ[f"NEXSTOCK_QUEUE_{queue}"]: queue for queue in environment.QUEUES}
    return names[url].title().replace("_", "") + "Queue"


def _symmetric_key(arn: str) -> str:
    if arn == os.environ["NEXSTOCK_SEALING_KEY_ARN"]:
        return "SealingKey"
    at_rest = {arn: environment.KEYS_AT_REST[purpose] for purpose, arn in keys_at_rest().items()}
    return at_rest[arn]


def _sealed(parameters: Json) -> str:
    context = parameters["EncryptionContext"]
    return f"secret/{context['id']}" if context["kind"] == "secret" else f"{context['kind']}/{ANY}"


def _grant(statement: Json) -> Grant:
    condition = statement.get("Condition", {})
    equal = condition.get("StringEquals", {})
    kinds = equal.get("kms:EncryptionContext:kind", [])
    ids = equal.get("kms:EncryptionContext:id", [ANY])
    sealed = [f"{kind}/{sealed_id}" for kind in kinds for sealed_id in ids] or [""]
    privileges = frozenset(
        Privilege(action, resource, each)
        for action in statement["Action"]
        for resource in _resources(statement["Resource"])
        for each in sealed
    )
    patterns = condition.get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [])
    return Grant(privileges, tuple(map(_pattern, patterns)))


def _pattern(written: str | Json) -> str:
    """Return a pattern of partition keys as it is for some organization."""
    return written if isinstance(written, str) else str(written["Fn::Sub"]).replace(_OF_THE_SESSION, ANY)


def _resources(references: Any) -> list[str]:  # noqa: ANN401 (one expression of CloudFormation, or some)
    return [_resource(each) for each in (references if isinstance(references, list) else [references])]


def _resource(reference: Any) -> str:  # noqa: ANN401 (an expression of CloudFormation)
    match reference:
        case {"Ref": str(name)}:
            return name.removesuffix("Arn")
        case {"Fn::Sub": str(text)} if text.endswith(":key/*"):
            return KEYS_THAT_SIGN
        case {"Fn::Sub": str(text)} if ":role/" in text:
            return ITSELF
        case {"Fn::Sub": str(text)}:
            name, _, rest = text.removeprefix("${").partition("}")
            return name.removesuffix("Arn") + rest
    return str(reference)
