"""Starts the local AWS endpoint for a test and talks to it."""

import io
import json
import os
import signal
import socket
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[2]
REGION = "us-east-1"
ROOT_CREDENTIALS = ("test", "test", None)
API_NAME = "conformance"

_TEMPLATES = "templates"
_LONGEST_TEMPLATE_BODY = 51_200
"""Longer ones come from S3 (AWS: "CloudFormation quotas")."""

_START_S = 30.0
_STOP_S = 20.0
_ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60, s3={"addressing_style": "path"})
# Nothing of the shell's AWS settings may reach the endpoint or its functions.
_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "TMPDIR")

Credentials = tuple[str, str, str | None]


@dataclass(frozen=True)
class LocalEndpoint:
    """A running endpoint; `journal` is a directory that its functions may write to."""

    url: str
    journal: Path

    def client(self, service: str, credentials: Credentials = ROOT_CREDENTIALS) -> Any:  # noqa: ANN401 - boto3 is untyped
        """Return a boto3 client that asks once and never retries."""
        key_id, secret, token = credentials
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=_ONCE,
        )

    def http(self, source_address: str = "127.0.0.1") -> httpx.Client:
        """Return an HTTP client that connects from an address of the loopback network."""
        transport = httpx.HTTPTransport(local_address=source_address)
        return httpx.Client(base_url=self.url, transport=transport, timeout=30)

    def deploy(self, stack: str, template: str, **parameters: str) -> dict[str, str]:
        """Create or update a stack from a SAM template; return its outputs.

        Raises:
            AssertionError: the stack did not complete; the message names the resources that failed.
        """
        cloudformation = self.client("cloudformation")
        arguments = {
            "StackName": stack,
            **self._template_argument(stack, template),
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            "Capabilities": ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        }
        if _exists(cloudformation, stack):
            cloudformation.update_stack(**arguments)
        else:
            cloudformation.create_stack(**arguments)
        status, outputs = self._settled(stack)
        assert status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, self._failures(stack)
        return outputs

    def _template_argument(self, stack: str, template: str) -> dict[str, str]:
        if len(template.encode()) <= _LONGEST_TEMPLATE_BODY:
            return {"TemplateBody": template}
        storage = self.client("s3")
        storage.create_bucket(Bucket=_TEMPLATES)
        storage.put_object(Bucket=_TEMPLATES, Key=stack, Body=template.encode())
        return {"TemplateURL": f"{self.url}/{_TEMPLATES}/{stack}"}

    def delete(self, stack: str) -> None:
        """Delete a stack and wait until it is gone."""
        self.client("cloudformation").delete_stack(StackName=stack)
        wait_for(lambda: not _exists(self.client("cloudformation"), stack), f"the deletion of {stack}")

    def entries(self, name: str) -> list[dict[str, Any]]:
        """Return what functions wrote to the journal `name`, one JSON document a line."""
        path = self.journal / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def _settled(self, stack: str) -> tuple[str, dict[str, str]]:
        cloudformation = self.client("cloudformation")
        found: dict[str, Any] = {}

        def settled() -> bool:
            found.update(cloudformation.describe_stacks(StackName=stack)["Stacks"][0])
            return not found["StackStatus"].endswith("_IN_PROGRESS")

        wait_for(settled, f"the deployment of {stack}", within_s=60)
        outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
        return found["StackStatus"], outputs

    def _failures(self, stack: str) -> str:
        events = self.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
        failed = [event for event in events if "FAILED" in event["ResourceStatus"]]
        return "; ".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}" for event in failed)


@contextmanager
def running_endpoint(directory: Path, *, state: Path | None = None, **settings: str) -> Iterator[LocalEndpoint]:
    """Run an endpoint on a free port; it is stopped, and its state saved, at the end."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    journal = directory / "journal"
    journal.mkdir(parents=True, exist_ok=True)
    environment = {
        **{name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
        "NEXSTOCK_LOCAL_PORT": str(port),
        "NEXSTOCK_API_NAME": API_NAME,
        **({"NEXSTOCK_LOCAL_STATE": str(state)} if state else {}),
        **settings,
    }
    log_path = directory / f"endpoint-{port}.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - the interpreter and the module are the project's own
            [_engine_python(), "-m", "infra.local.endpoint"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(lambda: _answers(url, process, log_path), "the endpoint's start", within_s=_START_S)
        yield LocalEndpoint(url, journal)
    finally:
        _stop(process)


def wait_for(condition: Callable[[], bool], what: str, *, within_s: float = 20.0) -> None:
    """Wait until a condition holds.

    Raises:
        AssertionError: it does not hold in time.
    """
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"{what} took longer than {within_s} s"
        time.sleep(0.02)


def archive(files: Mapping[str, str]) -> bytes:
    """Return a zip file of source files by path."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for path, text in files.items():
            opened.writestr(path, text)
    return buffer.getvalue()


def _engine_python() -> str:
    default = ROOT / ".local" / "venvs" / "engine" / "bin" / "python"
    return os.environ.get("NEXSTOCK_ENGINE_PYTHON", str(default))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _answers(url: str, process: subprocess.Popen[bytes], log_path: Path) -> bool:
    assert process.poll() is None, f"the endpoint ended: {log_path.read_text()[-2000:]}"
    try:
        return httpx.get(f"{url}/_ministack/health", timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


def _exists(cloudformation: Any, stack: str) -> bool:  # noqa: ANN401 - boto3 is untyped
    try:
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except cloudformation.exceptions.ClientError:
        return False
    return bool(found[0]["StackStatus"] != "DELETE_COMPLETE")
