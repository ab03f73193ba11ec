"""Builds and deploys the shipped template with `sam`, to whichever endpoint; skips what has not changed."""

import fcntl
import hashlib
import os
import platform
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import boto3

from infra.local.platform.endpoint import Endpoint
from infra.local.platform.faults import PlatformFault
from infra.local.platform.paths import BUILD, BUILD_CACHE, ENGINE_PYTHON, LOCAL, LOGS, ROOT, SAM

STACK: Final = "nexstock-local"
REGION: Final = "us-east-1"
_SOURCES: Final = ("template.yaml", "samconfig.toml", "infra/*.yaml", "functions/**/*", "layers/**/*")
_UNUSABLE: Final = frozenset({"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"})
_LAST_LINES: Final = 15


def source_digest() -> str:
    """Return a digest of everything that a deployment is made of, the interpreter's version included."""
    digest = hashlib.sha256(_python_runtime().encode())
    for pattern in _SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def build() -> bool:
    """Run `sam build` into .local/build, unless that is what lies there already; tell whether it ran.

    Raises:
        PlatformFault: the build failed; the message has the end of what it said.
    """
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "build.lock").open("w") as lock:
        # A test run beside `make start` would build into the same folder.
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp, digest = BUILD / "source.sha256", source_digest()
        if stamp.exists() and stamp.read_text() == digest:
            return False
        folders = ["--build-dir", str(BUILD), "--cache-dir", str(BUILD_CACHE)]
        overrides = [f"PythonRuntime={_python_runtime()}", f"Architecture={_architecture()}"]
        _sam(["build", "--config-env", "local", *folders, "--parameter-overrides", *overrides], os.environ)
        stamp.write_text(digest)
        return True


def deploy(endpoint: Endpoint, overrides: Mapping[str, str]) -> bool:
    """Run `sam deploy --config-env local` of what was built, unless it is deployed already; tell whether it ran.

    Args:
        endpoint: where to.
        overrides: parameters that differ from those in samconfig.toml.

    Raises:
        PlatformFault: the deployment failed; the message has the end of what it said.
    """
    parameters = {**_configured_overrides(), **_own_overrides(endpoint), **overrides}
    digest = hashlib.sha256(repr((source_digest(), sorted(parameters.items()))).encode()).hexdigest()
    stamp = endpoint.state / "deployed.sha256"
    status = _stack_status(endpoint)
    if status is not None and status.endswith("_COMPLETE") and stamp.exists() and stamp.read_text() == digest:
        return False
    if status in _UNUSABLE or (status or "").endswith("_IN_PROGRESS"):
        # An earlier start was cut off in the middle; CloudFormation updates nothing from such a state.
        _delete_stack(endpoint)
    stamp.unlink(missing_ok=True)
    arguments = [
        "deploy",
        "--config-file",
        str(ROOT / "samconfig.toml"),
        "--config-env",
        "local",
        "--template-file",
        str(BUILD / "template.yaml"),
    ]
    pairs = [f"{name}={value}" for name, value in parameters.items()]
    _sam([*arguments, "--no-progressbar", "--parameter-overrides", *pairs], _aws_environment(endpoint))
    stamp.write_text(digest)
    return True


def client(endpoint: Endpoint, service: str) -> Any:  # noqa: ANN401 (boto3 makes the class at run time)
    """Return a client of one of the endpoint's services."""
    return boto3.client(
        service,
        endpoint_url=endpoint.url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 (the endpoint's own root key)
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


def _stack_status(endpoint: Endpoint) -> str | None:
    cloudformation = client(endpoint, "cloudformation")
    try:
        stacks = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    except cloudformation.exceptions.ClientError:
        return None
    return str(stacks[0]["StackStatus"]) if stacks else None


def _delete_stack(endpoint: Endpoint) -> None:
    cloudformation = client(endpoint, "cloudformation")
    cloudformation.delete_stack(StackName=STACK)
    cloudformation.get_waiter("stack_delete_complete").wait(
        StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )


def _aws_environment(endpoint: Endpoint) -> dict[str, str]:
    nowhere = os.devnull
    return {
        **os.environ,
        "AWS_ENDPOINT_URL": endpoint.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        # A person's own profiles and proxies have no say in what is deployed to their machine.
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "NO_PROXY": "127.0.0.1",
    }


def _sam(arguments: list[str], environment: Mapping[str, str]) -> None:
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"sam-{arguments[0]}.log"
    variables = {
        **{name: value for name, value in environment.items() if name not in {"PYTHONPATH", "AWS_PROFILE"}},
        "PATH": os.pathsep.join([str(ENGINE_PYTHON.parent), str(SAM.parent), os.environ.get("PATH", os.defpath)]),
        "SAM_CLI_TELEMETRY": "0",
        "NEXSTOCK_PLATFORM": "host",
        "NEXSTOCK_PYTHON": str(ENGINE_PYTHON),
    }
    outcome = subprocess.run(
        [str(SAM), *arguments], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    said = outcome.stdout + outcome.stderr
    log.write_text(said)
    if outcome.returncode != 0:
        ending = "\n".join(f"    {line}" for line in said.splitlines()[-_LAST_LINES:])
        raise PlatformFault(
            f"`sam {arguments[0]}` failed; all that it said is in {_shown(log)}. The end of it:\n{ending}"
        )


def _shown(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
