"""What the tests of API keys share."""

from datetime import datetime
from typing import Any

from nexstock.auth.gate import judge
from nexstock.auth.principals import Principal
from tests.support.api import Reply, call
from tests.support.events import api_event
from tests.support.people import StaffedOrganization


def create(organization: StaffedOrganization, *, token: str | None = None, **fields: Any) -> Reply:  # noqa: ANN401
    """Ask for a new key, as the owner unless told otherwise."""
    body = {"name": "Shop", "scope": "write", **fields}
    return call("POST", "/v1/api-keys", token=token or organization.owner.token, body=body)


def patch(
    organization: StaffedOrganization,
    location: str,
    headers: dict[str, str] | None = None,
    **fields: Any,  # noqa: ANN401 (fields of a body)
) -> Reply:
    """Change a key, as the owner."""
    return call("PATCH", location, token=organization.owner.token, body=fields, headers=headers)


def rotate(organization: StaffedOrganization, location: str, **fields: Any) -> Reply:  # noqa: ANN401
    """Give a key a new text, as the owner."""
    return call("POST", f"{location}/rotate", token=organization.owner.token, body=fields)


def shown(organization: StaffedOrganization, location: str) -> Any:  # noqa: ANN401 (any JSON value)
    """Return what is shown of a key."""
    return call("GET", location, token=organization.owner.token).json


def status_with(key: str, *, ip: str = "203.0.113.7") -> int:
    """Return the status of a read with a key."""
    return call("GET", "/v1/products", token=key, ip=ip).status


def judged(key: str, now: datetime, *, ip: str = "203.0.113.7") -> Principal:
    """Return whom the gate takes a key for at an instant."""
    event = {**api_event("GET", "/v1/products", headers={"X-API-Key": key}, ip=ip), "methodArn": "arn"}
    return Principal.from_context(judge(event, now)["context"])
