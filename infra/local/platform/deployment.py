"""Builds and deploys the shipped template with `sam`, to whichever endpoint; skips what has not changed."""

import platform
import sys
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import boto3

from infra.local.platform.endpoint import Endpoint
from infra.local.platform.faults import PlatformFault
from infra.local.platform.paths import BUILD, BUILD_CACHE, ENGINE_PYTHON, LOCAL, ROOT
from infra.local.platform.sam import REGION, ROOT_KEY, sam
from infra.local.platform.sources import DEPLOYED, alone, digest_of

STACK: Final = "nexstock-local"
_LOCK: Final = LOCAL / "build.lock"
"""A test run beside `make start` builds into the same folder, and deploys from it."""

_TAG: Final = "nexstock-sources"
"""What a stack was made from stands on the stack itself, where it cannot differ from what the endpoint remembers."""

_WHOLE: Final = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})
# REVIEW_IN_PROGRESS: a change set was made and never executed.
_DEPLOYABLE: Final = _WHOLE | {"UPDATE_ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"}
_SETTLE_LIMIT_S: Final = 120.0


class BrokenStack(PlatformFault):
    """An earlier deployment was cut off in a state that no deployment goes on from."""


@dataclass(frozen=True)
class _Stack:
    status: str
    sources: str | None


def build() -> bool:
    """Run `sam build` into .local/build, unless that is what lies there already; tell whether it ran.

    Raises:
        PlatformFault: the build failed; the message has the end of what it said.
    """
    with alone(_LOCK):
        stamp, digest = BUILD / "source.sha256", digest_of(DEPLOYED, _python_runtime(), _architecture())
        if stamp.exists() and stamp.read_text() == digest:
            return False
        stamp.unlink(missing_ok=True)
        # What was built for one interpreter does not run on another.
        folders = ["--build-dir", str(BUILD), "--cache-dir", str(BUILD_CACHE / _python_runtime())]
        overrides = [f"PythonRuntime={_python_runtime()}", f"Architecture={_architecture()}"]
        arguments = ["build", "--config-env", "local", *folders, "--parameter-overrides", *overrides]
        sam(arguments, {"NEXSTOCK_PLATFORM": "host", "NEXSTOCK_PYTHON": str(ENGINE_PYTHON)})
        stamp.write_text(digest)
        return True


def deploy(endpoint: Endpoint, overrides: Mapping[str, str], *, just_started: bool) -> bool:
    """Run `sam deploy --config-env local` of what was built, unless it is deployed already; tell whether it ran.

    Args:
        endpoint: where to.
        overrides: parameters that differ from those in samconfig.toml.
        just_started: whether the endpoint is too young to be at work on a deployment.

    Raises:
        BrokenStack: the endpoint holds the remains of an earlier deployment; its state has to go.
        PlatformFault: the deployment failed; the message has the end of what it said.
    """
    parameters = {**_configured_overrides(), **_own_overrides(endpoint), **overrides}
    pairs = [f"{name}={value}" for name, value in sorted(parameters.items())]
    with alone(_LOCK):
        digest = digest_of((), (BUILD / "source.sha256").read_text(), *pairs)
        stack = _settled_stack(endpoint, patience_s=0 if just_started else _SETTLE_LIMIT_S)
        if stack is not None and stack.status not in _DEPLOYABLE:
            raise BrokenStack(f"The stack is in the state {stack.status}; `make reset` and `make start` begin anew.")
        if stack is not None and stack.status in _WHOLE and stack.sources == digest:
            return False
        sources = ["--config-file", str(ROOT / "samconfig.toml"), "--template-file", str(BUILD / "template.yaml")]
        settings = ["--parameter-overrides", *pairs, "--tags", f"{_TAG}={digest}"]
        arguments = ["deploy", "--config-env", "local", "--no-progressbar", *sources, *settings]
        try:
            sam(arguments, {"AWS_ENDPOINT_URL": endpoint.url})
        except PlatformFault as fault:
            raise PlatformFault("\n".join([*_refusals(endpoint), "", str(fault)])) from None
        return True


def client(endpoint: Endpoint, service: str) -> Any:  # noqa: ANN401 (boto3 makes the class at run time)
    """Return a client of one of the endpoint's services."""
    return boto3.client(
        service,
        endpoint_url=endpoint.url,
        region_name=REGION,
        aws_access_key_id=ROOT_KEY["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ROOT_KEY["AWS_SECRET_ACCESS_KEY"],
    )


def _python_runtime() -> str:
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def _architecture() -> str:
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def _configured_overrides() -> dict[str, str]:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())
    pairs = config["local"]["deploy"]["parameters"]["parameter_overrides"]
    return dict(pair.split("=", 1) for pair in pairs)


def _own_overrides(endpoint: Endpoint) -> dict[str, str]:
    return {
        "PythonRuntime": _python_runtime(),
        "Architecture": _architecture(),
        "PublicBaseUrl": endpoint.url,
    }


def _settled_stack(endpoint: Endpoint, *, patience_s: float) -> _Stack | None:
    """Return the stack once nothing is at work on it any more, or when patience ends."""
    ends_at = time.monotonic() + patience_s
    while (stack := _stack(endpoint)) is not None and _is_moving(stack) and time.monotonic() < ends_at:
        time.sleep(0.2)
    return stack


def _is_moving(stack: _Stack) -> bool:
    return stack.status.endswith("_IN_PROGRESS") and stack.status not in _DEPLOYABLE


def _refusals(endpoint: Endpoint) -> list[str]:
    """Return which resources the newest deployment failed on, and why."""
    cloudformation = client(endpoint, "cloudformation")
    try:
        events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    except cloudformation.exceptions.ClientError:
        return []
    refusals: list[str] = []
    for event in events:
        resource, status = event["LogicalResourceId"], event["ResourceStatus"]
        if resource == STACK and status in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}:
            break
        if resource != STACK and status.endswith("_FAILED"):
            refusals.append(f"{resource} ({event['ResourceType']}): {event.get('ResourceStatusReason', '')}")
    return refusals


def _stack(endpoint: Endpoint) -> _Stack | None:
    cloudformation = client(endpoint, "cloudformation")
    try:
        stacks = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    except cloudformation.exceptions.ClientError:
        return None
    if not stacks:
        return None
    tags = {tag["Key"]: tag["Value"] for tag in stacks[0].get("Tags", [])}
    return _Stack(stacks[0]["StackStatus"], tags.get(_TAG))
