"""Calls handlers in this process the way the gateway does: the route's authorizer first, then the function.

The routes and what guards them are read from infra/api.yaml. How the gateway itself answers is for the e2e suite.
"""

import importlib
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.authorizer import authorize_request
from nexstock.auth.gate import Unauthorized
from tests.support.events import Context, Json, api_event
from tests.support.templates import is_public, module_of, routes


@dataclass(frozen=True)
class Reply:
    """What a client gets. `refused_by_gate` is `401` or `429` where no function ran."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:  # noqa: ANN401 (any JSON value)
        """The body as JSON."""
        return json.loads(self.text)


def call(  # noqa: PLR0913 (the parts of a request)
    method: str,
    path: str,
    *,
    token: str | None = None,
    body: Any = None,  # noqa: ANN401 (any JSON value; a string is sent as it is)
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    ip: str = "203.0.113.7",
) -> Reply:
    """Send one request to the function whose route it meets.

    Raises:
        LookupError: no such route.
    """
    function, resource, parameters = _route(method, path)
    sent = {**({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
    event = api_event(
        method, path, resource=resource, path_parameters=parameters, query=query, headers=sent, body=body, ip=ip
    )
    if not is_public(function):
        event["methodArn"] = f"arn:aws:execute-api:us-east-1:000000000000:api/live/{method}{path}"
        try:
            verdict = authorize_request.handler(event, Context())  # type: ignore[arg-type]
        except Unauthorized:
            return Reply(401, {}, "")
        if verdict["policyDocument"]["Statement"][0]["Effect"] != "Allow":
            return Reply(429, {"Retry-After": verdict["context"]["retryAfter"]}, "")
        event["requestContext"]["authorizer"] = verdict["context"]
    return invoke(_container(module_of(function)), event)


def _container(handler: str) -> Any:  # noqa: ANN401 (a handler's module)
    """Return the handler's module; a copy of its own in a thread, because a container serves one request at a time."""
    if threading.current_thread() is threading.main_thread():
        return importlib.import_module(handler)
    from tests.support.containers import a_container  # noqa: PLC0415 (which imports this module)

    return a_container(handler)


def invoke(module: Any, event: Json) -> Reply:  # noqa: ANN401 (a handler's module)
    """Run one handler on one event."""
    answer = module.handler(event, Context())
    return Reply(answer["statusCode"], answer["headers"], answer["body"] or "")


def _route(method: str, path: str) -> tuple[Json, str, dict[str, str]]:
    # What a path says in full goes before what a variable could stand for, as in the gateway.
    for (route_method, resource), function in sorted(routes().items(), key=lambda route: "{" in route[0][1]):
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", resource)
        match = re.fullmatch(pattern, path)
        if route_method == method and match:
            return function, resource, match.groupdict()
    message = f"no route {method} {path}"
    raise LookupError(message)
