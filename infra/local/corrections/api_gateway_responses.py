"""API Gateway: the answers that the gateway itself gives, as a template words them.

Restores "Gateway responses for REST APIs in API Gateway" and "Variables for
data transformations for API Gateway" of the Amazon API Gateway Developer
Guide. Stock knows six `$context` variables in a template and `requestId` alone
in a header, knows nothing of the authorizer that refused the request, and
serves the `application/json` template only.

Templates of gateway responses are not Velocity: variables are replaced and
nothing else happens. `$context.responseOverride` is therefore no way to set a
header here; `ResponseParameters` is. The documents name request parameters and
literals as the sources of such a header and show `context` variables in
templates only; a template that maps a `context` variable to a header must be
tried on AWS before anything depends on it there.
"""

import re
from typing import Any

from ministack.core import responses
from ministack.services import apigateway_v1 as apigw

from infra.local.corrections.patching import EngineRecord, EngineResponse, replace

_VARIABLE = re.compile(r"\$(?:\{(context(?:\.\w+)+)\}|(context(?:\.[A-Za-z]\w*)+))")
_CONTENT_TYPE = "content-type"
_JSON = "application/json"


def apply() -> None:
    """Correct the variables, header mappings and media type of gateway responses."""

    def map_header(source: str, request: EngineRecord) -> str | None:
        if source.startswith("context."):
            return _variables(request).get(source)
        mapped: str | None = stock_map_header(source, request)
        return mapped

    def effective(customized: EngineRecord, response_type: str) -> EngineRecord:
        response: EngineRecord = stock_effective(customized, response_type)
        templates = dict(response.get("responseTemplates") or {})
        if not templates or _JSON in templates:
            return response
        # The stock renderer reads one key. Another media type than JSON is served as the template calls it.
        media_type, template = next(iter(templates.items()))
        parameters = {f"gatewayresponse.header.{_CONTENT_TYPE}": f"'{media_type}'"}
        parameters.update(response.get("responseParameters") or {})
        return {**response, "responseTemplates": {_JSON: template}, "responseParameters": parameters}

    def respond(error: Any, request: EngineRecord) -> EngineResponse:  # noqa: ANN401 - the engine's own class
        status, headers, body = stock_respond(error, request)
        known = _variables(request)
        text = _VARIABLE.sub(lambda found: known.get(found.group(1) or found.group(2), ""), body.decode())
        return status, _one_content_type(headers), text.encode()

    stock_map_header = replace(apigw, "_gateway_request_value", map_header)
    stock_effective = replace(apigw, "_gateway_response_for_type", effective)
    stock_respond = replace(apigw, "_gateway_error_response", respond)


def _variables(request: EngineRecord) -> dict[str, str]:
    """Return the request's `context` variables by their full name, without the dollar sign."""
    method, path = request.get("http_method", ""), request.get("path", "")
    known = {
        "context.apiId": request["api_id"],
        "context.extendedRequestId": request["request_id"],
        "context.httpMethod": method,
        "context.identity.sourceIp": responses.get_request_client_ip(),
        "context.identity.userAgent": request["headers"].get("user-agent", ""),
        "context.path": f"/{request['stage_name']}{path}",
        "context.protocol": "HTTP/1.1",
        "context.requestId": request["request_id"],
        "context.resourcePath": request["resource_path"],
        "context.stage": request["stage_name"],
    }
    authorizer = request.get("authorizer_context") or {}
    return known | {f"context.authorizer.{name}": value for name, value in authorizer.items()}


def _one_content_type(headers: EngineRecord) -> EngineRecord:
    """Return the headers with one content type: a mapped one replaces the gateway's own, however it is spelled."""
    media_type = [value for name, value in headers.items() if name.lower() == _CONTENT_TYPE][-1]
    others = {name: value for name, value in headers.items() if name.lower() != _CONTENT_TYPE}
    return {**others, "Content-Type": media_type}
