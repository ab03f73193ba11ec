"""What API Gateway tells a function and its authorizer of a request."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conformance.local_endpoint import LocalEndpoint

_TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Journal: {Type: String}
Globals:
  Function: {Runtime: python3.11, Handler: index.handler}
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: v1
      Auth:
        DefaultAuthorizer: Door
        Authorizers:
          Door:
            FunctionArn: !GetAtt Authorize.Arn
            FunctionPayloadType: REQUEST
            Identity: {ReauthorizeEvery: 0}
  Authorize:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {Variables: {JOURNAL: !Ref Journal}}
      InlineCode: |
        import json, os
        def handler(event, context):
            with open(os.environ["JOURNAL"], "a") as journal:
                journal.write(json.dumps(event) + "\\n")
            allow = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
            return {
                "principalId": "user|1",
                "policyDocument": {"Version": "2012-10-17", "Statement": [allow]},
                "context": {"organization": "org_1", "count": 5, "flag": True},
            }
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        import json
        def handler(event, context):
            cookies = ["one=1; HttpOnly", "two=2; Secure"]
            headers = {"X-Single": "1"}
            return {"statusCode": 200, "headers": headers, "multiValueHeaders": {"Set-Cookie": cookies},
                    "body": json.dumps(event)}
      Events:
        Get: {Type: Api, Properties: {RestApiId: !Ref Api, Path: "/items/{id}", Method: GET}}
Outputs:
  ApiId: {Value: !Ref Api}
"""


@pytest.fixture(scope="module")
def stage_url(endpoint: LocalEndpoint) -> str:
    """Deploy the API; return the URL of its stage."""
    outputs = endpoint.deploy("requests", _TEMPLATE, Journal=str(endpoint.journal / "authorizer"))
    return f"{endpoint.url}/restapis/{outputs['ApiId']}/v1/_user_request_"


@pytest.fixture
def client(endpoint: LocalEndpoint) -> Iterator[httpx.Client]:
    with endpoint.http() as opened:
        yield opened


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "127.0.0.77"])
def test_source_address_is_the_connections_own(endpoint: LocalEndpoint, stage_url: str, address: str) -> None:
    with endpoint.http(address) as client:
        event = client.get(f"{stage_url}/items/{address}").json()

    assert event["requestContext"]["identity"]["sourceIp"] == address
    assert _authorizer_event(endpoint, event)["requestContext"]["identity"]["sourceIp"] == address


def test_source_address_is_not_the_clients_to_set(endpoint: LocalEndpoint, stage_url: str) -> None:
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9", "Forwarded": "for=203.0.113.9"}
    with endpoint.http("127.0.0.3") as client:
        event = client.get(f"{stage_url}/items/forged", headers=forged).json()

    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.3"
    assert _authorizer_event(endpoint, event)["requestContext"]["identity"]["sourceIp"] == "127.0.0.3"
    assert event["headers"]["X-Forwarded-For"] == "203.0.113.9, 127.0.0.3"


def test_one_request_id_reaches_authorizer_function_and_client(
    endpoint: LocalEndpoint,
    stage_url: str,
    client: httpx.Client,
) -> None:
    first, second = client.get(f"{stage_url}/items/1"), client.get(f"{stage_url}/items/1")
    request_id = first.json()["requestContext"]["requestId"]

    assert first.headers.get_list("x-amzn-requestid") == [request_id]
    assert _authorizer_event(endpoint, first.json())["requestContext"]["requestId"] == request_id
    assert second.json()["requestContext"]["requestId"] != request_id


def test_authorizer_without_identity_sources_gets_the_whole_request(
    endpoint: LocalEndpoint,
    stage_url: str,
    client: httpx.Client,
) -> None:
    event = client.get(f"{stage_url}/items/7?a=1&a=2&b=3", headers={"Authorization": "Bearer token"}).json()
    seen = _authorizer_event(endpoint, event)

    assert seen["type"] == "REQUEST"
    assert seen["methodArn"].endswith("/v1/GET/items/7")
    assert seen["headers"]["Authorization"] == "Bearer token"
    assert seen["pathParameters"] == {"id": "7"}
    assert seen["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": ["3"]}
    assert seen["queryStringParameters"] == {"a": "2", "b": "3"}


def test_authorizer_is_asked_for_every_request(endpoint: LocalEndpoint, stage_url: str, client: httpx.Client) -> None:
    before = len(endpoint.entries("authorizer"))
    for _ in range(3):
        client.get(f"{stage_url}/items/1", headers={"Authorization": "Bearer same"})

    assert len(endpoint.entries("authorizer")) == before + 3


def test_authorizers_context_reaches_the_function_as_strings(stage_url: str, client: httpx.Client) -> None:
    authorizer = client.get(f"{stage_url}/items/1").json()["requestContext"]["authorizer"]

    assert authorizer == {"organization": "org_1", "count": "5", "flag": "true", "principalId": "user|1"}


def test_last_of_repeated_query_values_is_the_single_one(stage_url: str, client: httpx.Client) -> None:
    event = client.get(f"{stage_url}/items/1?status=open&status=closed&empty=").json()

    assert event["queryStringParameters"] == {"status": "closed", "empty": ""}
    assert event["multiValueQueryStringParameters"] == {"status": ["open", "closed"], "empty": [""]}


def test_headers_keep_their_case_and_their_lines(stage_url: str) -> None:
    url = httpx.URL(stage_url)
    place = (url.host, url.port or 80)
    lines = [f"GET {url.path}/items/1 HTTP/1.1", f"Host: {url.host}", "Connection: close"]
    lines += ["X-Mixed-CASE: 1", "X-List: a, b", "x-list: c"]
    with socket.create_connection(place, timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    event = json.loads(answer.partition(b"\r\n\r\n")[2])

    assert event["headers"]["X-Mixed-CASE"] == "1"
    assert event["multiValueHeaders"]["X-List"] == ["a, b", "c"]
    assert event["headers"]["X-List"] == "c"


def test_several_cookies_are_set_by_one_response(stage_url: str, client: httpx.Client) -> None:
    response = client.get(f"{stage_url}/items/1")

    assert response.headers.get_list("Set-Cookie") == ["one=1; HttpOnly", "two=2; Secure"]
    assert response.headers["X-Single"] == "1"


def _authorizer_event(endpoint: LocalEndpoint, event: dict[str, Any]) -> dict[str, Any]:
    """Return what the authorizer was told of the request that a function answered."""
    request_id = event["requestContext"]["requestId"]
    told = [entry for entry in endpoint.entries("authorizer") if entry["requestContext"]["requestId"] == request_id]
    assert len(told) == 1, "the authorizer was asked once, with the function's request id"
    return told[0]
