"""Every integration test runs on the provisioned platform."""

import pytest


@pytest.fixture(autouse=True)
def _provisioned(platform: str) -> None:
    """Have the engines running, with tables, queues, keys and secrets."""
