"""Follows the logs of the functions, as they stand in the endpoint's CloudWatch."""

import time
from typing import Any, Final

from infra.local.platform.deployment import client
from infra.local.platform.endpoint import Endpoint
from infra.local.platform.progress import say

_GROUPS: Final = "/nexstock/local/"
_PLATFORM_LINES: Final = ("START ", "END ", "REPORT ")
_BACK_S: Final = 600


def follow(endpoint: Endpoint, *, forever: bool = True) -> None:
    """Print what the functions wrote in the last ten minutes, and what they write from now on."""
    logs = client(endpoint, "logs")
    since_ms = int((time.time() - _BACK_S) * 1000)
    while True:
        newest_ms = since_ms
        for event in sorted(_events(logs, since_ms), key=lambda event: int(event["timestamp"])):
            newest_ms = max(newest_ms, int(event["timestamp"]) + 1)
            if not event["message"].startswith(_PLATFORM_LINES):
                say(event["message"].rstrip())
        since_ms = newest_ms
        if not forever:
            return
        time.sleep(1)


def _events(logs: Any, since_ms: int) -> list[dict[str, Any]]:  # noqa: ANN401 (a boto3 client)
    events: list[dict[str, Any]] = []
    for group in logs.describe_log_groups(logGroupNamePrefix=_GROUPS)["logGroups"]:
        found = logs.filter_log_events(logGroupName=group["logGroupName"], startTime=since_ms)
        events += found["events"]
    return events
