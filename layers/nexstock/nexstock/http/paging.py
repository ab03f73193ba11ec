"""The parameters of every list."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

LimitParam = Annotated[int, Query(ge=1, le=100, description="How many items a page holds at most.")]
CursorParam = Annotated[str | None, Query(description="`next` of the page before.")]
