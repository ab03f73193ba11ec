"""Handlers that run at the same moment: each in a container of its own, as on Lambda.

A Lambda container serves one request at a time, and so does a handler's application; what runs at the same time
here are copies of the handler's module, over one shared table.
"""

import importlib
import importlib.util
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from functions.authorizer import authorize_request
from tests.support.api import Reply, invoke
from tests.support.events import Context, Json, api_event

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """What one of several actions came to: a value or an exception."""

    value: T | None = None
    error: BaseException | None = None


def a_container(handler: str) -> Any:  # noqa: ANN401 (a handler's module)
    """Load a new copy of a handler's module, e.g. `functions.products.create_product`."""
    # Pydantic looks up the module that names a generic view among those imported.
    importlib.import_module(handler)
    spec = importlib.util.find_spec(handler)
    if spec is None or spec.loader is None:
        message = f"no module {handler}"
        raise LookupError(message)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if (app := getattr(module, "app", None)) is not None:
        app._resolver.__class__ = _OwnEvent  # noqa: SLF001 (what the frame keeps to itself)
    return module


class _OwnEvent(APIGatewayRestResolver):
    """A resolver that keeps the present event to itself.

    Powertools keeps it on a class that all resolvers of a process share, which is right where a process serves one
    request at a time. Here, threads stand for processes.
    """

    def _to_proxy_event(self, event: Json) -> Any:  # noqa: ANN401 (one of Powertools' events)
        self._own_event = super()._to_proxy_event(event)
        return self._own_event

    @property
    def current_event(self) -> Any:  # type: ignore[override]  # noqa: ANN401 (one of Powertools' events)
        """The event of this container's request."""
        return self._own_event


def authorized(token: str, method: str, path: str, **parts: Any) -> Json:  # noqa: ANN401 (parts of an event)
    """Return the event of a request that the authorizer let pass."""
    headers = {**(parts.pop("headers", None) or {}), "Authorization": f"Bearer {token}"}
    event = api_event(method, path, headers=headers, **parts)
    event["methodArn"] = f"arn:aws:execute-api:us-east-1:000000000000:api/live/{method}{path}"
    verdict = authorize_request.handler(event, Context())  # type: ignore[arg-type]
    event["requestContext"]["authorizer"] = verdict["context"]
    return event


def at_once(actions: Sequence[Callable[[], T]]) -> list[Outcome[T]]:
    """Start all actions at one moment, each in a thread, and return what they came to, in their order."""
    unended = TimeoutError("the action did not end")
    outcomes: list[Outcome[T]] = [Outcome(error=unended) for _ in actions]
    start = threading.Barrier(len(actions))

    def run(place: int, action: Callable[[], T]) -> None:
        start.wait(30)
        try:
            outcomes[place] = Outcome(value=action())
        except Exception as error:  # noqa: BLE001 (the outcome is the test's)
            outcomes[place] = Outcome(error=error)

    threads = [threading.Thread(target=run, args=(place, action)) for place, action in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def replies_at_once(handler: str, events: Sequence[Json]) -> list[Reply]:
    """Answer all events at one moment, each in a container of its own."""
    actions = [partial(invoke, a_container(handler), event) for event in events]
    outcomes = at_once(actions)
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    return [outcome.value for outcome in outcomes if outcome.value is not None]
