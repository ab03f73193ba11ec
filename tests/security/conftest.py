"""Two organizations for the whole suite: the one that is reached for, and the one that must not reach it."""

import pytest

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
