"""Events as API Gateway builds them, with keyword overrides (AWS: "Set up Lambda proxy integrations")."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Context:
    """What of Lambda's context object our functions read."""

    function_name: str = "test"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:test"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """Return a comfortable rest."""
        return 10_000


def api_event(  # noqa: PLR0913 (the parts of a request)
    method: str,
    path: str,
    *,
    resource: str | None = None,
    path_parameters: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: Any = None,  # noqa: ANN401 (any JSON value; a string is sent as it is)
    ip: str = "203.0.113.7",
    authorizer: Mapping[str, str] | None = None,
) -> Json:
    """Return a request event; `body` is sent as JSON, or as it is if it is a string."""
    sent_headers = {"Host": "api.nexstock.example", "User-Agent": "tests/1", **(headers or {})}
    text = body if isinstance(body, str) or body is None else json.dumps(body)
    if text is not None and "content-type" not in {name.lower() for name in sent_headers}:
        sent_headers["Content-Type"] = "application/json"
    request_id = secrets.token_hex(16)
    return {
        "resource": resource or path,
        "path": path,
        "httpMethod": method,
        "headers": sent_headers,
        "multiValueHeaders": {name: [value] for name, value in sent_headers.items()},
        "queryStringParameters": dict(query) if query else None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
        "pathParameters": dict(path_parameters) if path_parameters else None,
        "stageVariables": None,
        "requestContext": {
            "requestId": request_id,
            "stage": "live",
            "httpMethod": method,
            "path": f"/live{path}",
            "resourcePath": resource or path,
            "identity": {"sourceIp": ip, "userAgent": sent_headers["User-Agent"]},
            **({"authorizer": dict(authorizer)} if authorizer is not None else {}),
        },
        "body": text,
        "isBase64Encoded": False,
    }
