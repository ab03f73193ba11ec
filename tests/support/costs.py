"""What an operation asks of DynamoDB, in calls and capacity units, as docs/access-patterns.md lists it."""

from dataclasses import dataclass
from typing import Any

from tests.support import engines
from tests.support.api import invoke
from tests.support.calls import Recording, recorded_calls
from tests.support.containers import a_container, authorized
from tests.support.people import StaffedOrganization


@dataclass(frozen=True)
class Cost:
    """The calls in their order, and the units of all of them together."""

    operations: list[str]
    read_units: float
    write_units: float


def priced(operations: list[str], read_units: float, write_units: float) -> Cost:
    """Return what is expected."""
    # Without dynoxide the local endpoint counts, which gives a BatchGetItem no units: then only the calls compare.
    if engines.dynoxide_binary() is None:
        return Cost(operations, 0, 0)
    return Cost(operations, read_units, write_units)


def cost_of(recording: Recording) -> Cost:
    """Return what was recorded."""
    return priced(recording.operations, recording.read_units, recording.write_units)


def handler_cost(
    handler: str,
    organization: StaffedOrganization,
    method: str,
    path: str,
    **parts: Any,  # noqa: ANN401 (the parts of an event)
) -> Cost:
    """Return the cost of a handler alone, behind an authorizer that is not counted; `handler` is its module's name."""
    event = authorized(organization.owner.token, method, path, **parts)
    module = a_container(f"functions.{handler}")
    with recorded_calls() as recording:
        reply = invoke(module, event)
    assert reply.status < 400, reply.text
    return cost_of(recording)
