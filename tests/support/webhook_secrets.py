"""Webhook endpoints whose secrets were made long ago, and the schedule that sees to them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from nexstock.clock import from_rfc3339, to_rfc3339, utc_now
from nexstock.crypto.envelope import seal
from nexstock.crypto.places import Seal
from nexstock.mail.outbox import Template
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.persistence.tables import connection
from nexstock.webhooks.secret_aging import SecretsAging
from tests.support.environment import table_name
from tests.support.people import StaffedOrganization
from tests.support.receivers import Received
from tests.support.webhooks import Endpoint, an_endpoint

MAX_AGE: Final = timedelta(days=365)
WARNED_AT_AGE: Final = MAX_AGE - timedelta(days=30)
_INSTANTS: Final = ("createdAt", "rotatedAt", "secretWarnedAt", "previousEndsAt", "GSI4SK")


class Mails:
    """Stands in for the queue of mails."""

    def __init__(self) -> None:
        self.sent: list[tuple[Template, str, Mapping[str, str]]] = []

    def __call__(self, template: Template, *, to: str, values: Mapping[str, str], now: datetime) -> None:
        """Keep a mail."""
        assert now.tzinfo is not None
        self.sent.append((template, to, values))

    def to(self, address: str) -> list[Template]:
        """Return which mails an address was sent, in their order."""
        return [template for template, to, _values in self.sent if to == address]


def an_aged_endpoint(organization: StaffedOrganization, url: str, *events: str, age: timedelta) -> Endpoint:
    """Register an endpoint whose secret was made some time ago."""
    endpoint = an_endpoint(organization, url, *events)
    grow_older(organization, endpoint.id, age)
    return endpoint


def grow_older(organization: StaffedOrganization, endpoint_id: str, by: timedelta) -> None:
    """Have all that an endpoint remembers have happened earlier than it did."""
    client: Any = connection().client
    key = {"PK": {"S": tenant_partition(organization.id, Kind.WEBHOOK_ENDPOINT)}, "SK": {"S": endpoint_id}}
    item = client.get_item(TableName=table_name("tenants"), Key=key, ConsistentRead=True)["Item"]
    earlier = {name: {"S": to_rfc3339(from_rfc3339(item[name]["S"]) - by)} for name in _INSTANTS if name in item}
    client.put_item(TableName=table_name("tenants"), Item={**item, **earlier})


def see_to_secrets(
    mails: Mails | None = None, *, seal: Seal = seal, at: datetime | None = None, max_age: timedelta = MAX_AGE
) -> Mails:
    """Have the schedule do what is due, and return the mails."""
    posted = mails or Mails()
    SecretsAging(posted, seal, max_age, at or utc_now()).run()
    return posted


def a_replaced_endpoint(organization: StaffedOrganization, url: str = "http://127.0.0.1:1/", *events: str) -> Endpoint:
    """Register an endpoint whose secret the platform has replaced; `secret` is the one before."""
    endpoint = an_aged_endpoint(organization, url, *events, age=WARNED_AT_AGE)
    see_to_secrets()
    grow_older(organization, endpoint.id, MAX_AGE - WARNED_AT_AGE)
    see_to_secrets()
    return endpoint


def verifies(secret: str, request: Received) -> bool:
    """Tell whether a receiver that has a secret takes a request for ours."""
    try:
        Webhook(secret).verify(request.body, {**request.headers})
    except WebhookVerificationError:
        return False
    return True
