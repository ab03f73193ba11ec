"""Rules about the API: who guards its routes."""

from collections.abc import Iterator
from typing import Any

from infra.rules.identities import Json
from infra.rules.listed import PUBLIC_ROUTES
from infra.rules.system import Resource, System

_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "x-amazon-apigateway-any-method"})


def routes_have_an_authorizer(system: System) -> Iterator[tuple[object, str]]:
    """Every route but those listed as public is guarded by one of the API's authorizers."""
    for api in system.of_kind("AWS::ApiGateway::RestApi"):
        guards = _authorizers(api)
        for (method, path), operation in _operations(api):
            used = {name for requirement in operation.get("security", []) for name in requirement}
            if not used & set(guards) and (method, path) not in PUBLIC_ROUTES:
                yield api, f"{method} {path} has no authorizer and is not listed as public"
    for method_resource in system.of_kind("AWS::ApiGateway::Method"):
        properties = method_resource.properties
        if properties["HttpMethod"] != "OPTIONS" and properties.get("AuthorizationType", "NONE") == "NONE":
            yield method_resource, "a method without an authorizer; public routes are part of the API's document"


def authorizers_are_not_cached(system: System) -> Iterator[tuple[object, str]]:
    """An authorizer is asked for each request, so that what is revoked is refused at once; AWS's default is 300 s."""
    for api in system.of_kind("AWS::ApiGateway::RestApi"):
        for name, authorizer in _authorizers(api).items():
            if authorizer.get("authorizerResultTtlInSeconds") != 0:
                yield api, f"the answers of the authorizer {name} are cached"
    for resource in system.of_kind("AWS::ApiGateway::Authorizer"):
        if resource.properties.get("AuthorizerResultTtlInSeconds") != 0:
            yield resource, "its answers are cached"


def stages_are_logged_traced_and_throttled(system: System) -> Iterator[tuple[object, str]]:
    """Every stage writes an access log, is traced, and has a limit for all together."""
    for stage in system.of_kind("AWS::ApiGateway::Stage"):
        if not stage.properties.get("AccessLogSetting", {}).get("DestinationArn"):
            yield stage, "no access log"
        if stage.properties.get("TracingEnabled") is not True:
            yield stage, "not traced"
        if not any("ThrottlingRateLimit" in each for each in stage.properties.get("MethodSettings", [])):
            yield stage, "no throttling"


def _operations(api: Resource) -> Iterator[tuple[tuple[str, str], Json]]:
    for path, operations in api.properties.get("Body", {}).get("paths", {}).items():
        for method, operation in operations.items():
            if method in _METHODS:
                yield (method.upper(), path), operation


def _authorizers(api: Resource) -> dict[str, dict[str, Any]]:
    body = api.properties.get("Body", {})
    schemes = {**body.get("securityDefinitions", {}), **body.get("components", {}).get("securitySchemes", {})}
    guard = "x-amazon-apigateway-authorizer"
    return {name: scheme[guard] for name, scheme in schemes.items() if guard in scheme}
