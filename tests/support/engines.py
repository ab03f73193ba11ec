"""Starts what the tests run against: a DynamoDB engine, and the local AWS endpoint for all other services.

DynamoDB is dynoxide (atomic transactions, true capacity units) where npm brought it; otherwise the local endpoint
serves DynamoDB too. Both speak the real protocol; nothing is mocked.
"""

import contextlib
import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import boto3

from tests.support import environment
from tests.support.templates import ROOT, Json, resources

_START_LIMIT_S: Final = 30.0
_LOCAL: Final = ROOT / ".local"


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def dynoxide_binary() -> Path | None:
    """Return the engine's program for this machine, if it is installed."""
    machine = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "")
    name = f"{'darwin' if sys.platform == 'darwin' else 'linux'}-{machine}"
    binary = _LOCAL / "dynoxide" / "node_modules" / "@dynoxide" / name / "dynoxide"
    return binary if binary.exists() else None


@contextlib.contextmanager
def running(command: list[str], port: int, **variables: str) -> Iterator[str]:
    """Run a server until the block ends; give its address once it listens."""
    process = subprocess.Popen(  # noqa: S603 (our own programs)
        command,
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await_port(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@contextlib.contextmanager
def dynamodb() -> Iterator[str | None]:
    """Run dynoxide if it is there."""
    binary = dynoxide_binary()
    if binary is None:
        yield None
        return
    port = free_port()
    with running([str(binary), "serve", "--port", str(port)], port) as address:
        yield address


@contextlib.contextmanager
def aws_endpoint(*, enforces_policies: bool = False) -> Iterator[str]:
    """Run the local AWS endpoint."""
    port = free_port()
    python = os.environ.get("NEXSTOCK_ENGINE_PYTHON", str(_LOCAL / "venvs" / "engine" / "bin" / "python"))
    variables = {"NEXSTOCK_LOCAL_PORT": str(port), "NEXSTOCK_LOCAL_AUTH": "1" if enforces_policies else "0"}
    with running([python, "-m", "infra.local.endpoint"], port, **variables) as address:
        yield address


class Streaming:
    """Whether the tables' stream is written; only while a test that reads it runs.

    Each transaction takes dynoxide the longer the more records its stream holds: after some thousand tests, ten times
    as long. The local endpoint has a stream of its own, which does not grow so.
    """

    def __init__(self) -> None:
        self._wanted = False
        self._client: Any = None

    @property
    def is_on(self) -> bool:
        """Tell whether a table that is made now gets its stream."""
        return self._wanted or dynoxide_binary() is None

    def begin(self, client: Any) -> None:  # noqa: ANN401 (a boto3 client)
        """Note that there are tables."""
        self._client = client

    def want(self, wanted: bool) -> None:  # noqa: FBT001 (the one thing it says)
        """Switch the stream on or off."""
        if wanted == self._wanted:
            return
        self._wanted = wanted
        if self._client is not None and dynoxide_binary() is not None:
            view = {"StreamViewType": "NEW_AND_OLD_IMAGES"} if wanted else {}
            stream = {"StreamEnabled": wanted, **view}
            self._client.update_table(TableName=environment.table_name("tenants"), StreamSpecification=stream)


STREAMING: Final = Streaming()


def create_tables(client: Any) -> None:  # noqa: ANN401 (a boto3 client)
    """Create the stack's tables as infra/data.yaml defines them."""
    for logical_id, resource in resources("infra/data.yaml", of_type="AWS::DynamoDB::Table").items():
        defined = resource["Properties"]
        stream = defined.get("StreamSpecification")
        client.create_table(
            TableName=environment.table_name(logical_id.removesuffix("Table").lower()),
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=defined["AttributeDefinitions"],
            KeySchema=defined["KeySchema"],
            **({"GlobalSecondaryIndexes": indexes} if (indexes := defined.get("GlobalSecondaryIndexes")) else {}),
            **({"StreamSpecification": _enabled(stream)} if stream and STREAMING.is_on else {}),
        )
    STREAMING.begin(client)


def _enabled(stream: Json) -> Json:
    return {"StreamViewType": stream["StreamViewType"], "StreamEnabled": True}


def create_queues_bucket_and_key(address: str) -> None:
    """Create the queues, the buckets and the keys, and tell the environment of them."""
    sqs = boto3.client("sqs", endpoint_url=address)
    for queue in environment.QUEUES:
        url = sqs.create_queue(QueueName=f"nexstock-test-{queue.lower().replace('_', '-')}")["QueueUrl"]
        os.environ[f"NEXSTOCK_QUEUE_{queue}"] = url
    s3, kms = (boto3.client(service, endpoint_url=address) for service in ("s3", "kms"))
    s3.create_bucket(Bucket=environment.FILES_BUCKET)
    s3.create_bucket(Bucket=environment.AUDIT_ARCHIVE_BUCKET, ObjectLockEnabledForBucket=True)
    os.environ["NEXSTOCK_SEALING_KEY_ARN"] = kms.create_key()["KeyMetadata"]["Arn"]
    at_rest = {purpose: kms.create_key()["KeyMetadata"]["Arn"] for purpose in environment.KEYS_AT_REST}
    os.environ["NEXSTOCK_KEYS_AT_REST"] = ",".join(f"{purpose}={arn}" for purpose, arn in at_rest.items())
    tags = [{"TagKey": "nexstock-signs", "TagValue": environment.CHECKPOINT_KEY_TAG}]
    checkpoint_key = kms.create_key(KeySpec="ECC_NIST_EDWARDS25519", KeyUsage="SIGN_VERIFY", Tags=tags)["KeyMetadata"]
    os.environ["NEXSTOCK_CHECKPOINT_KEY_ARN"] = checkpoint_key["Arn"]


def _await_port(process: subprocess.Popen[bytes], port: int) -> None:
    ends_at = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < ends_at:
        if process.poll() is not None:
            message = f"the server ended with {process.returncode} before it listened"
            raise RuntimeError(message)
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.2):
            return
        time.sleep(0.02)
    message = f"nothing listens on port {port} after {_START_LIMIT_S:.0f} s"
    raise TimeoutError(message)
