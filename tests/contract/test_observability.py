"""Alarms, dashboard and runbooks: what can go wrong raises an alarm, somebody hears it, and a page says what to do."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import pytest

from nexstock.observability import NAMESPACE, Metric
from tests.support.templates import ROOT, Json, functions, resources, template

_TEMPLATE: Final = "infra/observability.yaml"
_RUNBOOKS: Final = ROOT / "docs" / "runbooks"
_PREFIX: Final = "nexstock-${Environment}"
_ALARMS: Final = {
    logical_id: each
    for kind in ("Alarm", "CompositeAlarm")
    for logical_id, each in resources(_TEMPLATE, of_type=f"AWS::CloudWatch::{kind}").items()
}
_QUEUES: Final = [each["Properties"] for each in resources("infra/data.yaml", of_type="AWS::SQS::Queue").values()]

Watched = tuple[str, str, frozenset[tuple[str, str]]]
"""A metric: its namespace, its name and its dimensions, as the template has them."""


def _text(value: str | Json) -> str:
    if isinstance(value, str):
        return value
    return value["Fn::Sub"] if "Fn::Sub" in value else f"${{{value['Ref']}}}"


def _name(logical_id: str) -> str:
    return _text(_ALARMS[logical_id]["Properties"]["AlarmName"]).removeprefix(f"{_PREFIX}-")


def _metric(source: Json) -> Watched:
    dimensions = {(each["Name"], _text(each["Value"])) for each in source.get("Dimensions", [])}
    return _text(source["Namespace"]), source["MetricName"], frozenset(dimensions)


def _watched_by(properties: Json) -> list[Watched]:
    """Return the metrics that an alarm looks at; a composite one looks at other alarms."""
    if "MetricName" in properties:
        return [_metric(properties)]
    return [_metric(each["MetricStat"]["Metric"]) for each in properties.get("Metrics", []) if "MetricStat" in each]


@cache
def _watched() -> frozenset[Watched]:
    return frozenset(metric for each in _ALARMS.values() for metric in _watched_by(each["Properties"]))


def _about(metric: str, dimension: str) -> set[str]:
    """Return the values of a dimension under which a metric has an alarm."""
    return {
        value.removeprefix(f"{_PREFIX}-")
        for _, name, dimensions in _watched()
        if name == metric
        for each, value in dimensions
        if each == dimension
    }


def _shown() -> Iterator[Watched]:
    """Give what the dashboard shows, its shorthand written out (AWS: "Dashboard body structure and syntax")."""
    body = template(_TEMPLATE)["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    for widget in json.loads(body)["widgets"]:
        before: list[str] = []
        for row in widget["properties"].get("metrics", []):
            given = [each for each in row if isinstance(each, str)]
            if given[0] == "...":
                given = [*before[: len(before) - len(given) + 1], *given[1:]]
            before = [before[place] if each == "." else each for place, each in enumerate(given)]
            namespace, name, *dimensions = before
            yield namespace, name, frozenset(zip(dimensions[::2], dimensions[1::2], strict=True))


def _anchors(page: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", (_RUNBOOKS / page).read_text(), re.MULTILINE)
    # As GitHub makes them: lower case, punctuation dropped, spaces to hyphens.
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("logical_id", sorted(_ALARMS))
def test_every_alarm_tells_somebody_and_names_a_runbook_that_there_is(logical_id: str) -> None:
    properties = _ALARMS[logical_id]["Properties"]
    assert properties["AlarmActions"] == {
        "Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]
    }
    said = re.fullmatch(r".+; docs/runbooks/([\w-]+\.md)(?:#([\w-]+))?\.", properties["AlarmDescription"])
    assert said is not None
    page, anchor = said.groups()
    assert anchor is None or anchor in _anchors(page)
    assert (_RUNBOOKS / page).is_file()


@pytest.mark.parametrize("logical_id", sorted(resources(_TEMPLATE, of_type="AWS::CloudWatch::Alarm")))
def test_every_alarm_says_what_no_figure_means(logical_id: str) -> None:
    properties = _ALARMS[logical_id]["Properties"]
    # A queue that is left alone has no figures: what lies in it lies there all the same.
    is_about_dead_letters = properties.get("MetricName") == "ApproximateNumberOfMessagesVisible"
    expected = {"ignore"} if is_about_dead_letters else {"notBreaching", "breaching"}
    assert properties["TreatMissingData"] in expected


def test_the_page_of_alarms_has_every_alarm_and_no_other() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \|", (_RUNBOOKS / "alarms.md").read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(_name(logical_id) for logical_id in _ALARMS)


def test_the_index_has_every_runbook() -> None:
    listed = re.findall(r"\]\(([\w-]+\.md)\)", (_RUNBOOKS / "README.md").read_text())
    assert {path.name for path in _RUNBOOKS.glob("*.md")} - {"README.md"} <= set(listed)


def test_whatever_raises_an_alarm_is_on_the_dashboard() -> None:
    assert _watched() - set(_shown()) == set()


def test_every_metric_of_the_code_is_on_the_dashboard_and_no_alarm_waits_for_one_that_is_never_told() -> None:
    told = {metric.label for metric in Metric}
    assert {name for namespace, name, _ in _shown() if namespace == NAMESPACE} == told
    # How old a key is has no bound of its own: by how much it is overdue has.
    alarmed = {name for namespace, name, _ in _watched() if namespace == NAMESPACE}
    assert alarmed == told - {Metric.KEY_AGE.label}


def test_no_metric_of_the_code_is_split_further_than_by_purpose() -> None:
    dimensions = {name for namespace, _, pairs in _shown() if namespace == NAMESPACE for name, _ in pairs}
    assert dimensions == {"Deployment", "Purpose"}


def test_every_queue_that_holds_failures_has_an_alarm() -> None:
    failures = {_text(each["QueueName"]).removeprefix(f"{_PREFIX}-") for each in _QUEUES if "RedrivePolicy" not in each}
    assert _about("ApproximateNumberOfMessagesVisible", "QueueName") == failures


def test_every_queue_that_is_worked_on_has_an_alarm_for_what_waits_in_it() -> None:
    worked_on = {_text(each["QueueName"]).removeprefix(f"{_PREFIX}-") for each in _QUEUES if "RedrivePolicy" in each}
    assert _about("ApproximateAgeOfOldestMessage", "QueueName") == worked_on


@pytest.mark.parametrize("metric", ["ReadThrottleEvents", "WriteThrottleEvents"])
def test_every_table_has_an_alarm_for_calls_that_it_refuses(metric: str) -> None:
    tables = resources("infra/data.yaml", of_type="AWS::DynamoDB::Table").values()
    names = {_text(each["Properties"]["TableName"]).removeprefix(f"{_PREFIX}-") for each in tables}
    assert _about(metric, "TableName") == names


@pytest.mark.parametrize(
    ("event", "metric"), [("DynamoDB", "IteratorAge"), ("ScheduleV2", "Errors")], ids=["streams", "schedules"]
)
def test_every_consumer_of_a_stream_and_every_schedule_has_an_alarm(event: str, metric: str) -> None:
    names = {
        _text(each["FunctionName"]).removeprefix(f"{_PREFIX}-")
        for each in functions().values()
        if any(source["Type"] == event for source in each.get("Events", {}).values())
    }
    assert names
    assert _about(metric, "FunctionName") == names


def test_a_schedule_that_does_not_run_raises_an_alarm_as_one_that_fails() -> None:
    failing = [each["Properties"] for each in _ALARMS.values() if each["Properties"].get("MetricName") == "Errors"]
    assert {each["TreatMissingData"] for each in failing} == {"breaching"}


@pytest.mark.parametrize(
    ("purpose", "without_figures"),
    [
        ("access_tokens", "breaching"),
        ("checkpoints", "breaching"),
        ("platform_secrets", "breaching"),
        ("data_keys", "notBreaching"),
    ],
)
def test_a_key_that_is_a_week_older_than_the_policy_raises_an_alarm(purpose: str, without_figures: str) -> None:
    expected = (
        NAMESPACE,
        Metric.KEY_OVERDUE.label,
        frozenset({("Deployment", "${Environment}"), ("Purpose", purpose)}),
    )
    (alarm,) = [each["Properties"] for each in _ALARMS.values() if _watched_by(each["Properties"]) == [expected]]
    assert (alarm["Threshold"], alarm["TreatMissingData"]) == (7, without_figures)


def test_the_urgent_alarm_is_made_of_alarms_that_there_are_wherever_it_is() -> None:
    rule = _ALARMS["UrgentAlarm"]["Properties"]["AlarmRule"]["Fn::Sub"]
    parts = re.findall(r'ALARM\("\$\{(\w+)\}"\)', rule)
    assert " OR ".join(f'ALARM("${{{part}}}")' for part in parts) == rule
    assert len(parts) > 1
    for part in parts:
        assert _ALARMS[part].get("Condition") in {None, "IsOnAws"}


def test_what_the_local_endpoint_does_not_know_is_deployed_on_aws_only() -> None:
    unknown = [each for each in _ALARMS.values() if "MetricName" not in each["Properties"]]
    assert {each.get("Condition") for each in unknown} == {"IsOnAws"}
    assert template(_TEMPLATE)["Conditions"]["IsOnAws"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "Environment"}, "local"]}]
    }
