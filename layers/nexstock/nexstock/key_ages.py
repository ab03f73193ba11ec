"""Tells CloudWatch how old each key of the platform is, and by how much it is overdue.

Alarms go by what is overdue, because their thresholds cannot reckon with the policy (infra/observability.yaml).
"""

from datetime import timedelta
from typing import Final

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from nexstock.config import function_name

NAMESPACE: Final = "NexStock"
_DAY: Final = timedelta(days=1)


def tell_key_age(purpose: str, age: timedelta, max_age: timedelta) -> None:
    """Tell the age of the newest key for a purpose, in days, and the days that it is older than the policy has it."""
    metrics = EphemeralMetrics(namespace=NAMESPACE)
    metrics.add_dimension(name="FunctionName", value=function_name())
    metrics.add_dimension(name="Purpose", value=purpose)
    metrics.add_metric(name="KeyAgeDays", unit=MetricUnit.Count, value=age / _DAY)
    metrics.add_metric(name="KeyOverdueDays", unit=MetricUnit.Count, value=max(age - max_age, timedelta()) / _DAY)
    metrics.flush_metrics()
