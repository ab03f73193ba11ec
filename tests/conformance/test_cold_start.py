"""Lambda's cold start: an archive is unpacked once, and new code never sees the old."""

import json
from typing import Any

import pytest

from tests.conformance.local_endpoint import LocalEndpoint, archive

_ROLE = "arn:aws:iam::000000000000:role/any"
_CODE = """
import os
import heavy

def handler(event, context):
    return {
        "layer": os.path.realpath(heavy.__file__),
        "compiled": os.path.exists(heavy.__cached__),
        "code": os.path.realpath(__file__),
        "version": VERSION,
        "pid": os.getpid(),
    }
"""


@pytest.fixture(scope="module")
def functions(endpoint: LocalEndpoint) -> LocalEndpoint:
    """Create two functions of the same code that share a layer."""
    client = endpoint.client("lambda")
    layer = client.publish_layer_version(
        LayerName="cold-layer",
        Content={"ZipFile": archive({"python/heavy.py": "SIZE = 1"})},
    )
    for name in ("cold-one", "cold-two", "cold-changing"):
        client.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role=_ROLE,
            Handler="app.handler",
            Code={"ZipFile": archive({"app.py": "VERSION = 1\n" + _CODE})},
            Layers=[layer["LayerVersionArn"]],
            Timeout=10,
        )
    return endpoint


def _invoke(endpoint: LocalEndpoint, name: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(endpoint.client("lambda").invoke(FunctionName=name)["Payload"].read())
    return payload


def test_functions_share_one_unpacked_and_compiled_copy_of_a_layer(functions: LocalEndpoint) -> None:
    one, two = _invoke(functions, "cold-one"), _invoke(functions, "cold-two")

    assert one["pid"] != two["pid"]
    assert one["layer"] == two["layer"]
    assert one["code"] == two["code"]
    assert one["compiled"]


def test_changed_code_runs_from_a_copy_of_its_own(functions: LocalEndpoint) -> None:
    before = _invoke(functions, "cold-changing")
    changed = archive({"app.py": "VERSION = 2\n" + _CODE})
    functions.client("lambda").update_function_code(FunctionName="cold-changing", ZipFile=changed)
    after = _invoke(functions, "cold-changing")

    assert (before["version"], after["version"]) == (1, 2)
    assert before["code"] != after["code"]
    assert before["layer"] == after["layer"]
