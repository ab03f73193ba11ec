"""Deliveries of webhooks on the wire."""

from typing import Annotated, Any, Self

from aws_lambda_powertools.event_handler.openapi.params import Query

from nexstock.http.schemas import Instant, View
from nexstock.webhooks.attempts import AttemptResult
from nexstock.webhooks.messages import MessageItem, MessageState

EndpointParam = Annotated[
    str | None, Query(alias="endpointId", max_length=64, description="Only those to this endpoint.")
]
StatusParam = Annotated[MessageState | None, Query(description="Only those of which this has become.")]


class DeliveryView(View):
    """A message for one endpoint, and what became of it."""

    id: str
    endpoint_id: str
    type: str
    status: MessageState
    attempt_count: int
    next_attempt_at: Instant | None
    version: int
    created_at: Instant

    @classmethod
    def of(cls, message: MessageItem) -> Self:
        """Return the view of a message."""
        return cls(**_fields(message))


class AttemptView(View):
    """One try; `status` is null where no answer came, and `failure` then says why."""

    number: int
    at: Instant
    status: int | None
    duration_ms: int
    failure: str | None
    answer: str | None

    @classmethod
    def of(cls, number: int, result: AttemptResult) -> Self:
        """Return the view of an attempt."""
        return cls(
            number=number,
            at=result.at,
            status=result.status or None,
            duration_ms=result.duration_ms,
            failure=result.failure,
            answer=result.answer,
        )


class DeliveryDetailView(DeliveryView):
    """A message with its exact text and every attempt."""

    body: str
    attempts: list[AttemptView]

    @classmethod
    def of_all(cls, message: MessageItem, attempts: list[tuple[int, AttemptResult]]) -> Self:
        """Return the view of a message with its attempts, each with its number."""
        shown = [AttemptView.of(*each) for each in attempts]
        return cls(**_fields(message), body=message.body, attempts=shown)


def _fields(message: MessageItem) -> dict[str, Any]:
    return {
        "id": message.message_id,
        "endpoint_id": message.endpoint_id,
        "type": message.event_type,
        "status": MessageState(message.state),
        "attempt_count": int(message.attempts),
        "next_attempt_at": message.due_at,
        "version": int(message.version),
        "created_at": message.created_at,
    }
