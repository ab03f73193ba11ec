"""Least privilege: each function's role is what its code was seen to call, no more and no less.

The calls are those of the function's journey (tests/support/journeys): its work and its refusals, each function in an
interpreter of its own. What AWS does in the function's name stands in a table below, with the reason.
"""

import importlib
import json
from typing import Final

import pytest

from nexstock.auth.permissions import Permission
from tests.support.journeys import JOURNEYS, travelled
from tests.support.journeys.isolated import IsolatedFunction
from tests.support.privileges import (
    ACCESS,
    USED_BY_WHO_HOLDS_A_LINK,
    Grant,
    Privilege,
    has_second_wall,
    needed,
    roles,
    statements_of,
)
from tests.support.templates import Json, functions, module_of, nested_stacks, operation_name, resources, template

_POLLING_A_STREAM: Final = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)
_POLLING_A_QUEUE: Final = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")

_MADE_BY_LAMBDA: Final[dict[str, frozenset[Privilege]]] = {
    # Lambda reads the stream, and puts what no retry helped into the failure queue, with the function's role
    # (AWS, "Using AWS Lambda with Amazon DynamoDB", execution role permissions).
    **dict.fromkeys(
        ("WriteAuditFunction", "FanOutWebhooksFunction"),
        frozenset(
            {
                *(Privilege(action, "TenantsStream") for action in _POLLING_A_STREAM),
                Privilege("sqs:SendMessage", "StreamFailuresQueue"),
            }
        ),
    ),
    "FanOutAuditFunction": frozenset(
        {
            *(Privilege(action, "AuditStream") for action in _POLLING_A_STREAM),
            Privilege("sqs:SendMessage", "StreamFailuresQueue"),
        }
    ),
    # Lambda polls the queue with the function's role (AWS, "Using Lambda with Amazon SQS", execution role permissions).
    "DeliverWebhookFunction": frozenset(Privilege(action, "DeliveriesQueue") for action in _POLLING_A_QUEUE),
    "RotateDataKeysFunction": frozenset(Privilege(action, "DataKeyRotationsQueue") for action in _POLLING_A_QUEUE),
    "ReplayWebhooksFunction": frozenset(Privilege(action, "ReplaysQueue") for action in _POLLING_A_QUEUE),
    "ContinueCountFunction": frozenset(Privilege(action, "CountsQueue") for action in _POLLING_A_QUEUE),
    "RemoveOrganizationFunction": frozenset(Privilege(action, "RemovalsQueue") for action in _POLLING_A_QUEUE),
    "IssueReceiptFunction": frozenset(Privilege(action, "ReceiptsQueue") for action in _POLLING_A_QUEUE),
    "ProcessImportFunction": frozenset(Privilege(action, "ImportsQueue") for action in _POLLING_A_QUEUE),
    "MakeExportFunction": frozenset(Privilege(action, "ExportsQueue") for action in _POLLING_A_QUEUE),
    "MakeCheckpointFunction": frozenset(Privilege(action, "CheckpointsQueue") for action in _POLLING_A_QUEUE),
    "RecordSecurityEventFunction": frozenset(Privilege(action, "SecurityEventsQueue") for action in _POLLING_A_QUEUE),
    "ReconcileAuditFunction": frozenset(Privilege(action, "ReconciliationsQueue") for action in _POLLING_A_QUEUE),
    "ReindexCustomersFunction": frozenset(Privilege(action, "ReindexingQueue") for action in _POLLING_A_QUEUE),
    "SendMailFunction": frozenset(Privilege(action, "MailQueue") for action in _POLLING_A_QUEUE),
}
"""Nobody's code makes these calls; logs and traces stand in the policy that all roles share."""

_JOINING_A_NETWORK: Final = frozenset(
    {
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
    }
)
"""What Lambda does in a function's name (AWS, "Giving Lambda functions access to resources in an Amazon VPC")."""

_UNATTENDED_FOLDERS: Final = ("functions.schedules.", "functions.deployment.")
_UNATTENDED: Final = {name for name, function in functions().items() if "EventInvokeConfig" in function}

