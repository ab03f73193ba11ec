"""EventBridge Scheduler: a schedule that is due is noticed within a second.

"Schedule types in EventBridge Scheduler" promises a precision of one minute,
which stock keeps by looking for due schedules every ten seconds. Looking more
often promises no more; it only lets a test wait for a schedule.
"""

from ministack.services import scheduler

from infra.local.corrections.patching import replace

_INTERVAL_S = 1.0


def apply() -> None:
    """Shorten the interval between two looks."""
    replace(scheduler, "_SCHEDULE_TICK_INTERVAL", _INTERVAL_S)
