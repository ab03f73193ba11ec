"""Requests on the deployed local platform: a product read beside a bare function that does one GetItem there."""

import platform as machine
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx

from infra.local.platform.customer import Customer, SignedIn
from infra.local.platform.stack import Platform, RunningPlatform
from tests.bench.statistics import median, ms, percentile, ratio, row, timed_in_turns
from tests.conformance.local_endpoint import LocalEndpoint
from tests.support.engines import free_port

TITLE: Final = "GET /v1/products/{id} on the local platform, beside a bare function that does one GetItem"

_ROUNDS: Final = 500
_WARM_UP: Final = 30
_BARE: Final = "bare function: boto3, one GetItem, no authorizer"
_PRODUCT: Final = "GET /v1/products/{id}: authorizer and handler"
_HEALTH: Final = "GET /v1/health: handler alone, one UpdateItem"

_TEMPLATE: Final = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Runtime: {Type: String}
  Architecture: {Type: String}
  Organization: {Type: String}
  Product: {Type: String}
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties: {Name: nexstock-bench, StageName: live}
  Bare:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: !Ref Runtime
      Architectures: [!Ref Architecture]
      Handler: index.handler
      MemorySize: 512
      Timeout: 10
      Environment: {Variables: {ORGANIZATION: !Ref Organization, PRODUCT: !Ref Product}}
      Policies:
        - Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Action: dynamodb:GetItem
              Resource: !Sub arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/nexstock-local-tenants
      InlineCode: |
        import json, os
        import boto3
        dynamodb = boto3.client("dynamodb")
        KEY = {"PK": {"S": f"ORG#{os.environ['ORGANIZATION']}#PRODUCT"}, "SK": {"S": os.environ["PRODUCT"]}}
        def handler(event, context):
            found = dynamodb.get_item(TableName="nexstock-local-tenants", Key=KEY, ConsistentRead=True)
            return {"statusCode": 200, "body": json.dumps(found["Item"])}
      Events:
        Get: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /v1/bare, Method: GET}}
Outputs:
  ApiId: {Value: !Ref Api}
"""


def measure() -> Iterator[str]:
    """Tell p50 and p99 of each, and their ratios to the bare function's."""
    with tempfile.TemporaryDirectory() as state:
        unlimited = {"ReadRateLimit": "100000/60"}
        with Platform(port=free_port(), state_dir=Path(state), overrides=unlimited) as running:
            yield from _compared(running)


def _compared(running: RunningPlatform) -> Iterator[str]:
    with Customer(running) as client:
        owner = client.new_owner()
        product = client.http.post("/v1/products", json={"sku": "1", "name": "Bolt"}, headers=owner.headers).json()[
            "id"
        ]
        endpoint = LocalEndpoint(running.aws_endpoint_url, Path())
        bare = endpoint.deploy("nexstock-bench", _TEMPLATE, **_parameters(owner, product))["ApiId"]
        ours = endpoint.client("cloudformation").describe_stacks(StackName="nexstock-local")["Stacks"][0]["Outputs"]
        api = next(output["OutputValue"] for output in ours if output["OutputKey"] == "ApiId")
        # All by API Gateway's own addresses, so that what stands before it is in no figure.
        actions = {
            _BARE: lambda: _get(client.http, bare, "/v1/bare", {}),
            _PRODUCT: lambda: _get(client.http, api, f"/v1/products/{product}", owner.headers),
            _HEALTH: lambda: _get(client.http, api, "/v1/health", {}),
        }
        timed_in_turns(actions, _WARM_UP)
        seconds = timed_in_turns(actions, _ROUNDS)
    yield row("", "p50", "p99", "p50 ratio", "p99 ratio")
    base50, base99 = median(seconds[_BARE]), percentile(seconds[_BARE], 99)
    for name, each in seconds.items():
        p50, p99 = median(each), percentile(each, 99)
        yield row(name, ms(p50), ms(p99), ratio(p50, base50), ratio(p99, base99))


def _get(http: httpx.Client, api: str, path: str, headers: dict[str, str]) -> None:
    answer = http.get(f"/restapis/{api}/live/_user_request_{path}", headers=headers)
    assert answer.status_code == 200, answer.text


def _parameters(owner: SignedIn, product: str) -> dict[str, str]:
    return {
        "Runtime": f"python{sys.version_info.major}.{sys.version_info.minor}",
        "Architecture": "arm64" if machine.machine() in {"arm64", "aarch64"} else "x86_64",
        "Organization": owner.organization_id,
        "Product": product,
    }
