"""What stands before the API on AWS: its domain, TLS, the web application firewall, and all answers of the gateway."""

import json
from http import HTTPStatus
from typing import Any, Final

import pytest

from nexstock.auth.gate import ADDRESS_FACTOR
from nexstock.errors import TooManyRequests
from nexstock.http.answers import PROBLEM_TYPE_BASE
from nexstock.http.headers import SECURITY_HEADERS
from tests.contract.test_gateway import RESPONSES
from tests.support.problems import PROBLEMS
from tests.support.templates import Json, resources, template
from tests.support.translated import of_type

EDGE: Final = "infra/edge.yaml"
_TLS_1_3_ONLY: Final = "SecurityPolicy_TLS13_1_3_2025_09"
"""Nothing below TLS 1.3 (AWS, "Supported security policies" of API Gateway)."""

_API: Final = of_type("AWS::ApiGateway::RestApi")["Api"]["Properties"]["Body"]


def _only(kind: str) -> Json:
    (found,) = resources(EDGE, of_type=kind).values()
    properties: Json = found["Properties"]
    return properties


def _rules() -> dict[str, Json]:
    return {rule["Name"]: rule for rule in _only("AWS::WAFv2::WebACL")["Rules"]}


@pytest.mark.asvs("12.1.1")
def test_domain_and_api_speak_tls_1_3_only() -> None:
    domain = _only("AWS::ApiGateway::DomainName")
    assert (domain["SecurityPolicy"], domain["EndpointAccessMode"]) == (_TLS_1_3_ONLY, "STRICT")
    assert _API["x-amazon-apigateway-security-policy"] == _TLS_1_3_ONLY
    assert _API["x-amazon-apigateway-endpoint-access-mode"] == "STRICT"


def test_the_api_answers_at_its_domain_alone() -> None:
    assert _API["x-amazon-apigateway-endpoint-configuration"] == {
        "disableExecuteApiEndpoint": {"Fn::If": ["IsOnAws", True, False]}
    }
    edge = template()["Resources"]["Edge"]
    assert edge["Condition"] == "IsOnAws"
    # The host of https://host; paths of clients begin at its root.
    assert edge["Properties"]["Parameters"]["DomainName"] == {
        "Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "PublicBaseUrl"}]}]
    }
    mapping = _only("AWS::ApiGateway::BasePathMapping")
    assert mapping == {"DomainName": {"Ref": "Domain"}, "RestApiId": {"Ref": "ApiId"}, "Stage": {"Ref": "ApiStage"}}


def test_the_certificate_is_given_or_made_and_proven_by_dns() -> None:
    domain = _only("AWS::ApiGateway::DomainName")
    assert domain["RegionalCertificateArn"] == {
        "Fn::If": ["MakesCertificate", {"Ref": "Certificate"}, {"Ref": "CertificateArn"}]
    }
    (certificate,) = resources(EDGE, of_type="AWS::CertificateManager::Certificate").values()
    assert certificate["Condition"] == "MakesCertificate"
    assert certificate["Properties"]["ValidationMethod"] == "DNS"
    (record,) = resources(EDGE, of_type="AWS::Route53::RecordSet").values()
    assert record["Condition"] == "HasHostedZone"
    assert record["Properties"]["AliasTarget"]["DNSName"] == {"Fn::GetAtt": ["Domain", "RegionalDomainName"]}


def test_the_firewall_stands_before_the_stage() -> None:
    association = _only("AWS::WAFv2::WebACLAssociation")
    assert association["ResourceArn"]["Fn::Sub"].endswith("/restapis/${ApiId}/stages/${ApiStage}")
    assert association["WebACLArn"] == {"Fn::GetAtt": ["WebAcl", "Arn"]}
    managed = {
        rule["Statement"]["ManagedRuleGroupStatement"]["Name"]
        for rule in _rules().values()
        if "ManagedRuleGroupStatement" in rule["Statement"]
    }
    assert managed == {
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesCommonRuleSet",
    }
    assert [rule["Priority"] for rule in _rules().values()] == [0, 1, 2, 3]
    for rule in _rules().values():
        assert rule.get("OverrideAction", {"None": {}}) == {"None": {}}, "nothing is counted that should be refused"


def test_two_rules_of_the_common_set_only_count() -> None:
    common = _rules()["common"]["Statement"]["ManagedRuleGroupStatement"]
    assert [(each["Name"], each["ActionToUse"]) for each in common["RuleActionOverrides"]] == [
        # 8 KB, of 256 KiB that a body may have.
        ("SizeRestrictions_BODY", {"Count": {}}),
        ("NoUserAgent_HEADER", {"Count": {}}),
    ]
    for rule in set(_rules()) - {"common"}:
        group = _rules()[rule]["Statement"].get("ManagedRuleGroupStatement", {})
        assert "RuleActionOverrides" not in group


def test_the_rate_of_an_address_is_above_what_the_api_itself_allows_it() -> None:
    rate = _rules()["requests-of-one-address"]["Statement"]["RateBasedStatement"]
    assert rate["AggregateKeyType"] == "IP"
    limits = [
        template()["Parameters"][name]["Default"].split("/")
        for name in ("AuthRateLimit", "ReadRateLimit", "WriteRateLimit", "ExportRateLimit")
    ]
    # Else clients would be told to wait by the firewall, without the fields that say for how long.
    allowed = sum(
        ADDRESS_FACTOR * int(capacity) * rate["EvaluationWindowSec"] / int(period) for capacity, period in limits
    )
    assert rate["Limit"] > allowed


_MOST_HEADERS: Final = 10
"""Of one custom answer (AWS, "AWS WAF quotas")."""


