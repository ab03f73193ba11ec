"""Two organizations for the whole suite: the one that is reached for, and the one that must not reach it."""

from collections.abc import Iterator

import pytest

from tests.support.enforced_roles import Stack, enforcing_stack
from tests.support.people import StaffedOrganization, an_organization


@pytest.fixture(scope="session")
def home(platform: str) -> StaffedOrganization:
    """Return the organization whose resources are reached for."""
    assert platform
    return an_organization(name="Harbour Goods")


@pytest.fixture(scope="session")
def foreign(platform: str) -> StaffedOrganization:
    """Return another organization, with people and keys of every kind."""
    assert platform
    return an_organization(name="Foreign Goods")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Return data and roles on an endpoint that enforces policies."""
    with enforcing_stack(tmp_path_factory.mktemp("enforced")) as deployed:
        yield deployed
