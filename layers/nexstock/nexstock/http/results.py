"""What a handler returns: a view, with the status and headers that the contract gives it."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Generic, Protocol, TypeVar

from aws_lambda_powertools.event_handler import Response

from nexstock.http.schemas import View


class VersionedView(Protocol):
    """A view of something that has an ETag."""

    @property
    def version(self) -> int:
        """Counts changes, from 1."""


V = TypeVar("V", bound=View)
W = TypeVar("W", bound=VersionedView)
_JSON = "application/json"


class ListView(View, Generic[V]):
    """A page of a list, and the cursor of the next one (null: this was the last)."""

    items: Sequence[V]
    next: str | None


def created(view: W, *, location: str) -> Response[W]:
    """Return 201 with `Location` and `ETag`."""
    headers = {"Location": location, "ETag": etag(view.version)}
    return Response(HTTPStatus.CREATED, _JSON, view, headers)


def shown(view: W) -> Response[W]:
    """Return 200 with `ETag`."""
    return Response(HTTPStatus.OK, _JSON, view, {"ETag": etag(view.version)})


def answered(view: V, *, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response[V]:
    """Return a view that has no ETag."""
    return Response(status, _JSON, view, dict(headers or {}))


def no_content(headers: Mapping[str, str] | None = None) -> Response[None]:
    """Return 204."""
    return Response(HTTPStatus.NO_CONTENT, None, None, dict(headers or {}))


def etag(version: int) -> str:
    """Return the strong entity tag of a version (RFC 9110, 8.8.3)."""
    return f'"{version}"'
