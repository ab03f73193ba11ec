"""Tells CloudWatch how old each key of the platform is, and by how much it is overdue.

Alarms go by what is overdue, because their thresholds cannot reckon with the policy (infra/observability.yaml).
"""

from datetime import timedelta
from typing import Final

from nexstock.observability import Metric, measure

_DAY: Final = timedelta(days=1)


def tell_key_age(purpose: str, age: timedelta, max_age: timedelta) -> None:
    """Tell the age of the newest key for a purpose, in days, and the days that it is older than the policy has it."""
    overdue = max(age - max_age, timedelta())
    measure({Metric.KEY_AGE: age / _DAY, Metric.KEY_OVERDUE: overdue / _DAY}, Purpose=purpose)
