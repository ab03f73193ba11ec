"""The rules of infra/rules hold in production, and each finds what it is there for.

Each is shown by one change to a small system that keeps them all (tests/support/small_system.yaml).
"""

import copy
import inspect
import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Final, get_type_hints

import pytest
from samtranslator.yaml_helper import yaml_parse

from infra.rules import api, functions, messages, policies, state
from infra.rules.exceptions import EXCEPTIONS, MOST, remaining, unused
from infra.rules.findings import Finding, Rule, findings, name_of
from infra.rules.listed import PUBLIC_ROUTES
from infra.rules.registry import RULES, all_findings
from infra.rules.system import System, in_production, of
from tests.support.templates import ROOT, Json, is_public, routes

_SMALL: Final = ROOT / "tests" / "support" / "small_system.yaml"
_GONE: Final = object()

Change = tuple[str, object]
"""A place in the small system's resources, and what is put there, or _GONE."""

_STATEMENT: Final = "Role.Policies.0.PolicyDocument.Statement.0"

BREACHES: Final[list[tuple[Rule, Change]]] = [
    (api.routes_have_an_authorizer, ("Api.Body.paths./v1/orders.get.security", _GONE)),
    (api.routes_have_an_authorizer, ("Api.Body.paths./v1/orders.get.security", [{"NONE": []}])),
    (api.routes_have_an_authorizer, ("Api.Body.paths./v1/orders.post", {})),
    (
        api.routes_have_an_authorizer,
        ("+", {"Type": "AWS::ApiGateway::Method", "Properties": {"HttpMethod": "GET"}}),
    ),
    (
        api.authorizers_are_not_cached,
        ("Api.Body.securityDefinitions.Gate.x-amazon-apigateway-authorizer.authorizerResultTtlInSeconds", _GONE),
    ),
    (api.authorizers_are_not_cached, ("+", {"Type": "AWS::ApiGateway::Authorizer", "Properties": {}})),
    (api.stages_are_logged_traced_and_throttled, ("Stage.AccessLogSetting", _GONE)),
    (api.stages_are_logged_traced_and_throttled, ("Stage.TracingEnabled", False)),
    (api.stages_are_logged_traced_and_throttled, ("Stage.MethodSettings", [])),
    (messages.stream_mappings_are_bounded, ("FromStream.MaximumRetryAttempts", -1)),
    (messages.stream_mappings_are_bounded, ("FromStream.MaximumRecordAgeInSeconds", _GONE)),
    (messages.stream_mappings_are_bounded, ("FromStream.BisectBatchOnFunctionError", False)),
    (messages.stream_mappings_are_bounded, ("FromStream.FunctionResponseTypes", _GONE)),
    (messages.stream_mappings_are_bounded, ("FromStream.DestinationConfig", _GONE)),
    (messages.queue_mappings_are_bounded, ("FromQueue.FunctionResponseTypes", [])),
    (messages.queue_mappings_are_bounded, ("FromQueue.ScalingConfig", _GONE)),
    (messages.queue_mappings_are_bounded, ("Work.VisibilityTimeout", 59)),
    (messages.queues_have_dead_letter_queues, ("Work.RedrivePolicy", _GONE)),
    (messages.queues_have_dead_letter_queues, ("Work.RedrivePolicy.deadLetterTargetArn", "arn:aws:sqs:us-east-1:1:x")),
    (messages.queues_that_people_empty_have_alarms, ("DeadAlarm.Dimensions.0.Value", "another")),
    (messages.queues_that_people_empty_have_alarms, ("DeadAlarm.Threshold", 100)),
    (messages.queues_are_encrypted_with_our_key, ("Dead.KmsMasterKeyId", _GONE)),
    (messages.queues_are_encrypted_with_our_key, ("Work.KmsMasterKeyId", "alias/aws/sqs")),
    (messages.schedules_keep_what_they_could_not_start, ("EveryHour.Target.DeadLetterConfig", _GONE)),
    (messages.schedules_keep_what_they_could_not_start, ("EveryHour.Target.RetryPolicy", _GONE)),
    (functions.functions_are_bounded_and_traced, ("Deliver.Timeout", _GONE)),
    (functions.functions_are_bounded_and_traced, ("Deliver.MemorySize", _GONE)),
    (functions.functions_are_bounded_and_traced, ("Deliver.TracingConfig.Mode", "PassThrough")),
    (functions.functions_log_where_it_is_kept, ("Deliver.LoggingConfig", _GONE)),
    (functions.functions_log_where_it_is_kept, ("Deliver.LoggingConfig.LogGroup", "/aws/lambda/deliver")),
    (functions.log_groups_end_and_are_encrypted, ("Logs.RetentionInDays", _GONE)),
    (functions.log_groups_end_and_are_encrypted, ("Logs.KmsKeyId", _GONE)),
    (functions.asynchronous_functions_keep_what_failed, ("Kept.DestinationConfig", _GONE)),
    (functions.asynchronous_functions_keep_what_failed, ("Kept.MaximumRetryAttempts", _GONE)),
    (functions.asynchronous_functions_keep_what_failed, ("Kept.FunctionName", "another")),
    (state.tables_are_protected_and_recoverable, ("Entries.PointInTimeRecoverySpecification", _GONE)),
    (state.tables_are_protected_and_recoverable, ("Entries.DeletionProtectionEnabled", False)),
    (state.tables_are_protected_and_recoverable, ("Throttles.SSESpecification.KMSMasterKeyId", _GONE)),
    (state.buckets_are_private_and_encrypted, ("Files.PublicAccessBlockConfiguration.BlockPublicPolicy", False)),
    (state.buckets_are_private_and_encrypted, ("Files.PublicAccessBlockConfiguration.IgnorePublicAcls", _GONE)),
    (state.buckets_are_private_and_encrypted, ("Files.BucketEncryption", _GONE)),
    (state.buckets_take_tls_only, ("FilesPolicy.Bucket", "another")),
    (state.buckets_take_tls_only, ("FilesPolicy.PolicyDocument.Statement.0.Condition", _GONE)),
    (state.buckets_take_tls_only, ("FilesPolicy.PolicyDocument.Statement.0.Effect", "Allow")),
    (state.keys_are_rotated, ("Key.EnableKeyRotation", False)),
    (state.keys_are_rotated, ("SigningKey.Tags", _GONE)),
    (state.everything_stays_in_its_region, ("Files.ReplicationConfiguration", {"Role": "r", "Rules": []})),
    (state.everything_stays_in_its_region, ("Key.MultiRegion", True)),
    (state.everything_stays_in_its_region, ("Dead.QueueName", "arn:aws:sqs:eu-west-1:000000000000:dead")),
    (state.everything_stays_in_its_region, ("+", {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {}})),
    (policies.no_action_is_a_pattern, (f"{_STATEMENT}.Action", ["dynamodb:Get*"])),
    (policies.no_action_is_a_pattern, (f"{_STATEMENT}.Action", "*")),
    (policies.every_resource_is_named, (f"{_STATEMENT}.Resource", "*")),
    (policies.audit_entries_are_only_added, (f"{_STATEMENT}.Action", ["dynamodb:UpdateItem"])),
    (policies.audit_entries_are_only_added, (f"{_STATEMENT}.Action", ["dynamodb:DeleteItem"])),
    (policies.audit_entries_are_only_added, (f"{_STATEMENT}.Action", ["dynamodb:PartiQLUpdate"])),
    (policies.audit_entries_are_only_added, (f"{_STATEMENT}.Action", "dynamodb:*")),
    (policies.audit_entries_are_only_added, ("Role.Policies.0.PolicyDocument.Statement.1.Action", "s3:DeleteObject")),
    (policies.resource_policies_are_not_public, ("Key.KeyPolicy.Statement.1.Condition", _GONE)),
    (policies.resource_policies_are_not_public, ("Entries.ResourcePolicy.PolicyDocument.Statement.0.Condition", _GONE)),
    (policies.resource_policies_are_not_public, ("FilesPolicy.PolicyDocument.Statement.0.Effect", "Allow")),
    (policies.resource_policies_are_not_public, ("MayCall.SourceArn", _GONE)),
    (policies.resource_policies_are_not_public, ("MayCall.Principal", "*")),
    (
        policies.roles_are_assumed_within_the_account,
        ("Role.AssumeRolePolicyDocument.Statement.0.Principal", {"AWS": "arn:aws:iam::111111111111:root"}),
    ),
    (policies.roles_are_assumed_within_the_account, ("Role.AssumeRolePolicyDocument.Statement.0.Principal", "*")),
]


