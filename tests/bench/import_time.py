"""How long a cold start imports: handlers, each in fresh interpreters, beside boto3 with one client."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from tests.bench.statistics import median, ms, ratio, row, timed_in_turns
from tests.support.templates import ROOT

TITLE: Final = "Import, median of 7 fresh interpreters each, less an interpreter that imports nothing"

_ROUNDS: Final = 7
_NOTHING: Final = "an interpreter that imports nothing"
_BASE: Final = 'import boto3; boto3.client("dynamodb")'
_CLIENT: Final = "; from nexstock.persistence.tables import connection; connection().client"
_HANDLERS: Final = (
    ("products", "get_product", _CLIENT),
    ("products", "get_product", ""),
    ("products", "create_product", ""),
    ("authorizer", "authorize_request", ""),
    ("auth", "log_in", ""),
    ("webhook_endpoints", "create_webhook_endpoint", ""),
    ("streams", "write_audit", ""),
)


def measure() -> Iterator[str]:
    """Tell each import's time and its ratio to the base's."""
    actions: dict[str, Callable[[], object]] = {_NOTHING: partial(_run, "pass", ""), _BASE: partial(_run, _BASE, "")}
    for folder, name, more in _HANDLERS:
        label = f"{folder}/{name}" + (" and its client" if more else "")
        actions[label] = partial(_run, f"import {name}{more}", folder)
    # The first round fills the caches of the file system and writes the byte code.
    timed_in_turns(actions, 1)
    medians = {label: median(seconds) for label, seconds in timed_in_turns(actions, _ROUNDS).items()}
    nothing = medians.pop(_NOTHING)
    base = medians[_BASE] - nothing
    for label, seconds in medians.items():
        yield row(label, ms(seconds - nothing), ratio(seconds - nothing, base))


def _run(code: str, folder: str) -> None:
    path = os.pathsep.join([str(ROOT / "layers" / "nexstock"), str(ROOT / "functions" / folder)])
    variables = {
        **os.environ,
        "PYTHONPATH": path,
        "NEXSTOCK_SEALING_KEY_ARN": "arn:aws:kms:us-east-1:000000000000:key/x",
    }
    subprocess.run([sys.executable, "-c", code], env=variables, check=True, timeout=60)  # noqa: S603 (our own code)
