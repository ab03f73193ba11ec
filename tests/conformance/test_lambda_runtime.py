"""Lambda's Python runtime: cost of a call, isolation of log lines, failures, module path."""

import base64
import json
import time
import uuid
from typing import Any

import pytest

from tests.conformance.local_endpoint import LocalEndpoint, archive

_ROLE = "arn:aws:iam::000000000000:role/any"
_LONGEST_SILENT_CALL_S = 0.045

_CODE = """
import os
import greeting

def silent(event, context):
    return {"pid": os.getpid(), "requestId": context.aws_request_id}

def speaking(event, context):
    print(event["say"])

def failing(event, context):
    print("about to fail")
    raise ValueError("kaput")

def marshalling(event, context):
    return object()

def greet(event, context):
    return greeting.WORDS

def failing_now_and_then(event, context):
    if event["fail"]:
        raise KeyError("once")
    return os.getpid()
"""


@pytest.fixture(scope="module")
def functions(endpoint: LocalEndpoint) -> LocalEndpoint:
    """Create one function per handler, with a layer that carries a module of the function's own name."""
    client = endpoint.client("lambda")
    layer = client.publish_layer_version(
        LayerName="runtime-layer",
        Content={"ZipFile": archive({"python/greeting.py": "WORDS = 'from the layer'"})},
    )
    code = archive({"app.py": _CODE, "greeting.py": "WORDS = 'from the function'"})
    for handler in ("silent", "speaking", "failing", "marshalling", "greet", "failing_now_and_then"):
        client.create_function(
            FunctionName=f"runtime-{handler}",
            Runtime="python3.11",
            Role=_ROLE,
            Handler=f"app.{handler}",
            Code={"ZipFile": code},
            Layers=[layer["LayerVersionArn"]],
            Timeout=10,
        )
    return endpoint


def _invoke(endpoint: LocalEndpoint, handler: str, event: object = None) -> tuple[Any, dict[str, Any], str]:
    """Return the payload, the response and the log of one call."""
    response = endpoint.client("lambda").invoke(
        FunctionName=f"runtime-{handler}",
        Payload=json.dumps(event),
        LogType="Tail",
    )
    log = base64.b64decode(response.get("LogResult", "")).decode()
    return json.loads(response["Payload"].read()), response, log


def test_silent_call_does_not_wait_for_log_lines(functions: LocalEndpoint) -> None:
    client = functions.client("lambda")
    client.invoke(FunctionName="runtime-silent")

    def duration() -> float:
        started = time.perf_counter()
        client.invoke(FunctionName="runtime-silent")["Payload"].read()
        return time.perf_counter() - started

    assert min(duration() for _ in range(15)) < _LONGEST_SILENT_CALL_S


def test_log_lines_belong_to_their_own_call(functions: LocalEndpoint) -> None:
    _payload, _response, first = _invoke(functions, "speaking", {"say": "first words"})
    _payload, _response, second = _invoke(functions, "speaking", {"say": "second words"})

    assert "first words" in first
    assert "second words" in second
    assert "first words" not in second


def test_exception_answers_with_type_message_and_stack_trace(functions: LocalEndpoint) -> None:
    payload, response, log = _invoke(functions, "failing")

    assert response["FunctionError"] == "Unhandled"
    assert payload["errorType"] == "ValueError"
    assert payload["errorMessage"] == "kaput"
    assert str(uuid.UUID(payload["requestId"])) == payload["requestId"]
    assert [line.split(", ")[2].startswith("in failing") for line in payload["stackTrace"]] == [True]
    assert "about to fail" in log
    assert "[ERROR] ValueError: kaput" in log


def test_result_that_is_no_json_fails_the_call(functions: LocalEndpoint) -> None:
    payload, response, _log = _invoke(functions, "marshalling")

    assert response["FunctionError"] == "Unhandled"
    assert payload["errorType"] == "TypeError"


def test_execution_environment_survives_an_exception(functions: LocalEndpoint) -> None:
    before, _response, _log = _invoke(functions, "failing_now_and_then", {"fail": False})
    _invoke(functions, "failing_now_and_then", {"fail": True})
    after, _response, _log = _invoke(functions, "failing_now_and_then", {"fail": False})

    assert after == before


def test_the_functions_own_modules_precede_those_of_its_layers(functions: LocalEndpoint) -> None:
    words, _response, _log = _invoke(functions, "greet")

    assert words == "from the function"
