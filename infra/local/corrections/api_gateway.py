"""API Gateway: everything that a SAM template says about its REST API reaches the deployed API.

Restores "OpenAPI extensions for API Gateway" and "PutRestApi" (mode
`overwrite`) of the Amazon API Gateway documentation. Stock reads only paths,
methods and security schemes from the definition: gateway responses, request
validators, models, binary media types, `ANY` methods and the CORS preflight's
headers are dropped, and each change of the definition makes another API with
another id, so that every client's URL changes.
"""

import json
from http import HTTPStatus
from typing import Any

from ministack.services import apigateway_v1 as apigw
from ministack.services.cloudformation import provisioners

from infra.local.corrections.patching import EngineRecord, replace, replace_entry, require

_ANY_METHOD = "x-amazon-apigateway-any-method"
_PARAMETER_LOCATIONS = {"query": "querystring", "header": "header", "path": "path"}
_CALLED = (
    "_create_model",
    "_create_request_validator",
    "_create_rest_api",
    "_delete_rest_api",
    "_import_path_item",
    "_import_security_schemes",
    "_method_security",
    "_put_gateway_response",
    "_put_integration",
    "_put_integration_response",
    "_put_method",
    "_put_method_response",
    "_authorizers_v1",
    "_gateway_responses",
    "_models",
    "_request_validators",
    "_resources",
    "_rest_apis",
)


def apply() -> None:
    """Correct the import of an API definition, at creation and at each update."""
    require(apigw, *_CALLED)
    apigw._OPENAPI_HTTP_METHODS.add("any")
    replace(apigw, "_import_rest_api", _create_from_definition)
    replace(apigw, "_import_operation", _import_operation)

    def update(
        api_id: str,
        old: EngineRecord,
        new: EngineRecord,
        stack: str,
        logical_id: str | None = None,
    ) -> tuple[str, EngineRecord]:
        definition = new.get("Body")
        if isinstance(definition, dict) and definition != old.get("Body"):
            _overwrite(api_id, definition)
            # The stock update replaces the API when it sees another definition.
            old = {**old, "Body": definition}
        updated: tuple[str, EngineRecord] = stock_update(api_id, old, new, stack, logical_id)
        return updated

    stock_update = replace(provisioners, "_apigw_rest_api_update", update)
    handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::RestApi"]
    replace_entry(handlers, "update", update, where="CloudFormation's AWS::ApiGateway::RestApi")


def _create_from_definition(definition: EngineRecord, base: EngineRecord | None = None) -> str:
    """Create an API from an OpenAPI document; return its id."""
    api = dict(base or {})
    api.setdefault("name", str((definition.get("info") or {}).get("title") or "unnamed"))
    if types := (api.get("endpointConfiguration") or {}).get("Types"):
        # CloudFormation's spelling; the API answers with its own.
        api["endpointConfiguration"] = {"types": types}
    api_id: str = _created(apigw._create_rest_api(api))["id"]
    try:
        _import_definition(api_id, definition)
    except ValueError:
        apigw._delete_rest_api(api_id)
        raise
    return api_id


def _overwrite(api_id: str, definition: EngineRecord) -> None:
    """Replace all that the last definition said; id, stages and deployments stay.

    The new definition is imported beside the old one and put in its place when
    it is complete: requests meanwhile see one of the two, never a half of it.
    """
    imported_id = _create_from_definition(definition, {"name": f"{api_id} (being updated)"})
    for store in (apigw._authorizers_v1, apigw._gateway_responses, apigw._models, apigw._request_validators):
        store[api_id] = store.pop(imported_id, {})
    apigw._rest_apis[api_id]["binaryMediaTypes"] = apigw._rest_apis[imported_id]["binaryMediaTypes"]
    apigw._resources[api_id] = apigw._resources[imported_id]
    apigw._delete_rest_api(imported_id)


def _import_definition(api_id: str, definition: EngineRecord) -> None:
    schemas = {**(definition.get("definitions") or {}), **((definition.get("components") or {}).get("schemas") or {})}
    for name, schema in schemas.items():
        apigw._create_model(api_id, {"name": name, "schema": json.dumps(schema)})
    for name, validator in (definition.get("x-amazon-apigateway-request-validators") or {}).items():
        apigw._create_request_validator(api_id, {"name": name, **validator})
    for kind, response in (definition.get("x-amazon-apigateway-gateway-responses") or {}).items():
        # A template may spell the status as a number, the API takes a string.
        status = {"statusCode": str(response["statusCode"])} if "statusCode" in response else {}
        _created(apigw._put_gateway_response(api_id, kind, {**response, **status}))
    if media_types := definition.get("x-amazon-apigateway-binary-media-types"):
        apigw._rest_apis[api_id]["binaryMediaTypes"] = list(media_types)
    schemes = apigw._import_security_schemes(api_id, definition)
    default_validator = definition.get("x-amazon-apigateway-request-validator")
    for path, item in (definition.get("paths") or {}).items():
        operations = {
            ("any" if method == _ANY_METHOD else method): _with_validator(operation, default_validator)
            for method, operation in item.items()
        }
        apigw._import_path_item(api_id, path, operations, schemes, definition.get("security"))


