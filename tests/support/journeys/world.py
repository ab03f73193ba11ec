"""What the functions meet on their journeys: organizations, and values that nobody else ever used."""

import contextlib
import json
import os
import secrets
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import boto3

from nexstock.auth.credentials import authenticate
from nexstock.aws import client
from nexstock.clock import utc_now
from tests.support.api import Reply, call
from tests.support.events import api_event
from tests.support.journeys.isolated import IsolatedFunction, Outcome
from tests.support.people import ORIGIN, StaffedOrganization, an_organization
from tests.support.templates import Json, functions, route_of

PATIENT: Final = "violet meadow lantern 42"
"""The beginning of every password here; canaries make each of them unique."""


@dataclass
class World:
    """One organization, and every value that was made up for it or handed out to it.

    Args:
        taking: the address of a server that takes whatever is sent to it.
        failing: the address of a server that answers everything with 500.
        organization: whose people and keys make the requests.
        canaries: the values by what they are; none may ever be seen in a log.
    """

    taking: str
    failing: str
    organization: StaffedOrganization = field(default_factory=an_organization)
    canaries: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Keep what the organization was given."""
        for name, credential in self.organization.credentials.items():
            self.keep(f"credential of {name}", credential)

    def keep(self, label: str, value: str) -> str:
        """Remember a value as a canary and return it."""
        self.canaries[f"{label} #{len(self.canaries)}"] = value
        return value

    def canary(self, label: str) -> str:
        """Return a new value for one field of input."""
        return self.keep(label, f"canary-{secrets.token_hex(8)}")

    def email(self) -> str:
        """Return a new e-mail address."""
        return self.keep("e-mail address", f"canary-{secrets.token_hex(8)}@example.com")

    def password(self) -> str:
        """Return a new password that is acceptable."""
        return self.keep("password", f"{PATIENT} {secrets.token_hex(8)}")

    def registration(self, email: str | None = None) -> Json:
        """Return the body of a registration, every field a canary."""
        return {
            "email": email or self.email(),
            "password": self.password(),
            "name": self.canary("person's name"),
            "organizationName": self.canary("organization's name"),
        }

    def product(self) -> Json:
        """Return the body of a new product, every text a canary."""
        return {
            "sku": self.canary("SKU"),
            "name": self.canary("product's name"),
            "description": self.canary("description"),
            "barcodes": [self.canary("barcode")],
            "category": self.canary("category"),
            "attributes": {self.canary("attribute's name"): self.canary("attribute's value")},
            "price": {"amount": 1999, "currency": "USD"},
        }

    def endpoint(self, receiver: str | None = None) -> Json:
        """Return the body of a new webhook endpoint at a receiver's address."""
        return {
            "url": f"{receiver or self.taking}/{self.canary('path of a URL')}",
            "events": ["product.*"],
            "description": self.canary("description"),
        }

    def made(self, path: str, body: Any, *, key: str | None = None) -> Reply:  # noqa: ANN401 (any JSON value)
        """Return the owner's successful POST, made in this process, under an idempotency key if one is given."""
        headers = {} if key is None else {"Idempotency-Key": key}
        reply = call("POST", path, token=self.organization.owner.token, body=body, headers=headers)
        assert reply.status in {200, 201}, reply.text
        return reply

    def elsewhere(self, path: str, body: Any) -> tuple[StaffedOrganization, Reply]:  # noqa: ANN401 (any JSON value)
        """Return another organization, with what its admin made in this process under an idempotency key.

        So it has keys that the function under observation did not make, and has to open.
        """
        other = an_organization()
        headers = {"Idempotency-Key": self.canary("idempotency key")}
        reply = call("POST", path, token=other.owner.token, body=body, headers=headers)
        assert reply.status == 201, reply.text
        return other, reply

    def changed(self, path: str, body: Any) -> Reply:  # noqa: ANN401 (any JSON value)
        """Return the owner's successful PATCH, made in this process."""
        reply = call("PATCH", path, token=self.organization.owner.token, body=body)
        assert reply.status == 200, reply.text
        return reply

    def removed(self, path: str) -> None:
        """Delete something in this process, as the owner."""
        assert call("DELETE", path, token=self.organization.owner.token).status == 204

    def read(self, path: str) -> Reply:
        """Return the owner's successful GET, made in this process."""
        reply = call("GET", path, token=self.organization.owner.token)
        assert reply.status == 200, reply.text
        return reply

    def registered(self, body: Json) -> str:
        """Register in this process and return the mailed code."""
        with sent_messages() as messages:
            reply = call("POST", "/v1/auth/register", body=body)
        assert reply.status == 202, reply.text
        return self.keep("code", messages[-1]["value_code"])


class Visit:
    """One isolated function, the world around it, and the calls of AWS that it has made so far."""

    def __init__(self, logical_id: str, function: IsolatedFunction, world: World) -> None:
        self.world = world
        self.outcomes: list[Outcome] = []
        self._function = function
        self._route = route_of(functions()[logical_id])

    def invoke(self, event: Json) -> Outcome:
        """Hand the function an event."""
        outcome = self._function.invoke(event)
        self.outcomes.append(outcome)
        return outcome

    def request(  # noqa: PLR0913 (the parts of a request)
        self,
        expected: int,
        *,
        by: str | None = None,
        context: Mapping[str, str] | None = None,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,  # noqa: ANN401 (any JSON value)
    ) -> Outcome:
        """Send a request on the function's own route; it has to be answered with the expected status.

        Args:
            expected: the status.
            by: the name of one of the organization's credentials, which the authorizer has let in.
            context: the authorizer's context, where it was read before a request ended what it stands for.
            path: values of the route's variables.
            query: the query.
            headers: further headers.
            body: a JSON value.
        """
        assert self._route is not None
        method, resource = self._route
        address = resource.format(**(path or {}))
        event = api_event(
            method,
            address,
            resource=resource,
            path_parameters=path,
            query=query,
            headers=headers,
            body=body,
            authorizer=context or (self.context_of(by) if by else None),
        )
        outcome = self.invoke(event)
        assert outcome.status == expected, outcome.answer
        return outcome

    def context_of(self, name: str) -> dict[str, str]:
        """Return what the authorizer says of one of the organization's credentials."""
        return self.context_of_token(self.world.organization.credentials[name])

    def context_of_token(self, token: str) -> dict[str, str]:
        """Return what the authorizer says of a credential."""
        return authenticate(token, utc_now(), ORIGIN.ip).to_context()


@contextlib.contextmanager
def sent_messages() -> Iterator[list[Json]]:
    """Collect what this process puts on queues within the block."""
    messages: list[Json] = []

    def note(params: dict[str, Any], **_rest: Any) -> None:  # noqa: ANN401 (botocore's hook)
        messages.append(json.loads(params["MessageBody"]))

    events = client("sqs").meta.events
    events.register("before-parameter-build.sqs.SendMessage", note)
    try:
        yield messages
    finally:
        events.unregister("before-parameter-build.sqs.SendMessage", note)


def stored_item(table: str, pk: str, sk: str) -> Json:
    """Return an item as a stream record has it: typed values, binary ones as base64 text."""
    tables = boto3.client("dynamodb", endpoint_url=os.environ["AWS_ENDPOINT_URL_DYNAMODB"])
    found = tables.get_item(TableName=table, Key={"PK": {"S": pk}, "SK": {"S": sk}}, ConsistentRead=True)
    item: Json = found["Item"]
    return {name: _as_in_a_stream(value) for name, value in item.items()}


def _as_in_a_stream(value: Json) -> Json:
    return {"B": b64encode(value["B"]).decode()} if "B" in value else value
