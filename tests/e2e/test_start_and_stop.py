"""Starting and stopping the platform on a person's machine: found again, repaired, never in another program's way."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.platform.deployment import STACK, client
from infra.local.platform.endpoint import Endpoint
from infra.local.platform.faults import PlatformFault
from infra.local.platform.stack import Platform
from tests.support.engines import free_port

_UNDEPLOYABLE = """
Resources:
  Refused: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: none, Timeout: "1", Count: 1}}
"""


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Endpoint]:
    """Return an endpoint that is not started, and stop it if the test did not."""
    made = Endpoint(free_port(), tmp_path / "state")
    yield made
    made.stop()


def test_a_running_endpoint_is_found_again_and_not_started_twice(endpoint: Endpoint) -> None:
    assert endpoint.start()
    another_command = Endpoint(endpoint.port, endpoint.state)
    assert another_command.pid() == endpoint.pid()
    assert not another_command.start()


def test_an_endpoint_with_other_settings_is_replaced(endpoint: Endpoint) -> None:
    endpoint.start()
    before = endpoint.pid()
    strict = Endpoint(endpoint.port, endpoint.state, enforces_policies=True)
    assert strict.start()
    assert strict.pid() != before
    strict.stop()


def test_a_killed_endpoint_is_not_taken_for_a_running_one(endpoint: Endpoint) -> None:
    endpoint.start()
    killed = endpoint.pid()
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    os.waitpid(killed, 0)
    assert endpoint.pid() is None
    assert endpoint.start()
    assert endpoint.answers()


def test_state_outlives_a_stop(endpoint: Endpoint) -> None:
    endpoint.start()
    client(endpoint, "sqs").create_queue(QueueName="kept")
    assert endpoint.stop()
    assert not endpoint.stop()
    endpoint.start()
    assert "/kept" in client(endpoint, "sqs").get_queue_url(QueueName="kept")["QueueUrl"]


def test_a_taken_port_is_named_together_with_a_way_out(endpoint: Endpoint) -> None:
    with socket.socket() as other_program:
        other_program.bind(("127.0.0.1", endpoint.port))
        other_program.listen()
        with pytest.raises(
            PlatformFault, match=rf"Port {endpoint.port} is in use .* NEXSTOCK_PORT={endpoint.port + 1}"
        ):
            endpoint.start()
    assert endpoint.pid() is None


def test_a_start_removes_what_a_failed_deployment_left_and_the_next_has_nothing_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    platform = Platform(free_port(), tmp_path / "state")
    try:
        platform.endpoint.start()
        cloudformation = client(platform.endpoint, "cloudformation")
        cloudformation.create_stack(StackName=STACK, TemplateBody=_UNDEPLOYABLE)
        cloudformation.get_waiter("stack_exists").wait(StackName=STACK)
        running = platform.start()
        assert "what it left behind is removed" in capsys.readouterr().out
        assert platform.start() == running
        assert "nothing has changed since the last deployment" in capsys.readouterr().out
    finally:
        platform.stop()