def test_the_rate_rule_answers_429_in_our_form() -> None:
    answer = _rules()["requests-of-one-address"]["Action"]["Block"]["CustomResponse"]
    assert answer["ResponseCode"] == HTTPStatus.TOO_MANY_REQUESTS
    body = _only("AWS::WAFv2::WebACL")["CustomResponseBodies"][answer["CustomResponseBodyKey"]]
    # The firewall has no problem+json, and takes no other type (AWS, "Sending custom responses for Block actions").
    assert body["ContentType"] == "APPLICATION_JSON"
    assert json.loads(body["Content"]) == {
        "type": f"{PROBLEM_TYPE_BASE}{TooManyRequests.slug}",
        "title": TooManyRequests.title,
        "status": HTTPStatus.TOO_MANY_REQUESTS,
        "code": TooManyRequests.slug,
    }
    headers = {each["Name"]: each["Value"] for each in answer["ResponseHeaders"]}
    assert len(headers) <= _MOST_HEADERS
    window = _rules()["requests-of-one-address"]["Statement"]["RateBasedStatement"]["EvaluationWindowSec"]
    assert headers == {
        "Retry-After": str(window),
        **SECURITY_HEADERS,
        "Access-Control-Allow-Origin": {"Ref": "AllowedOrigin"},
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": "Retry-After",
    }


@pytest.mark.asvs("16.2.5")
def test_no_credential_and_no_query_leaves_the_firewall() -> None:
    protected = _only("AWS::WAFv2::WebACL")["DataProtectionConfig"]["DataProtections"]
    assert {each["Action"] for each in protected} == {"SUBSTITUTION"}
    assert not any("Exclude" in name for each in protected for name in each), "matches are protected too"
    fields = {each["Field"]["FieldType"]: set(each["Field"].get("FieldKeys", [])) for each in protected}
    assert fields == {"SINGLE_HEADER": {"authorization", "cookie", "x-api-key", "x-step-up"}, "QUERY_STRING": set()}


def test_what_the_firewall_refuses_is_logged_encrypted_for_a_year() -> None:
    group = _only("AWS::Logs::LogGroup")
    assert group["LogGroupName"] == {"Fn::Sub": "aws-waf-logs-nexstock-${Environment}"}
    assert (group["RetentionInDays"], group["KmsKeyId"]) == (365, {"Ref": "LogKeyArn"})
    log = _only("AWS::WAFv2::LoggingConfiguration")
    assert log["ResourceArn"] == {"Fn::GetAtt": ["WebAcl", "Arn"]}
    (kept,) = log["LoggingFilter"]["Filters"]
    assert {each["ActionCondition"]["Action"] for each in kept["Conditions"]} == {"BLOCK", "EXCLUDED_AS_COUNT"}


_STATUS_OF: Final = {
    "ACCESS_DENIED": 403,
    "API_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_FAILURE": 500,
    "BAD_REQUEST_BODY": 400,
    "BAD_REQUEST_PARAMETERS": 400,
    "DEFAULT_4XX": 400,
    "DEFAULT_5XX": 500,
    "EXPIRED_TOKEN": 403,
    "INTEGRATION_FAILURE": 504,
    "INTEGRATION_TIMEOUT": 504,
    "INVALID_API_KEY": 403,
    "INVALID_SIGNATURE": 403,
    "MISSING_AUTHENTICATION_TOKEN": 403,
    "QUOTA_EXCEEDED": 429,
    "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404,
    "THROTTLED": 429,
    "UNAUTHORIZED": 401,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "WAF_FILTERED": 403,
}
"""Every answer that the gateway has, and its status unless we say another (AWS, "Gateway response types")."""

_NEVER_GIVEN: Final = {
    "INVALID_API_KEY": "no route asks for a key of API Gateway's own",
    "QUOTA_EXCEEDED": "there is no usage plan",
    "BAD_REQUEST_BODY": "no route has a model; bodies are validated in the handler",
    "BAD_REQUEST_PARAMETERS": "no route has a validator; parameters are validated in the handler",
}
"""What falls to the defaults, and would be refused with their words if it were ever given."""


def _form(kind: str) -> Json:
    fallback = "DEFAULT_4XX" if _STATUS_OF[kind] < HTTPStatus.INTERNAL_SERVER_ERROR else "DEFAULT_5XX"
    form: Json = RESPONSES.get(kind, RESPONSES[fallback])
    return form


@pytest.mark.asvs("3.4.1")
@pytest.mark.parametrize("kind", sorted(_STATUS_OF))
def test_every_answer_that_the_gateway_has_is_a_problem_with_our_headers(kind: str) -> None:
    form = _form(kind)
    parameters = form["responseParameters"]
    for name, value in SECURITY_HEADERS.items():
        assert parameters[f"gatewayresponse.header.{name}"] == f"'{value}'"
    assert parameters["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
    body: dict[str, Any] = json.loads(form["responseTemplates"]["application/json"])
    problem = next(each for each in PROBLEMS if each.slug == body["code"])
    assert body["title"] == problem.title


def test_what_the_gateway_refuses_by_itself_has_words_of_its_own() -> None:
    refused = {kind for kind, status in _STATUS_OF.items() if status < HTTPStatus.INTERNAL_SERVER_ERROR}
    assert refused - set(RESPONSES) == set(_NEVER_GIVEN)
    assert set(RESPONSES) <= set(_STATUS_OF)
    assert _API.get("x-amazon-apigateway-request-validators") is None
    assert not any("ApiKeyRequired" in json.dumps(each) for each in _API["paths"].values())
    assert of_type("AWS::ApiGateway::UsagePlan") == {}