@cache
def _small() -> Json:
    document: Json = yaml_parse(_SMALL.read_text())
    return document


def _changed(change: Change) -> Json:
    document = copy.deepcopy(_small())
    place, value = change
    if place == "+":
        document["Resources"]["Added"] = value
        return document
    # Names of paths hold slashes and no dots; numbers are places in lists.
    logical_id, *steps = place.split(".")
    holder: Any = document["Resources"][logical_id]["Properties"]
    *way, last = (int(step) if step.isdigit() else step for step in steps)
    for step in way:
        holder = holder[step]
    if value is _GONE:
        del holder[last]
    else:
        holder[last] = value
    return document


def _system(document: Json, folder: Path) -> System:
    return of(document, folder / "template.yaml", {}, "us-east-1")


def test_production_keeps_every_rule_and_is_seen_without_any_function_of_cloudformation() -> None:
    production = in_production()
    assert remaining(all_findings(production)) == []
    assert len({resource.stack for resource in production.resources}) > 1
    for resource in production.resources:
        assert not re.search(r'"(Ref|Fn::\w+)": ', json.dumps(resource.properties)), resource


def test_the_small_system_keeps_every_rule(tmp_path: Path) -> None:
    assert all_findings(_system(_small(), tmp_path)) == []


@pytest.mark.parametrize(("rule", "change"), BREACHES, ids=lambda each: each.__name__ if callable(each) else each[0])
def test_the_rule_finds_what_breaks_it(rule: Rule, change: Change, tmp_path: Path) -> None:
    found = findings(rule, _system(_changed(change), tmp_path))
    assert {each.rule for each in found} == {name_of(rule)}
    assert all(each.resource.startswith("template.yaml:") for each in found)


