"""CloudFormation custom resource: make the secrets and the signing key that a new deployment lacks.

Runs before the API is first reachable, and again when its resource changes; never replaces or removes anything:
deleting the stack leaves the keys to their table (AWS: "Custom resources", "Custom resource response objects").
"""

import json
from typing import Any

import urllib3
from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.clock import utc_now
from nexstock.crypto.provisioning import provision_missing
from nexstock.observability import log_fault

_PHYSICAL_ID = "nexstock-platform-keys"


def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Provision what is missing and tell CloudFormation; a fault is told too, or the deployment would hang."""
    reason = ""
    if event["RequestType"] != "Delete":
        try:
            provision_missing(utc_now())
        except Exception as error:  # noqa: BLE001 (whatever it was, CloudFormation has to be told)
            log_fault("provisioning failed", error)
            reason = f"{type(error).__name__}; see the log of {context.function_name}"
    answer = {
        "Status": "FAILED" if reason else "SUCCESS",
        "Reason": reason,
        "PhysicalResourceId": _PHYSICAL_ID,
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    urllib3.request("PUT", event["ResponseURL"], body=json.dumps(answer).encode(), headers={"Content-Type": ""})
