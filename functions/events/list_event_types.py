"""GET /v1/events/types: list the types of events, each with the JSON Schema of its messages and an example."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.results import ListView, answered
from nexstock.http.schemas import View
from nexstock.webhooks import payloads
from nexstock.webhooks.examples import example_of

app = Api()


class EventTypeView(View):
    """A type of event."""

    type: str
    message_schema: dict[str, Any] = Field(alias="schema", description="JSON Schema, draft 2020-12.")
    example: dict[str, Any] = Field(description="A message, valid by the schema.")


@app.get("/v1/events/types", requires=Permission.EVENTS_READ)
def list_event_types() -> Response[ListView[EventTypeView]]:
    """List the types of events, all of them at once."""
    items = [
        EventTypeView(type=name, schema=schema, example=example_of(schema))
        for name, schema in payloads.schemas().items()
    ]
    return answered(ListView[EventTypeView](items=items, next=None))


handler = app.handler
