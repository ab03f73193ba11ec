"""Bursts of changes: stream records of many versions of some products, of an organization that has nothing else."""

from nexstock.clock import utc_now
from nexstock.ids import OrganizationId, new_id
from nexstock.persistence.keys import Kind, tenant_partition
from tests.support.changes import a_record, an_image
from tests.support.records import Record


def an_organization_id() -> OrganizationId:
    """Return the id of an organization that nobody has used yet; its audit log needs no more of it."""
    return OrganizationId(new_id("org", utc_now()))


def a_burst(organization_id: OrganizationId, changes: int, *, products: int = 10, text: str = "Thing") -> list[Record]:
    """Return the records of so many changes, in the order in which they were made; names begin with a text."""
    partition = tenant_partition(organization_id, Kind.PRODUCT)
    ids = [new_id("prd", utc_now()) for _ in range(products)]
    return [
        a_record(
            None,
            an_image(version=number // products + 1, item_id=ids[number % products], name={"S": f"{text} {number}"}),
            partition=partition,
        )
        for number in range(changes)
    ]
