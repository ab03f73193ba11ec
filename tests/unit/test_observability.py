"""A fault is logged by its types and places; what libraries write into messages stays out."""

import json
from datetime import timedelta

import pytest

from nexstock.observability import log_fault, measure_key_age
from tests.support.logs import logged


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


def test_the_age_of_a_key_is_a_metric_by_function_and_purpose(capsys: pytest.CaptureFixture[str]) -> None:
    measure_key_age("cursor_mac", timedelta(days=12, hours=6))

    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    (metric,) = line["_aws"]["CloudWatchMetrics"]
    assert (metric["Namespace"], metric["Metrics"]) == ("NexStock", [{"Name": "KeyAgeDays", "Unit": "None"}])
    (dimensions,) = metric["Dimensions"]
    assert {name: line[name] for name in dimensions} == {"Function": "test", "Purpose": "cursor_mac"}
    assert line["KeyAgeDays"] == 12.25
