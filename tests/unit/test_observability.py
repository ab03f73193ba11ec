"""Logs say what they are about and leave out what libraries write into messages; metrics have few dimensions."""

import json

import pytest

from nexstock.observability import NAMESPACE, Metric, bind, count, log_fault, logger, measure
from tests.support.logs import logged, metrics_in


def _fail() -> None:
    message = "input was nxs_live_secret"
    raise ValueError(message)


def _wrap() -> None:
    try:
        _fail()
    except ValueError as error:
        message = "arn:aws:kms:secret"
        raise LookupError(message) from error


@pytest.mark.asvs("16.2.5")
def test_messages_of_exceptions_are_never_logged() -> None:
    with pytest.raises(LookupError) as caught:
        _wrap()

    with logged() as log:
        log_fault("a fault", caught.value)

    (line,) = log.lines
    assert line["error"] == ["LookupError", "ValueError"]
    assert [frame.rpartition(":")[2] for frame in line["frames"]][-1] == "_wrap"
    assert "secret" not in log.text


def test_every_line_names_the_function_and_only_what_it_is_about() -> None:
    with logged() as log:
        bind(request_id="request-1", organization_id="org_1")
        logger.info("one")
        bind(message_id="message-2", organization_id=None)
        logger.info("two")
        bind()

    first, second = log.lines
    assert (first["function"], first["request_id"], first["organization_id"]) == ("test", "request-1", "org_1")
    assert (second["function"], second["message_id"]) == ("test", "message-2")
    assert not {"request_id", "organization_id"} & set(second)


@pytest.mark.parametrize("metric", Metric)
def test_a_metric_is_one_of_the_deployment_whoever_it_happens_to(
    metric: Metric, capsys: pytest.CaptureFixture[str]
) -> None:
    bind(organization_id="org_1")
    count(metric)

    line = json.loads(capsys.readouterr().out)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == NAMESPACE
    assert directive["Dimensions"] == [["Deployment"]]
    assert directive["Metrics"] == [{"Name": metric.label, "Unit": metric.unit.value}]
    assert (line["Deployment"], line[metric.label]) == ("test", [1.0])
    assert set(line) == {"_aws", "Deployment", metric.label}


def test_further_dimensions_stand_beside_the_deployment(capsys: pytest.CaptureFixture[str]) -> None:
    measure({Metric.KEY_AGE: 2.5, Metric.KEY_OVERDUE: 0}, Purpose="checkpoints")

    (told,) = metrics_in(capsys.readouterr().out)
    assert told == {
        "Deployment": "test",
        "Purpose": "checkpoints",
        "KeyAgeDays": [2.5],
        "KeyOverdueDays": [0.0],
    }
