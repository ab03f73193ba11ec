"""What all lists share: their parameters, and how a page of them is answered."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from nexstock.http.results import ListView, answered
from nexstock.http.schemas import View
from nexstock.persistence.cursors import Cursors
from nexstock.persistence.tenant_items import Page

LimitParam = Annotated[int, Query(ge=1, le=100, description="How many items a page holds at most.")]
CursorParam = Annotated[str | None, Query(description="`next` of the page before.")]

E = TypeVar("E")
V = TypeVar("V", bound=View)


def listed(
    shape: type[ListView[V]],
    view: Callable[[E], V],
    page_after: Callable[[str | None], Page[E]],
    *,
    cursors: Cursors,
    cursor: str | None,
) -> Response[ListView[V]]:
    """Return the page of a list that a cursor asks for.

    Args:
        shape: the type of the answer.
        view: what is shown of an entity.
        page_after: reads the page that begins after a position; None is where the list begins.
        cursors: those of this list of this organization.
        cursor: what the client sent.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    page = page_after(cursors.open(cursor))
    return answered(shape(items=[view(entity) for entity in page.items], next=cursors.seal(page.last_key)))
