"""What can be asked of the audit log; apart from its views, which others show without a request."""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query

ResourceParam = Annotated[
    str | None, Query(max_length=64, description="Only what happened to resources of this kind, such as `product`.")
]
ResourceIdParam = Annotated[
    str | None, Query(alias="resourceId", max_length=200, description="Only what happened to this resource.")
]
ActorIdParam = Annotated[
    str | None, Query(alias="actorId", max_length=64, description="Only what this person or API key did.")
]
ActionParam = Annotated[str | None, Query(max_length=64, description="Only this action, such as `product.updated`.")]
AuditFormat = Annotated[
    Literal["csv", "jsonl"],
    Query(description="A table, or one entry a line as the API shows it, which is what can be verified."),
]
