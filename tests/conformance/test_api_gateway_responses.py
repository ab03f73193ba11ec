"""API Gateway's own answers: what a template can say in them, above all about a refusing authorizer."""

from collections.abc import Iterator

import httpx
import pytest

from tests.conformance.local_endpoint import LocalEndpoint

_PROBLEM = "application/problem+json"
_TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.11, Handler: index.handler}
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: v1
      Auth:
        DefaultAuthorizer: Door
        AddDefaultAuthorizerToCorsPreflight: false
        Authorizers:
          Door:
            FunctionArn: !GetAtt Authorize.Arn
            FunctionPayloadType: REQUEST
            Identity: {ReauthorizeEvery: 0}
      GatewayResponses:
        UNAUTHORIZED:
          StatusCode: 401
          ResponseParameters:
            Headers:
              WWW-Authenticate: "'Bearer'"
              X-Request-Id: context.requestId
              content-type: "'application/problem+json'"
          ResponseTemplates:
            application/json: '{"detail": $context.error.messageString, "instance": "urn:request:$context.requestId"}'
        ACCESS_DENIED:
          StatusCode: 429
          ResponseParameters:
            Headers:
              Retry-After: context.authorizer.retryAfter
              X-Absent: context.authorizer.absent
              Content-Type: "'application/problem+json'"
          ResponseTemplates:
            application/json: >-
              {"status": 429, "class": "$context.authorizer.class", "absent": "$context.authorizer.absent",
              "ip": "$context.identity.sourceIp", "method": "$context.httpMethod", "path": "$context.path",
              "detail": $context.error.messageString, "instance": "urn:request:$context.requestId"}
        AUTHORIZER_FAILURE:
          ResponseTemplates: {application/problem+json: '{"status": 500}'}
        DEFAULT_4XX:
          ResponseParameters: {Headers: {X-Family: "'4xx'"}}
  Authorize:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        def handler(event, context):
            word = event["headers"].get("Authorization", "")
            if word == "none":
                raise Exception("Unauthorized")
            if word == "broken":
                raise RuntimeError("the table is gone")
            effect = "Deny" if word == "throttled" else "Allow"
            statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
            return {"principalId": "u", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
                    "context": {"retryAfter": 17, "class": "write"}}
  Served:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        def handler(event, context):
            return {"statusCode": 200, "body": "served"}
      Events:
        Get: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /served, Method: GET}}
Outputs:
  ApiId: {Value: !Ref Api}
"""


@pytest.fixture(scope="module")
def api(endpoint: LocalEndpoint) -> Iterator[httpx.Client]:
    """Deploy the API; return a client whose base URL is its stage."""
    outputs = endpoint.deploy("responses", _TEMPLATE)
    with endpoint.http("127.0.0.9") as client:
        client.base_url = httpx.URL(f"{endpoint.url}/restapis/{outputs['ApiId']}/v1/_user_request_")
        yield client


def test_denied_request_is_worded_by_the_authorizers_context(api: httpx.Client) -> None:
    response = api.get("/served", headers={"Authorization": "throttled"})
    problem = response.json()

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "17"
    assert response.headers.get_list("Content-Type") == [_PROBLEM]
    assert (problem["class"], problem["absent"]) == ("write", "")
    assert (problem["ip"], problem["method"], problem["path"]) == ("127.0.0.9", "GET", "/v1/served")
    assert problem["instance"] == f"urn:request:{response.headers['x-amzn-requestid']}"
    assert "explicit deny" in problem["detail"]


def test_header_without_a_value_is_left_out(api: httpx.Client) -> None:
    assert "X-Absent" not in api.get("/served", headers={"Authorization": "throttled"}).headers


def test_one_requests_context_never_reaches_another(api: httpx.Client) -> None:
    api.get("/served", headers={"Authorization": "throttled"})
    response = api.get("/served", headers={"Authorization": "none"})

    assert response.status_code == 401
    assert "Retry-After" not in response.headers


def test_unauthorized_request_is_a_problem_with_its_request_id(api: httpx.Client) -> None:
    response = api.get("/served", headers={"Authorization": "none"})
    request_id = response.headers["x-amzn-requestid"]

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["X-Request-Id"] == request_id
    assert response.headers.get_list("Content-Type") == [_PROBLEM]
    assert response.json() == {"detail": "Unauthorized", "instance": f"urn:request:{request_id}"}


def test_failing_authorizer_is_a_500_that_says_nothing(api: httpx.Client) -> None:
    response = api.get("/served", headers={"Authorization": "broken"})

    assert response.status_code == 500
    assert response.headers["Content-Type"] == _PROBLEM
    assert response.json() == {"status": 500}


def test_family_response_covers_the_types_without_one_of_their_own(api: httpx.Client) -> None:
    response = api.get("/nowhere", headers={"Authorization": "yes"})

    assert response.status_code == 403
    assert response.headers["X-Family"] == "4xx"


def test_allowed_request_is_served(api: httpx.Client) -> None:
    assert api.get("/served", headers={"Authorization": "yes"}).text == "served"
