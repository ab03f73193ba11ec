"""The audit log on the wire."""

from typing import Annotated, Any, Self

from aws_lambda_powertools.event_handler.openapi.params import Query

from nexstock.audit.chain import ChainedEntry
from nexstock.http.schemas import View

ResourceParam = Annotated[
    str | None, Query(max_length=64, description="Only what happened to resources of this kind, such as `product`.")
]
ResourceIdParam = Annotated[
    str | None, Query(alias="resourceId", max_length=200, description="Only what happened to this resource.")
]
ActorIdParam = Annotated[
    str | None, Query(alias="actorId", max_length=64, description="Only what this person or API key did.")
]
ActionParam = Annotated[
    str | None, Query(max_length=64, description="Only this action, such as `product.updated`.")
]


class AuditResourceView(View):
    """What was changed."""

    kind: str
    id: str


class AuditActorView(View):
    """Who changed it."""

    type: str
    id: str
    name: str


class AuditDiffView(View):
    """One changed value; `path` is an RFC 6901 pointer into the resource."""

    path: str
    before: Any
    after: Any


class AuditEntryView(View):
    """One entry of the audit log."""

    id: str
    organization_id: str
    sequence: int
    action: str
    resource: AuditResourceView
    actor: AuditActorView
    ip: str
    user_agent: str
    request_id: str
    at: str
    diff: list[AuditDiffView]
    previous_hash: str
    hash: str

    @classmethod
    def of(cls, entry: ChainedEntry) -> Self:
        """Return the view of an entry."""
        return cls.model_validate(entry.fields)
