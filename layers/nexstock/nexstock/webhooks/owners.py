"""Telling an organization's owners what the platform did about one of their webhook endpoints."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from nexstock.auth.principals import system_tenant
from nexstock.ids import OrganizationId
from nexstock.mail.outbox import Template
from nexstock.members.repository import MemberRepository
from nexstock.webhooks.model import WebhookEndpoint


class PostMail(Protocol):
    """Queues a mail."""

    def __call__(self, template: Template, *, to: str, values: Mapping[str, str], now: datetime) -> None:
        """Queue it, unless its address has had too many."""


def tell_owners(  # noqa: PLR0913 (a mail, and what it is about)
    organization_id: OrganizationId,
    endpoint: WebhookEndpoint,
    template: Template,
    values: Mapping[str, str],
    *,
    post: PostMail,
    now: datetime,
) -> None:
    """Mail each owner about an endpoint; the template's values are these, `name`, `host` and `endpoint`."""
    about = {"host": urlsplit(endpoint.url).hostname or "", "endpoint": endpoint.id, **values}
    for owner in MemberRepository(system_tenant(organization_id, "webhooks")).owners():
        post(template, to=owner.email, values={"name": owner.name, **about}, now=now)
