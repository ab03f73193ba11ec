"""Corrections to the local AWS endpoint: where it differs from AWS and NexStock must not.

Each module names the AWS document whose behaviour it restores. The functions
and layers know nothing of them. They hold for exactly one version of the
engine: another one must be checked correction by correction (the tests in
`tests/conformance` say what each guarantees) before the version below changes.
"""

import importlib.metadata
from pathlib import Path

from infra.local.corrections import (
    api_gateway,
    api_gateway_requests,
    api_gateway_responses,
    api_gateway_stages,
    cloudformation,
    cold_start,
    dynamodb_recovery,
    dynamodb_tables,
    dynamodb_transactions,
    dynamodb_ttl,
    iam_conditions,
    iam_principals,
    kms,
    lambda_runtime,
    s3_object_lock,
    schedules,
    ses_resources,
    sqs,
    stream_mappings,
)
from infra.local.corrections.patching import CorrectionError

ENGINE_VERSION = "1.5.33"


def apply_all(cache_directory: Path) -> None:
    """Apply every correction; the cache directory keeps unpacked code and layers between starts.

    Raises:
        CorrectionError: the installed engine is not the one that the corrections were written for.
    """
    installed = importlib.metadata.version("ministack")
    if installed != ENGINE_VERSION:
        message = (
            f"the corrections were verified with ministack {ENGINE_VERSION}, but {installed} is installed: "
            "install infra/local/requirements.txt, or verify each correction with the new version"
        )
        raise CorrectionError(message)
    lambda_runtime.apply()
    cold_start.apply(cache_directory)
    api_gateway.apply()
    # Gateway responses use what the requests correction learns of a request.
    api_gateway_requests.apply()
    api_gateway_responses.apply()
    api_gateway_stages.apply()
    cloudformation.apply()
    stream_mappings.apply()
    schedules.apply()
    sqs.apply()
    dynamodb_tables.apply()
    dynamodb_recovery.apply()
    dynamodb_transactions.apply()
    dynamodb_ttl.apply()
    kms.apply()
    s3_object_lock.apply()
    iam_conditions.apply()
    iam_principals.apply()
    ses_resources.apply()
