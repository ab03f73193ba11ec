"""No request that anybody could send makes the API fail: requests made up by Schemathesis from the OpenAPI document.

Both kinds are sent, those that the document allows and those that it does not; every answer has to be one that the
document describes.
"""

import importlib
import json
from functools import cache
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings, strategies
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.core import NotSet

from infra.openapi import DOCUMENT
from nexstock.auth.credentials import authenticate
from nexstock.clock import utc_now
from tests.support.api import Reply, invoke
from tests.support.events import Json, api_event
from tests.support.people import ORIGIN, StaffedOrganization
from tests.support.requests import RESOURCES, Route, a_token, takes_a_body
from tests.support.templates import is_public, module_of, routes

_EXAMPLES: Final = 5
_FEW_EXAMPLES: Final = 2
"""For a route that takes an id at most, which is soon tried out, and for those where each one takes long."""

_CREDENTIALS: Final = frozenset({"authorization", "x-api-key", "cookie"})
_SLOW: Final = frozenset(
    {"/v1/auth/register", "/v1/auth/login", "/v1/account/password", "/v1/account/mfa/totp/confirm"}
)
"""Each request may cost a hash of a password, a quarter of a second on purpose."""


def _marks(route: Route, mode: GenerationMode) -> tuple[pytest.MarkDecorator, ...]:
    # Without a body only ids and queries can be wrong, in few ways that many routes share.
    is_one_of_many = mode is GenerationMode.NEGATIVE and not takes_a_body(route)
    return (pytest.mark.thorough,) if is_one_of_many else ()


_CASES: Final = [
    pytest.param(route, mode, id=f"{' '.join(route)} {mode.value}", marks=_marks(route, mode))
    for route in sorted(routes())
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    # What takes no input has none that could be refused.
    if not (mode is GenerationMode.NEGATIVE and not takes_a_body(route) and is_public(routes()[route]))
]


@cache
def _document() -> Json:
    loaded: Json = json.loads(DOCUMENT.read_text())
    return loaded


@cache
def _schema() -> Any:  # noqa: ANN401 (Schemathesis has no types here)
    return schemathesis.openapi.from_dict(_document())


def _body(case: Any) -> Any:  # noqa: ANN401 (a case, any JSON value)
    if isinstance(case.body, NotSet):
        return None
    # API Gateway hands bodies on as text; bytes that are none arrive as replacement characters.
    return case.body.decode("utf-8", "replace") if isinstance(case.body, bytes) else json.dumps(case.body)


def _examples(route: Route) -> int:
    operation = _document()["paths"][route[1]][route[0].lower()]
    has_query = any(parameter["in"] == "query" for parameter in operation.get("parameters", ()))
    is_varied = takes_a_body(route) or has_query
    return _EXAMPLES if is_varied and route[1] not in _SLOW else _FEW_EXAMPLES


@cache
def _verdict(token: str) -> dict[str, str]:
    # What the authorizer says does not depend on what is generated; asking it each time is most of a request's time.
    return authenticate(token, utc_now(), ORIGIN.ip).to_context()


def _send(route: Route, case: Any, ids: dict[str, str], token: str | None) -> Reply:  # noqa: ANN401 (a case)
    headers = {name: str(value) for name, value in (case.headers or {}).items() if name.lower() not in _CREDENTIALS}
    query = {name: value if isinstance(value, str) else json.dumps(value) for name, value in (case.query or {}).items()}
    function = routes()[route]
    event = api_event(
        route[0],
        route[1].format(**ids),
        resource=route[1],
        path_parameters=ids,
        query=query,
        headers=headers,
        body=_body(case),
        authorizer=_verdict(token) if token else None,
    )
    return invoke(importlib.import_module(module_of(function)), event)


def _assert_described(route: Route, reply: Reply) -> None:
    responses = _document()["paths"][route[1]][route[0].lower()]["responses"]
    described = responses.get(str(reply.status), responses["default"])
    content = described.get("content")
    if content is None:
        assert reply.text == ""
        return
    media_type = reply.headers["Content-Type"].partition(";")[0]
    if media_type.endswith("json"):
        schema = {**content[media_type]["schema"], "components": _document()["components"]}
        Draft202012Validator(schema).validate(reply.json)


@pytest.mark.parametrize(("route", "mode"), _CASES)
def test_no_generated_request_makes_the_api_fail(route: Route, mode: GenerationMode, home: StaffedOrganization) -> None:
    ids = {name: make(home) for name, make in RESOURCES.items() if f"{{{name}}}" in route[1]}

    @given(case=_schema()[route[1]][route[0]].as_strategy(generation_mode=mode), there=strategies.booleans())
    @settings(
        max_examples=_examples(route),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Any, there: bool) -> None:  # noqa: ANN401, FBT001 (a case; Hypothesis passes both by name)
        token = None if is_public(routes()[route]) else a_token(route, home)
        reply = _send(route, case, ids if there else case.path_parameters or {}, token)
        assert reply.status < 500, reply.text
        _assert_described(route, reply)

    check()
