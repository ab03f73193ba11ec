"""The data-access layer without its own check: whichever organization asks, keys are of NEXSTOCK_TEST_VICTIM.

Imported before a handler, in an interpreter of its own (tests/support/journeys/isolated.py), to see what then still
keeps organizations apart. Nothing of a test's own process may import it.
"""

import os

from nexstock.ids import OrganizationId
from nexstock.persistence import keys


def _of_the_victim(organization_id: OrganizationId) -> OrganizationId:
    return OrganizationId(os.environ.get("NEXSTOCK_TEST_VICTIM", organization_id))


# Every partition of an organization's is made with it.
keys._organization = _of_the_victim  # noqa: SLF001 (the check that is taken out)