def _with_validator(operation: Any, default: str | None) -> Any:  # noqa: ANN401 - any JSON of an OpenAPI path item
    if default is None or not isinstance(operation, dict):
        return operation
    return {"x-amazon-apigateway-request-validator": default, **operation}


def _import_operation(
    api_id: str,
    resource_id: str,
    method: str,
    operation: EngineRecord | None,
    *security: Any,  # noqa: ANN401 - the definition's security schemes, and what applies where an operation says nothing
) -> None:
    """Create one method with its authorization, validation and integration."""
    operation = operation or {}
    schemes, default_requirements = security
    requirements = operation.get("security", default_requirements)
    settings: EngineRecord = {
        **apigw._method_security(requirements, schemes or {}),
        "requestParameters": _request_parameters(operation),
        "requestModels": _request_models(operation),
    }
    wanted = operation.get("x-amazon-apigateway-request-validator")
    for validator in (apigw._request_validators.get(api_id) or {}).values():
        if validator["name"] == wanted:
            settings["requestValidatorId"] = validator["id"]
    apigw._put_method(api_id, resource_id, method, settings)
    for status, response in (operation.get("responses") or {}).items():
        if status == "default":
            continue
        headers = {f"method.response.header.{name}": False for name in response.get("headers") or {}}
        apigw._put_method_response(api_id, resource_id, method, str(status), {"responseParameters": headers})
    if integration := operation.get("x-amazon-apigateway-integration"):
        _import_integration(api_id, resource_id, method, integration)


def _request_parameters(operation: EngineRecord) -> dict[str, bool]:
    """Return `method.request.<location>.<name>` with whether it is required; API Gateway never checks path ones."""
    return {
        f"method.request.{_PARAMETER_LOCATIONS[parameter['in']]}.{parameter['name']}": bool(parameter.get("required"))
        and parameter["in"] != "path"
        for parameter in operation.get("parameters") or []
        if parameter.get("in") in _PARAMETER_LOCATIONS
    }


def _request_models(operation: EngineRecord) -> dict[str, str]:
    """Return the model's name by content type, from OpenAPI 2 body parameters or an OpenAPI 3 request body."""
    schemas: dict[str, EngineRecord] = {}
    for parameter in operation.get("parameters") or []:
        if parameter.get("in") == "body":
            schemas["application/json"] = parameter.get("schema") or {}
    for content_type, content in ((operation.get("requestBody") or {}).get("content") or {}).items():
        schemas[content_type] = content.get("schema") or {}
    return {kind: schema["$ref"].rsplit("/", 1)[-1] for kind, schema in schemas.items() if "$ref" in schema}


def _import_integration(api_id: str, resource_id: str, method: str, integration: EngineRecord) -> None:
    settings: EngineRecord = {
        "type": str(integration.get("type") or "").upper(),
        "httpMethod": integration.get("httpMethod"),
        "uri": integration.get("uri"),
        "credentials": integration.get("credentials"),
        "requestTemplates": integration.get("requestTemplates") or {},
        "requestParameters": integration.get("requestParameters") or {},
    }
    if "timeoutInMillis" in integration:
        settings["timeoutInMillis"] = integration["timeoutInMillis"]
    apigw._put_integration(api_id, resource_id, method, settings)
    for pattern, response in (integration.get("responses") or {}).items():
        mapping = {
            "selectionPattern": "" if pattern == "default" else pattern,
            "responseParameters": response.get("responseParameters") or {},
            "responseTemplates": response.get("responseTemplates") or {},
        }
        status = str(response.get("statusCode", "200"))
        apigw._put_integration_response(api_id, resource_id, method, status, mapping)


def _created(response: tuple[int, EngineRecord, bytes]) -> EngineRecord:
    """Return the record that a control-plane call made.

    Raises:
        ValueError: the call was refused; CloudFormation reports the text as the resource's failure.
    """
    status, _headers, body = response
    record: EngineRecord = json.loads(body)
    if status >= HTTPStatus.BAD_REQUEST:
        message = f"API Gateway refused the definition: {record.get('message')}"
        raise ValueError(message)
    return record
