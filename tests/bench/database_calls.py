"""What a request asks of DynamoDB: its calls and capacity units, the authorizer's included."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from tests.bench.engine import running_engine
from tests.bench.statistics import row
from tests.support.api import call
from tests.support.calls import recorded_calls
from tests.support.people import StaffedOrganization, an_organization
from tests.support.requests import Route, a_body, a_path, a_token, headers_of
from tests.support.templates import is_public, routes

TITLE: Final = "DynamoDB per request, warm, the authorizer included"


def measure() -> Iterator[str]:
    """Tell calls and units of every route."""
    with running_engine() as database:
        yield f"capacity units are those of {database}"
        yield row("", "calls", "RCU", "WCU")
        organization = an_organization()
        for route in sorted(routes(), key=lambda each: (each[1], each[0])):
            yield _figures(route, organization, None)
        organization = an_organization()
        for route in (("GET", "/v1/products/{product_id}"), ("POST", "/v1/products")):
            yield _figures(route, organization, "read_key" if route[0] == "GET" else "write_key")


def _figures(route: Route, organization: StaffedOrganization, key: str | None) -> str:
    # The first request loads keys and secrets, which a warm container has.
    for _ in range(2):
        token = None if is_public(routes()[route]) else a_token(route, organization, key or "owner")
        path, body = a_path(route, organization, token), a_body(route, organization, token)
        headers = headers_of(route, token)
        with recorded_calls() as recording:
            reply = call(route[0], path, token=token, body=body, headers=headers)
        assert reply.status < 300, reply.text
    counted = Counter(recording.operations)
    operations = ", ".join(f"{count} {name}" if count > 1 else name for name, count in counted.items())
    columns = (str(len(recording.calls)), f"{recording.read_units:g}", f"{recording.write_units:g}")
    return row(f"{route[0]} {route[1]}" + (", API key" if key else ""), *columns) + f"   {operations}"
