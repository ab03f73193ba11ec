"""Faults of DynamoDB as they arrive over the wire, injected where botocore sends a request.

botocore's own retries, PynamoDB and our code below all run as they do against AWS.
"""

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

from nexstock.aws import client
from nexstock.persistence.tables import connection

Json = dict[str, Any]
Request = Any
"""botocore's prepared request."""


class _Body(io.BytesIO):
    def stream(self, amt: int = 1024, **_options: object) -> Iterator[bytes]:
        """Give the body in pieces, as urllib3's answer does."""
        while piece := self.read(amt):
            yield piece


@contextlib.contextmanager
def instead_of(
    operation: str, act: Callable[[Request], AWSResponse | None], *, service: str = "dynamodb"
) -> Iterator[None]:
    """Let `act` see each request of an operation first: its answer, if it gives one, or its exception counts."""
    through = connection().client if service == "dynamodb" else client(service)
    events, name = through.meta.events, f"before-send.{service}.{operation}"

    def hook(request: Request, **_rest: object) -> AWSResponse | None:
        return act(request)

    events.register(name, hook)
    try:
        yield
    finally:
        events.unregister(name, hook)


def error_answer(request: Request, code: str, *, status: int = 400, **fields: Any) -> AWSResponse:  # noqa: ANN401
    """Return DynamoDB's answer for an error."""
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code, **fields}
    headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": "FAULT"}
    return AWSResponse(request.url, status, headers, _Body(json.dumps(body).encode()))


def query_error_answer(request: Request, code: str) -> AWSResponse:
    """Return an error as a service of AWS says it that answers in XML (STS)."""
    document = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code></Error></ErrorResponse>"
    return AWSResponse(request.url, 400, {"Content-Type": "text/xml"}, _Body(document.encode()))


def cancelled(request: Request, *codes: str) -> AWSResponse:
    """Return DynamoDB's answer for a cancelled transaction with one reason for each of its items."""
    reasons = [{"Code": code} for code in codes]
    return error_answer(request, "TransactionCanceledException", CancellationReasons=reasons)


def items_of(request: Request) -> list[Json]:
    """Return the items of a transaction's request."""
    items: list[Json] = json.loads(request.body)["TransactItems"]
    return items


def carry_out(request: Request) -> None:
    """Send the request, and keep the answer from botocore."""
    connection().client._endpoint.http_session.send(request)  # noqa: SLF001 (no public way to only send)


def lose_answer(request: Request) -> AWSResponse:
    """Have the request carried out, then behave as if the answer had been lost on the way."""
    carry_out(request)
    raise ReadTimeoutError(endpoint_url=request.url)
