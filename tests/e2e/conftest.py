"""One deployed platform for the whole suite: the shipped template, by `sam`, on a port and a state of its own."""

from collections.abc import Iterator

import pytest

from infra.local.platform.customer import Customer, loopback_address
from infra.local.platform.stack import Platform, RunningPlatform
from tests.support import name_server
from tests.support.engines import free_port


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """Deploy the platform and stop it when the suite ends."""
    state = tmp_path_factory.mktemp("state")
    name_server.start()
    overrides = {"DnsServers": f"127.0.0.1:{name_server.PORT}"}
    with Platform(port=free_port(), state_dir=state, overrides=overrides) as running:
        yield running


@pytest.fixture
def client(deployed: RunningPlatform) -> Iterator[Customer]:
    """Return an HTTP client of the deployed API, at an address of its own: no test uses up another's rate limit."""
    with Customer(deployed, source=loopback_address()) as opened:
        yield opened
