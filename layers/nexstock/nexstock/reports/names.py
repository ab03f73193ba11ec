"""What reports call products and warehouses: those that are still there by name, the others by their ids alone."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol, TypeVar

from nexstock.resources.model import Resource

_MOST_AT_ONCE: Final = 100
"""AWS: BatchGetItem."""

R_co = TypeVar("R_co", bound=Resource, covariant=True)
R = TypeVar("R", bound=Resource)


class Present(Protocol[R_co]):
    """The resources of one kind of one organization, as far as they are named."""

    def get_many(self, sort_keys: Sequence[str]) -> Sequence[R_co]:
        """Return those of up to 100 that are here and not deleted."""


def by_id(resources: Present[R], ids: Iterable[str]) -> Mapping[str, R]:
    """Return those that are here and not deleted, by their ids."""
    wanted = list(dict.fromkeys(ids))
    chunks = [wanted[begin : begin + _MOST_AT_ONCE] for begin in range(0, len(wanted), _MOST_AT_ONCE)]
    return {resource.id: resource for chunk in chunks for resource in resources.get_many(chunk)}
