"""Sessions for one organization each, in this process, where nothing opens any by itself."""

import contextlib
import os
from collections.abc import Iterator

from nexstock.aws import client
from nexstock.persistence import organization_credentials
from nexstock.persistence.organization_credentials import sign_by_organization
from nexstock.persistence.tables import connection

SWITCH = "NEXSTOCK_ORGANIZATION_SESSIONS"


@contextlib.contextmanager
def organization_sessions() -> Iterator[None]:
    """Have the clients of this process sign by organization until the block ends, beginning without any session."""
    before, variables = os.environ[SWITCH], ("AWS_LAMBDA_FUNCTION_NAME", os.environ["AWS_LAMBDA_FUNCTION_NAME"])
    os.environ[SWITCH] = "arn:aws:iam::000000000000:role/nexstock-test-us-east-1-"
    os.environ[variables[0]] = "nexstock-test-get-product"
    clients = [connection().client, client("kms")]
    for each in clients:
        sign_by_organization(each)
    organization_credentials._SESSIONS.clear()  # noqa: SLF001 (a new container has none)
    try:
        yield
    finally:
        for each in clients:
            each.meta.events.unregister("before-call", unique_id="organization")
        os.environ[SWITCH] = before
        os.environ[variables[0]] = variables[1]
