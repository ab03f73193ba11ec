"""Structured logs and metrics: one JSON line an event, with the request, the organization and the function.

Bodies, tokens, keys, codes, mail addresses and authorizer claims are never logged (ASVS 16.2.5). Metrics are lines of
the log too, which CloudWatch reads (AWS: "Specification: Embedded metric format"); each name is one metric of a
deployment, whoever it happens to, because every combination of dimensions costs (docs/adr/0037-observability.md).
"""

import traceback
from collections.abc import Mapping
from enum import Enum
from pathlib import PurePath
from typing import Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from nexstock.config import deployment, function_name, log_level

NAMESPACE: Final = "NexStock"
_DEPLOYMENT: Final = deployment()

logger = Logger(service="nexstock", level=log_level(), log_uncaught_exceptions=False, function=function_name())


class Metric(Enum):
    """What is told to CloudWatch: each one's name there, and its unit; the dashboard shows all of them."""

    AUDIT_LAG = "AuditLag", MetricUnit.Milliseconds
    """From a change to its entry in the audit log."""

    DELIVERY_SUCCEEDED = "DeliverySucceeded", MetricUnit.Count
    """1 for an attempt at a webhook that succeeded, 0 for another: the average is the share."""

    DELIVERY_OVERDUE = "DeliveryOverdue", MetricUnit.Seconds
    """How long the webhook message had been due that had waited the longest."""

    ACCOUNT_LOCKED = "AccountLocked", MetricUnit.Count
    NETWORK_LOCKED = "NetworkLocked", MetricUnit.Count

    CURSOR_REFUSED = "CursorRefused", MetricUnit.Count
    """A cursor that was not given out for this list: forged, altered, or another organization's."""

    ORGANIZATION_REFUSED = "OrganizationRefused", MetricUnit.Count
    """A call that IAM refused, because it reached beyond the caller's organization."""

    KEY_AGE = "KeyAgeDays", MetricUnit.Count
    KEY_OVERDUE = "KeyOverdueDays", MetricUnit.Count

    def __init__(self, label: str, unit: MetricUnit) -> None:
        self.label, self.unit = label, unit


def count(metric: Metric) -> None:
    """Tell CloudWatch that something happened once."""
    measure({metric: 1})


def measure(values: Mapping[Metric, float], **dimensions: str) -> None:
    """Tell CloudWatch values of this moment, under this deployment's name and further dimensions with few values."""
    metrics = EphemeralMetrics(namespace=NAMESPACE)
    for dimension, named in {"Deployment": _DEPLOYMENT, **dimensions}.items():
        metrics.add_dimension(name=dimension, value=named)
    for metric, value in values.items():
        metrics.add_metric(name=metric.label, unit=metric.unit, value=value)
    metrics.flush_metrics()


def bind(**about: str | None) -> None:
    """Have every further line say what it is about, and no longer what earlier ones were about."""
    logger.clear_state()
    logger.append_keys(**about)


def log_fault(event: str, error: BaseException) -> None:
    """Log a fault once: its types and where it came from.

    Messages of exceptions are left out: libraries put input values, keys and ARNs into them.
    """
    chain: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        chain.append(type(cause).__qualname__)
        cause = cause.__cause__ or cause.__context__
    frames = [
        f"{PurePath(frame.filename).name}:{frame.lineno}:{frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    logger.error(event, error=chain, frames=frames)