_WRITES: Final = frozenset({"dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"})


def _granted(grants: list[Grant]) -> set[Privilege]:
    return {privilege for grant in grants for privilege in grant.privileges}


def _used(logical_id: str) -> set[Privilege]:
    calls = travelled()[logical_id].calls
    return {privilege for call in calls for privilege, _partitions in needed(call)}


def test_every_function_has_a_journey() -> None:
    assert set(JOURNEYS) == set(functions())


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("logical_id", sorted(functions()))
def test_role_grants_what_the_function_calls_and_nothing_else(logical_id: str) -> None:
    by_lambda = _MADE_BY_LAMBDA.get(logical_id, frozenset())
    by_holders = USED_BY_WHO_HOLDS_A_LINK.get(logical_id, frozenset())
    granted, used = _granted(roles()[logical_id]), _used(logical_id) | by_lambda | by_holders
    assert sorted(used - granted) == [], "called and not granted"
    assert sorted(granted - used) == [], "granted and never called"


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("logical_id", sorted(functions()))
def test_every_call_meets_the_conditions_of_a_statement(logical_id: str) -> None:
    grants = roles()[logical_id]
    refused = [
        (privilege, partitions)
        for call in travelled()[logical_id].calls
        for privilege, partitions in needed(call)
        if not any(grant.covers(privilege, partitions) for grant in grants)
    ]
    assert refused == []


@pytest.mark.asvs("13.3.2")
def test_a_deployment_may_use_the_mail_provider_that_it_chose_and_not_the_other() -> None:
    with_ses, with_resend = (_granted(roles(uses_resend=each)["SendMailFunction"]) for each in (False, True))
    assert {privilege.resource for privilege in with_ses - with_resend} == {"MailIdentity", "EphemeralTable"}
    assert {privilege.resource for privilege in with_resend - with_ses} == {"ResendApiKeyParameter"}


@pytest.mark.parametrize(("provider", "other"), [("ses", "resend"), ("resend", "ses")])
def test_only_the_chosen_mail_provider_is_loaded(provider: str, other: str) -> None:
    with IsolatedFunction("SendMailFunction", {"NEXSTOCK_MAIL_PROVIDER": provider}) as function:
        assert f"nexstock.mail.{provider}" in function.modules
        assert f"nexstock.mail.{other}" not in function.modules


def test_nothing_is_granted_twice() -> None:
    for logical_id, grants in roles().items():
        assert sum(len(grant.privileges) for grant in grants) == len(_granted(grants)), logical_id


