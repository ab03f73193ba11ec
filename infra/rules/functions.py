"""Rules about functions: their bounds, their logs, and what becomes of an invocation that fails."""

from collections.abc import Iterator
from typing import Final

from infra.rules.messages import function_name
from infra.rules.system import System

_FUNCTION: Final = "AWS::Lambda::Function"
_FOR_LAMBDA: Final = ":lambda:"


def functions_are_bounded_and_traced(system: System) -> Iterator[tuple[object, str]]:
    """Every function says how long it may take and what memory it has, and is traced."""
    for function in system.of_kind(_FUNCTION):
        for name in ("Timeout", "MemorySize"):
            if name not in function.properties:
                yield function, f"no {name}"
        if function.properties.get("TracingConfig", {}).get("Mode") != "Active":
            yield function, "not traced"


def functions_log_where_it_is_kept(system: System) -> Iterator[tuple[object, str]]:
    """Every function logs into a group of the system; one that Lambda made would be kept for ever, in clear."""
    groups = {group.name for group in system.of_kind("AWS::Logs::LogGroup")}
    for function in system.of_kind(_FUNCTION):
        if function.properties.get("LoggingConfig", {}).get("LogGroup") not in groups:
            yield function, "no log group of the system"


def log_groups_end_and_are_encrypted(system: System) -> Iterator[tuple[object, str]]:
    """Every log group has a retention and a key of the system."""
    for group in system.of_kind("AWS::Logs::LogGroup"):
        for name in ("RetentionInDays", "KmsKeyId"):
            if not group.properties.get(name):
                yield group, f"no {name}"


def asynchronous_functions_keep_what_failed(system: System) -> Iterator[tuple[object, str]]:
    """Where nobody waits for the answer, what failed goes somewhere, after bounded retries.

    So it is with schedules, rules of EventBridge, topics, notifications of S3 and custom resources of CloudFormation
    (AWS, "Invoking a Lambda function asynchronously").
    """
    started = dict(_started_asynchronously(system))
    kept: dict[str, bool] = {}
    for config in system.of_kind("AWS::Lambda::EventInvokeConfig"):
        properties = config.properties
        bounds = {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"} <= set(properties)
        destination = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        kept[function_name(str(properties["FunctionName"]))] = bounds and bool(destination)
    for function in system.of_kind(_FUNCTION):
        if function.name in started and not kept.get(function.name):
            yield function, f"{started[function.name]} starts it, and a failure goes nowhere"


def _started_asynchronously(system: System) -> Iterator[tuple[str, str]]:
    for schedule in system.of_kind("AWS::Scheduler::Schedule"):
        yield function_name(schedule.properties["Target"]["Arn"]), "a schedule"
    for rule in system.of_kind("AWS::Events::Rule"):
        for target in rule.properties.get("Targets", []):
            yield function_name(target["Arn"]), "a rule of EventBridge"
    for subscription in system.of_kind("AWS::SNS::Subscription"):
        yield function_name(str(subscription.properties["Endpoint"])), "a topic"
    for bucket in system.of_kind("AWS::S3::Bucket"):
        for notified in bucket.properties.get("NotificationConfiguration", {}).get("LambdaConfigurations", []):
            yield function_name(notified["Function"]), "a bucket"
    for resource in system.resources:
        token = str(resource.properties.get("ServiceToken", ""))
        if _FOR_LAMBDA in token:
            yield function_name(token), "a custom resource"
