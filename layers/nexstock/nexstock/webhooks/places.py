"""The lines in which messages of ordered endpoints wait: one for each endpoint and resource.

A place is an item `PLACE#<endpoint>#<resource>#<sequence>` beside the messages, read consistently: an index would show
a place a moment late, and a later message could overtake the earlier one meanwhile.
"""

from dataclasses import dataclass

from pynamodb.attributes import UnicodeAttribute

from nexstock.ids import OrganizationId
from nexstock.persistence import keys
from nexstock.persistence.tables import TABLES, Item


class PlaceItem(Item):
    """A place in line as stored; it is there for as long as its message waits."""

    class Meta:
        """Beside the messages."""

        table_name = TABLES.deliveries

    message_id = UnicodeAttribute(attr_name="id")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands in line.

    `resource` is what it is about, `sequence` the version of it that it tells of.
    """

    endpoint_id: str
    resource: str
    sequence: int

    @property
    def line(self) -> str:
        """What the sort keys of all places in its line begin with."""
        return keys.places_prefix(self.endpoint_id, self.resource)

    @property
    def sort_key(self) -> str:
        """The sort key of the place."""
        return keys.place_sort_key(self.endpoint_id, self.resource, self.sequence)


def is_anyone_ahead(organization_id: OrganizationId, place: Place) -> bool:
    """Tell whether an earlier message stands in the line of a place."""
    earlier = PlaceItem.sk.between(place.line, place.sort_key)
    items, _ = PlaceItem.query_page(keys.organization_partition(organization_id), earlier, limit=1)
    return bool(items) and items[0].sk < place.sort_key


def first_in_line(organization_id: OrganizationId, place: Place) -> str | None:
    """Return the id of the message that stands first in the line of a place; None where nobody stands there."""
    everybody = PlaceItem.sk.startswith(place.line)
    items, _ = PlaceItem.query_page(keys.organization_partition(organization_id), everybody, limit=1)
    return items[0].message_id if items else None