def test_every_rule_is_shown_to_find_something() -> None:
    assert {rule for rule, _change in BREACHES} == set(RULES)
    form = get_type_hints(RULES[0])
    written = {
        each
        for module in (api, functions, messages, policies, state)
        for name, each in vars(module).items()
        if inspect.isfunction(each) and not name.startswith("_") and get_type_hints(each) == form
    }
    assert written == set(RULES)


def test_the_routes_that_are_listed_as_public_are_those_that_are() -> None:
    assert {route for route, function in routes().items() if is_public(function)} == PUBLIC_ROUTES


def test_rules_see_through_nested_stacks_and_their_parameters(tmp_path: Path) -> None:
    inner = {
        "Parameters": {"KeyArn": {"Type": "String"}, "Name": {"Type": "String", "Default": "none"}},
        "Conditions": {"IsNamed": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Name"}, "none"]}]}},
        "Resources": {
            "Queue": {
                "Type": "AWS::SQS::Queue",
                "Properties": {
                    "QueueName": {"Fn::Sub": "${Name}-queue"},
                    "KmsMasterKeyId": {"Fn::If": ["IsNamed", {"Ref": "KeyArn"}, {"Ref": "AWS::NoValue"}]},
                },
            },
            "Other": {"Type": "AWS::SQS::Queue", "Condition": "IsNamed", "Properties": {}},
        },
        "Outputs": {"QueueArn": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}}},
    }
    (tmp_path / "inner.yaml").write_text(json.dumps(inner))
    stack = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "inner.yaml", "Parameters": {"KeyArn": {"Fn::GetAtt": ["Key", "Arn"]}}},
    }
    document = copy.deepcopy(_small())
    document["Resources"]["Inner"] = stack
    document["Resources"]["Work"]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"] = {
        "Fn::GetAtt": ["Inner", "Outputs.QueueArn"]
    }
    system = _system(document, tmp_path)
    assert {(each.rule, each.resource) for each in all_findings(system)} == {
        ("queues-are-encrypted-with-our-key", "inner.yaml:Queue"),
        ("queues-that-people-empty-have-alarms", "inner.yaml:Queue"),
    }


def test_exceptions_are_few_and_have_reasons() -> None:
    assert len(EXCEPTIONS) <= MOST == 8
    assert all(len(each.reason.split()) >= 8 for each in EXCEPTIONS)


def test_an_exception_lets_pass_what_it_names_and_nothing_else() -> None:
    versions, recovery = (each for each in EXCEPTIONS if each.rule in {"CKV_AWS_21", "CKV_AWS_28"})
    kept = Finding(versions.rule, "infra/data.yaml:AuditArchiveBucket", "no versions")
    passing = Finding(versions.rule, "infra/data.yaml:FilesBucket", "no versions")
    assert remaining([kept, passing]) == [kept]
    assert recovery in unused([kept, passing], "CKV_*")
    assert versions not in unused([kept, passing], "CKV_*")
