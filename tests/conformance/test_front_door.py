"""The front door: one stable address for the API, the AWS endpoint and the mailbox."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conformance.local_endpoint import API_NAME, LocalEndpoint, running_endpoint

_TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      Name: API_NAME
      StageName: live
      GatewayResponses:
        MISSING_AUTHENTICATION_TOKEN: {StatusCode: 404, ResponseParameters: {Headers: {X-Hint: "'look elsewhere'"}}}
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: |
        import json
        def handler(event, context):
            context = event["requestContext"]
            seen = {"path": event["path"], "query": event["multiValueQueryStringParameters"],
                    "stage": context["stage"], "sourceIp": context["identity"]["sourceIp"],
                    "host": event["headers"]["Host"]}
            return {"statusCode": 200, "body": json.dumps(seen)}
      Events:
        Root: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /v1, Method: ANY}}
        All: {Type: Api, Properties: {RestApiId: !Ref Api, Path: "/v1/{proxy+}", Method: ANY}}
        WellKnown: {Type: Api, Properties: {RestApiId: !Ref Api, Path: "/.well-known/{name}", Method: GET}}
Outputs:
  Version: {Value: "1"}
""".replace("API_NAME", API_NAME)


@pytest.fixture
def own_endpoint(tmp_path: Path) -> Iterator[LocalEndpoint]:
    """Return an endpoint on which nothing is deployed."""
    with running_endpoint(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def deployed(endpoint: LocalEndpoint) -> LocalEndpoint:
    endpoint.deploy("front-door", _TEMPLATE)
    return endpoint


def test_api_that_is_not_deployed_is_a_503_problem(own_endpoint: LocalEndpoint) -> None:
    with own_endpoint.http() as client:
        response = client.get("/v1/health")

    assert response.status_code == 503
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == 503


@pytest.mark.parametrize("path", ["/v1", "/v1/health", "/v1/orders/ord_1", "/.well-known/jwks.json"])
def test_api_answers_at_its_own_paths(deployed: LocalEndpoint, path: str) -> None:
    with deployed.http() as client:
        response = client.get(path)

    assert response.json()["path"] == path


def test_query_arrives_unchanged(deployed: LocalEndpoint) -> None:
    with deployed.http() as client:
        seen = client.get("/v1/a/b/c?x=1&x=%262").json()

    assert (seen["path"], seen["query"]) == ("/v1/a/b/c", {"x": ["1", "&2"]})


def test_stage_is_the_one_that_the_template_names(deployed: LocalEndpoint) -> None:
    with deployed.http() as client:
        assert client.get("/v1/x").json()["stage"] == "live"


def test_clients_address_and_host_are_the_ones_it_used(deployed: LocalEndpoint) -> None:
    with deployed.http("127.0.0.5") as client:
        seen = client.get("/v1/x", headers={"X-Forwarded-For": "198.51.100.1"}).json()
        host = httpx.URL(deployed.url).netloc.decode()

    assert (seen["host"], seen["sourceIp"]) == (host, "127.0.0.5")


@pytest.mark.parametrize("host", ["deploy.s3.localhost", "x.cloudfront.net", "abcdefgh.execute-api.localhost"])
def test_host_header_leads_nowhere_else(deployed: LocalEndpoint, host: str) -> None:
    with deployed.http() as client:
        seen = client.get("/v1/x", headers={"Host": host}).json()

    assert (seen["path"], seen["host"]) == ("/v1/x", host)


def test_aws_services_answer_on_the_same_port(deployed: LocalEndpoint) -> None:
    assert deployed.client("sts").get_caller_identity()["Account"] == "000000000000"


def test_address_and_definition_survive_a_restart_with_saved_state(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with running_endpoint(tmp_path, state=state) as first:
        first.deploy("front-door", _TEMPLATE)
    with running_endpoint(tmp_path, state=state) as second, second.http() as client:
        served, refused = client.get("/v1/health"), client.get("/.well-known/a/b")

    assert served.json()["path"] == "/v1/health"
    assert (refused.status_code, refused.headers["X-Hint"]) == (404, "look elsewhere")


def test_mailbox_shows_the_mails_of_both_mail_apis_newest_last(own_endpoint: LocalEndpoint) -> None:
    first, second = own_endpoint.client("ses"), own_endpoint.client("sesv2")
    first.verify_email_identity(EmailAddress="shop@nexstock.test")
    first.send_email(
        Source="shop@nexstock.test",
        Destination={"ToAddresses": ["ann@nexstock.test"]},
        Message={"Subject": {"Data": "one"}, "Body": {"Text": {"Data": "plain"}}},
    )
    second.send_email(
        FromEmailAddress="shop@nexstock.test",
        Destination={"ToAddresses": ["bob@nexstock.test"]},
        Content={"Simple": {"Subject": {"Data": "two"}, "Body": {"Html": {"Data": "<p>rich</p>"}}}},
    )
    with own_endpoint.http() as client:
        mails = client.get("/_nexstock/mailbox").json()

    assert [mail["subject"] for mail in mails] == ["one", "two"]
    assert [mail["to"] for mail in mails] == [["ann@nexstock.test"], ["bob@nexstock.test"]]
    assert mails[0].keys() == {"to", "from", "subject", "text", "html", "at"}
    assert (mails[0]["text"], mails[1]["html"]) == ("plain", "<p>rich</p>")
    assert mails[0]["from"] == "shop@nexstock.test"


def test_empty_mailbox_is_an_empty_list(own_endpoint: LocalEndpoint) -> None:
    with own_endpoint.http() as client:
        assert client.get("/_nexstock/mailbox").json() == []
