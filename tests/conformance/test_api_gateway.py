"""API Gateway's import of a SAM definition: nothing that the template says is lost, and updates keep the API."""

import base64
from collections.abc import Iterator

import httpx
import pytest

from tests.conformance.local_endpoint import LocalEndpoint

_TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Hint: {Type: String}
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: v1
      BinaryMediaTypes: [application~1octet-stream]
      Cors:
        AllowOrigin: "'https://app.example.com'"
        AllowHeaders: "'Authorization,Content-Type'"
        AllowMethods: "'GET,POST'"
        MaxAge: "'600'"
        AllowCredentials: true
      Models:
        Item:
          type: object
          required: [name]
          properties: {name: {type: string, minLength: 2}}
          additionalProperties: false
      GatewayResponses:
        MISSING_AUTHENTICATION_TOKEN:
          StatusCode: 404
          ResponseParameters: {Headers: {X-Hint: !Sub "'${Hint}'"}}
          ResponseTemplates: {application/json: '{"code": "no_such_route"}'}
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: |
        import base64, json
        def handler(event, context):
            if event["resource"] == "/bytes":
                body = base64.b64encode(bytes(range(256))).decode()
                headers = {"Content-Type": "application/octet-stream"}
                return {"statusCode": 200, "headers": headers, "body": body, "isBase64Encoded": True}
            seen = {key: event[key] for key in ("httpMethod", "resource", "body", "isBase64Encoded")}
            return {"statusCode": 200, "body": json.dumps(seen)}
      Events:
        Any: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /any, Method: ANY}}
        Bytes: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /bytes, Method: POST}}
        Checked:
          Type: Api
          Properties:
            RestApiId: !Ref Api
            Path: /checked
            Method: POST
            RequestModel: {Model: Item, Required: true, ValidateBody: true, ValidateParameters: true}
            RequestParameters: [{method.request.querystring.q: {Required: true}}]
#ROUTE
  Failing:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            if event["queryStringParameters"]:
                return {"hello": "no status"}
            raise ValueError("database password is hunter2")
      Events:
        Get: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /failing, Method: GET}}
Outputs:
  ApiId: {Value: !Ref Api}
"""
_ADDED_ROUTE = "        Added: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /added, Method: GET}}"
_EVERY_BYTE = bytes(range(256))


@pytest.fixture(scope="module")
def api(endpoint: LocalEndpoint) -> Iterator[httpx.Client]:
    """Deploy the API; return a client whose base URL is its stage."""
    outputs = endpoint.deploy("gateway", _TEMPLATE, Hint="first")
    with _client(endpoint, outputs["ApiId"]) as client:
        yield client


def _client(endpoint: LocalEndpoint, api_id: str) -> httpx.Client:
    client = endpoint.http()
    client.base_url = httpx.URL(f"{endpoint.url}/restapis/{api_id}/v1/_user_request_")
    return client


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_any_route_serves_every_method(api: httpx.Client, method: str) -> None:
    response = api.request(method, "/any")

    assert response.json()["httpMethod"] == method


def test_customized_gateway_response_answers_an_unknown_route(api: httpx.Client) -> None:
    response = api.get("/nowhere")

    assert response.status_code == 404
    assert response.json() == {"code": "no_such_route"}
    assert response.headers["X-Hint"] == "first"


@pytest.mark.parametrize(
    ("query", "body"),
    [("", '{"name": "bolt"}'), ("?q=1", '{"name": "b"}'), ("?q=1", '{"name": "bolt", "x": 1}'), ("?q=1", "no json")],
)
def test_request_that_breaks_its_model_or_parameters_never_reaches_the_function(
    api: httpx.Client,
    query: str,
    body: str,
) -> None:
    response = api.post(f"/checked{query}", content=body, headers={"Content-Type": "application/json"})

    assert response.status_code == 400


def test_request_that_keeps_its_model_and_parameters_reaches_the_function(api: httpx.Client) -> None:
    response = api.post("/checked?q=1", json={"name": "bolt"})

    assert response.json()["resource"] == "/checked"


def test_binary_media_types_pass_bytes_in_both_directions(api: httpx.Client) -> None:
    binary = {"Content-Type": "application/octet-stream", "Accept": "application/octet-stream"}
    sent = api.post("/any", content=_EVERY_BYTE, headers=binary).json()
    received = api.post("/bytes", content=b"x", headers=binary)

    assert sent["isBase64Encoded"]
    assert base64.b64decode(sent["body"]) == _EVERY_BYTE
    assert received.content == _EVERY_BYTE


def test_preflight_allows_what_the_template_allows_and_nothing_else(api: httpx.Client) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"}
    response = api.options("/checked", headers=headers)

    assert response.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert response.headers["Access-Control-Allow-Methods"] == "GET,POST"
    assert response.headers["Access-Control-Allow-Headers"] == "Authorization,Content-Type"
    assert response.headers["Access-Control-Allow-Credentials"] == "true"
    assert response.headers["Access-Control-Max-Age"] == "600"


@pytest.mark.parametrize("path", ["/failing", "/failing?malformed=1"])
def test_failed_function_is_an_opaque_502(api: httpx.Client, path: str) -> None:
    response = api.get(path)

    assert response.status_code == 502
    assert response.json() == {"message": "Internal server error"}


def test_update_keeps_the_api_and_deploys_the_new_definition(endpoint: LocalEndpoint) -> None:
    before = endpoint.deploy("gateway-updated", _TEMPLATE, Hint="first")
    after = endpoint.deploy("gateway-updated", _TEMPLATE.replace("#ROUTE", _ADDED_ROUTE), Hint="second")

    assert after["ApiId"] == before["ApiId"]
    with _client(endpoint, after["ApiId"]) as client:
        assert client.get("/added").json()["resource"] == "/added"
        assert client.get("/any").json()["resource"] == "/any"
        assert client.get("/nowhere").headers["X-Hint"] == "second"
    apis = endpoint.client("apigateway").get_rest_apis(limit=500)["items"]
    assert not [found for found in apis if "being updated" in found["name"]]
