"""What the gateway answers by itself, and what every answer carries."""

import pytest

from infra.local.platform.customer import Customer
from nexstock.http.headers import SECURITY_HEADERS


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "code"),
    [
        ("GET", "/v1/products", {}, 401, "unauthenticated"),
        ("GET", "/v1/products", {"Authorization": "Bearer nonsense"}, 401, "unauthenticated"),
        ("GET", "/v1/products", {"Authorization": "Bearer a", "X-API-Key": "b"}, 401, "unauthenticated"),
        ("GET", "/v1/nowhere", {}, 404, "not_found"),
        ("PUT", "/v1/products", {}, 404, "not_found"),
        ("POST", "/v1/auth/login", {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
    ],
)
def test_refusals_are_problems_with_the_headers_of_every_answer(  # noqa: PLR0913 (the parts of a refusal)
    client: Customer, method: str, path: str, headers: dict[str, str], status: int, code: str
) -> None:
    answer = client.http.request(method, path, headers=headers, content="{}" if method == "POST" else None)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["status"]) == (status, code, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["instance"] == f"urn:request:{answer.headers['x-request-id']}"
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value


def test_success_carries_the_security_headers_and_the_request_id(client: Customer) -> None:
    answer = client.http.get("/v1/health")
    assert answer.json()["status"] == "ok"
    assert answer.headers["x-request-id"]
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value


def test_a_page_of_the_allowed_origin_may_ask_first_without_a_credential(client: Customer) -> None:
    asked = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "PATCH"}
    answer = client.http.options("/v1/products", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    assert answer.headers["strict-transport-security"] == SECURITY_HEADERS["Strict-Transport-Security"]


def test_a_page_of_another_origin_may_not_read_answers(client: Customer) -> None:
    answer = client.http.get("/v1/health", headers={"Origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["vary"] == "Origin"


def test_the_document_lists_the_operations_that_are_served(client: Customer) -> None:
    document = client.http.get("/v1/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    assert {"get", "post"} <= document["paths"]["/v1/products"].keys()


def test_security_txt_names_whom_to_tell(client: Customer) -> None:
    answer = client.http.get("/.well-known/security.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Contact: mailto:security@nexstock.com" in answer.text.splitlines()
