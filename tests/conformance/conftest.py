"""One endpoint for all conformance tests; those that need another kind start their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.local_endpoint import LocalEndpoint, running_endpoint

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let these tests, and only these, reach the endpoint on the loopback interface."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEndpoint]:
    """Return the shared endpoint, which enforces no policies and keeps no state."""
    with running_endpoint(tmp_path_factory.mktemp("endpoint")) as running:
        yield running
