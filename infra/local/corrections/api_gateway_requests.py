"""API Gateway: what a function and its authorizer are told of a request, and what a client is told of a failure.

Restores "Input format of a Lambda function for proxy integration", "Input to
an API Gateway Lambda authorizer", "Variables for access logging for API
Gateway" (`$context.identity.sourceIp`, `$context.requestId`) and "Handle
Lambda errors in API Gateway" of the Amazon API Gateway Developer Guide.
Stock takes the source address from the client's own X-Forwarded-For, gives
the authorizer no request id and the function another one than the gateway
response shows, lower-cases and joins headers, passes the first of repeated
query values (API Gateway passes the last), and answers a handler's exception
with the exception's text.
"""

from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from ministack.core import responses
from ministack.services import apigateway_v1 as apigw
from ministack.services import lambda_svc

from infra.local.corrections.patching import EngineRecord, replace, require

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_sent_headers: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("_sent_headers", default=())
_current_request: ContextVar[EngineRecord | None] = ContextVar("_current_request", default=None)


@dataclass(frozen=True)
class SentHeaders:
    """ASGI middleware: remembers a request's header lines as the client wrote them, one by one.

    The engine sees lower-case names, as the ASGI specification promises them.
    """

    app: App

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http":
            lines: Iterable[tuple[bytes, bytes]] = scope["headers"]
            _sent_headers.set(tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in lines))
            scope = {**scope, "headers": [(name.lower(), value) for name, value in scope["headers"]]}
        await self.app(scope, receive, send)


def apply() -> None:
    """Correct events, authorizer events, and the answer to a failed function."""
    require(responses, "get_request_client_ip")
    require(lambda_svc, "lambda_execute_result_to_api_proxy_response")

    async def execute(request: EngineRecord, *arguments: Any) -> Any:  # noqa: ANN401 - a response or a gateway error
        _api_id, _stage, method, path, *_rest = arguments
        request.update(http_method=method, path=path)
        _current_request.set(request)
        answer = await stock_execute(request, *arguments)
        if isinstance(answer, tuple):
            status, headers, body = answer
            return status, {**headers, "x-amzn-requestid": request["request_id"]}, body
        return answer

    async def invoke_authorizer(authorizer: EngineRecord, event: EngineRecord, *place: str) -> EngineRecord | None:
        _complete(event)
        outcome: EngineRecord | None = await stock_invoke_authorizer(authorizer, event, *place)
        request = _current_request.get()
        if request is not None and isinstance(decision := (outcome or {}).get("body"), dict):
            # For gateway responses: a denied request's context must reach them.
            request["authorizer_context"] = apigw._stringify_context(decision.get("context"))
        return outcome

    def build_event(*arguments: Any, **options: Any) -> EngineRecord:  # noqa: ANN401 - the engine's own values
        event: EngineRecord = stock_build_event(*arguments, **options)
        return _complete(event)

    stock_execute = replace(apigw, "_execute_in_scope", execute)
    stock_invoke_authorizer = replace(apigw, "_invoke_authorizer_lambda", invoke_authorizer)
    stock_build_event = replace(apigw, "_build_lambda_event_v1", build_event)
    replace(apigw, "_lambda_proxy_response", _proxy_response)


def _complete(event: EngineRecord) -> EngineRecord:
    """Give an event the request's own identity, headers and query values, in place."""
    context = event.get("requestContext")
    if context is None:
        # A TOKEN authorizer is told the token and the method only.
        return event
    source_ip: str = responses.get_request_client_ip()
    context["identity"]["sourceIp"] = source_ip
    if (request := _current_request.get()) is not None:
        context["requestId"] = request["request_id"]
        context.setdefault("extendedRequestId", request["request_id"])
    headers = _multi_value_headers(source_ip)
    event["multiValueHeaders"] = headers
    event["headers"] = {name: values[-1] for name, values in headers.items()}
    if repeated := event.get("multiValueQueryStringParameters"):
        event["queryStringParameters"] = {name: values[-1] for name, values in repeated.items()}
    return event


def _multi_value_headers(source_ip: str) -> dict[str, list[str]]:
    """Return the header lines by name as sent, with the hops that API Gateway adds.

    The name of a repeated header is spelled as its first line spells it.
    """
    headers: dict[str, list[str]] = {}
    spelling: dict[str, str] = {}
    for name, value in _sent_headers.get():
        headers.setdefault(spelling.setdefault(name.lower(), name), []).append(value)
    forwarded = spelling.get("x-forwarded-for", "X-Forwarded-For")
    # The client's claim stays readable, but the address that API Gateway saw is the last one.
    headers[forwarded] = [", ".join([*headers.get(forwarded, []), source_ip])]
    return headers


def _proxy_response(outcome: EngineRecord) -> tuple[EngineRecord | None, str | None]:
    """Return the function's response, or an opaque error: a failed function's text is not the client's to read."""
    body = outcome.get("body")
    answered = isinstance(body, dict) and "statusCode" in body
    throttled = outcome.get("throttle")
    if not throttled and (outcome.get("error") or not answered):
        return None, "Internal server error"
    response: EngineRecord = lambda_svc.lambda_execute_result_to_api_proxy_response(outcome)[0]
    return response, None