def test_no_role_can_change_or_remove_what_the_audit_table_holds() -> None:
    on_audit = {p.action for grants in roles().values() for p in _granted(grants) if p.resource == "AuditTable"}
    assert on_audit == {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"}
    assert not on_audit & _WRITES


@pytest.mark.asvs("16.4.2")
def test_no_role_can_remove_what_is_archived_or_shorten_its_time() -> None:
    archived: dict[str, set[str]] = {}
    for logical_id, grants in roles().items():
        for privilege in _granted(grants):
            if privilege.resource.startswith("AuditArchiveBucket"):
                archived.setdefault(privilege.action, set()).add(logical_id)
    writers = {"MakeCheckpointFunction", "IssueReceiptFunction"}
    assert {action: who for action, who in archived.items() if action != "s3:GetObject"} == {
        "s3:PutObject": writers,
        "s3:PutObjectRetention": writers,
    }


def test_only_what_makes_checkpoints_and_receipts_signs() -> None:
    signing = {logical_id for logical_id, grants in roles().items() for p in _granted(grants) if p.action == "kms:Sign"}
    # Reports and receipts are signed by the same key, as what no checkpoint can be taken for.
    documents = {"GetRotationReportFunction", "IssueReceiptFunction", "EraseCustomerFunction"}
    assert signing == {"MakeCheckpointFunction"} | documents


def test_no_action_is_a_pattern() -> None:
    shared = _policy_documents()
    actions = {action for document in shared for statement in statements_of(document) for action in statement["Action"]}
    assert {action for action in actions if "*" in action or "?" in action} == set()


def test_only_what_has_no_resource_is_granted_on_every_resource() -> None:
    everywhere = {
        action
        for document in _policy_documents()
        for statement in statements_of(document)
        if statement["Resource"] == "*"
        for action in statement["Action"]
    }
    assert everywhere == {
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        # A key that is made has no name yet, and a search none at all.
        "kms:CreateKey",
        "tag:GetResources",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
    }


def test_nobody_makes_keys_but_what_rotates_those_that_sign() -> None:
    making = {
        logical_id
        for logical_id, grants in roles().items()
        for privilege in _granted(grants)
        if privilege.action in {"kms:CreateKey", "kms:TagResource", "kms:DisableKey"}
    }
    assert making == {"RotateCheckpointKeyFunction"}


def test_every_role_is_used_by_exactly_one_function() -> None:
    named = {
        logical_id: role["Properties"]["RoleName"]["Fn::Sub"]
        for logical_id, role in resources(ACCESS, of_type="AWS::IAM::Role").items()
    }
    prefix = "nexstock-${Environment}-${AWS::Region}"
    used = {
        f"{logical_id.removesuffix('Function')}Role": function["Role"]["Fn::Sub"].replace("${Roles}", prefix)
        for logical_id, function in functions().items()
    }
    assert used == named
    for stack in nested_stacks().values():
        roles_are_at = stack["Properties"]["Parameters"].get("Roles", {"Fn::Sub": prefix})["Fn::Sub"]
        assert roles_are_at.endswith(prefix)


_ROLES_OF_THE_STACK: Final = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/nexstock-${Environment}-${AWS::Region}-"


def test_every_role_is_assumed_by_lambda_and_by_itself_for_one_organization_alone() -> None:
    for logical_id, role in resources(ACCESS, of_type="AWS::IAM::Role").items():
        by_lambda, *others = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert by_lambda["Principal"] == {"Service": "lambda.amazonaws.com"}, logical_id
        shared = [{"Ref": "RunFunction"}]
        if logical_id.removesuffix("Role") + "Function" in _UNATTENDED:
            shared.append({"Ref": "RunUnattended"})
        assert role["Properties"]["ManagedPolicyArns"] == shared, logical_id
        assert len(others) == has_second_wall(f"{logical_id.removesuffix('Role')}Function"), logical_id
        for statement in others:
            assert statement["Condition"] == {
                "ArnLike": {"aws:PrincipalArn": {"Fn::Sub": f"{_ROLES_OF_THE_STACK}*"}},
                "StringLike": {"aws:RequestTag/organization": "org_*"},
                "ForAllValues:StringEquals": {"aws:TagKeys": ["organization"]},
            }


def test_functions_that_nobody_waits_for_share_a_policy_about_what_failed() -> None:
    policies = resources(ACCESS, of_type="AWS::IAM::ManagedPolicy")
    (statement,) = policies["RunUnattended"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == (["sqs:SendMessage"], {"Ref": "ScheduleFailuresQueueArn"})
    started = {name for name, each in functions().items() if module_of(each).startswith(_UNATTENDED_FOLDERS)}
    assert started == _UNATTENDED


def test_every_role_is_named_as_its_function_and_assumes_no_role_but_itself() -> None:
    for logical_id in functions():
        properties = resources(ACCESS, of_type="AWS::IAM::Role")[f"{logical_id.removesuffix('Function')}Role"]
        name = f"nexstock-${{Environment}}-${{AWS::Region}}-{operation_name(functions()[logical_id])}"
        assert properties["Properties"]["RoleName"] == {"Fn::Sub": name}
        text = json.dumps(properties["Properties"]["Policies"])
        own = json.dumps({"Fn::Sub": f"{_ROLES_OF_THE_STACK}{operation_name(functions()[logical_id])}"})
        assert text.count('"sts:AssumeRole"') == text.count(f'"Resource": {own}') == has_second_wall(logical_id)


_CONSUMERS_OF_ONE_ORGANIZATION: Final = frozenset(
    {
        "ContinueCountFunction",
        "IssueReceiptFunction",
        "MakeCheckpointFunction",
        "MakeExportFunction",
        "ProcessImportFunction",
        "RemoveOrganizationFunction",
        "ReplayWebhooksFunction",
    }
)
"""What works through messages each of which names one organization."""


@pytest.mark.asvs("8.4.1")
@pytest.mark.parametrize("logical_id", sorted(functions()))
def test_what_organizations_own_is_granted_to_handlers_for_the_sessions_organization_alone(logical_id: str) -> None:
    if not isinstance(_requirement(logical_id), Permission) and logical_id not in _CONSUMERS_OF_ONE_ORGANIZATION:
        assert not has_second_wall(logical_id)
        return
    role = resources(ACCESS, of_type="AWS::IAM::Role")[f"{logical_id.removesuffix('Function')}Role"]
    for statement in _owned_by_organizations(role):
        patterns = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        assert statement["Condition"]["Null"] == {"dynamodb:LeadingKeys": "false"}
        # A pattern that names no organization is of what none owns.
        of_any = {each for each in patterns if isinstance(each, str)}
        assert not [each for each in of_any if each.startswith(("ORG#", "DATA_KEY", "ITEM_KEYS#", "RECEIPTS#"))]
        assert all("${Organization}" in each["Fn::Sub"] for each in patterns if not isinstance(each, str))


def _requirement(logical_id: str) -> object:
    app = getattr(importlib.import_module(module_of(functions()[logical_id])), "app", None)
    return app.operation.requires if app is not None else None


def _owned_by_organizations(role: Json) -> list[Json]:
    tables = ("TenantsTable", "AuditTable", "DeliveriesTable", "KeysTable")
    return [
        statement
        for policy in role["Properties"]["Policies"]
        for statement in statements_of(policy["PolicyDocument"])
        if any(table in json.dumps(statement["Resource"]) for table in tables)
    ]


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("logical_id", sorted(filter(has_second_wall, functions())))
def test_a_session_is_opened_once_for_each_organization(logical_id: str) -> None:
    opened = [call.parameters["Tags"] for call in travelled()[logical_id].calls if call.service == "sts"]
    assert opened
    assert len(opened) == len({json.dumps(tags) for tags in opened})


def test_the_policy_that_all_share_is_about_logs_traces_and_the_network() -> None:
    policies = resources(ACCESS, of_type="AWS::IAM::ManagedPolicy")
    statements = statements_of(policies["RunFunction"]["Properties"]["PolicyDocument"])
    services = {action.partition(":")[0] for statement in statements for action in statement["Action"]}
    assert services == {"logs", "xray", "ec2"}


def test_lambda_joins_functions_to_the_network_and_their_own_code_cannot() -> None:
    policy = resources(ACCESS, of_type="AWS::IAM::ManagedPolicy")["RunFunction"]
    joining = [
        statement
        for statement in statements_of(policy["Properties"]["PolicyDocument"])
        if any(action.startswith("ec2:") for action in statement["Action"])
    ]
    assert {action for statement in joining for action in statement["Action"]} == _JOINING_A_NETWORK
    # Calls of a function's code name the function; those of Lambda for it do not.
    assert [statement["Condition"] for statement in joining] == [{"Null": {"lambda:SourceFunctionArn": "true"}}] * 2


def test_every_parameter_of_the_roles_is_a_resource_of_the_stack() -> None:
    passed = template()["Resources"]["Access"]["Properties"]["Parameters"]
    assert set(passed) == set(template(ACCESS)["Parameters"])
    from_data = {name: value for name, value in passed.items() if "Fn::GetAtt" in json.dumps(value)}
    for name, value in from_data.items():
        assert value == {"Fn::GetAtt": ["Data", "Outputs", name]}


def _policy_documents() -> list[Json]:
    attached = [
        policy["PolicyDocument"]
        for role in resources(ACCESS, of_type="AWS::IAM::Role").values()
        for policy in role["Properties"]["Policies"]
    ]
    managed = resources(ACCESS, of_type="AWS::IAM::ManagedPolicy").values()
    return [*attached, *(policy["Properties"]["PolicyDocument"] for policy in managed)]
