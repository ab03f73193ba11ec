"""The second wall between organizations, with the first one taken out.

Handlers run here as deployed, on an endpoint that enforces their roles, and with a data-access layer that builds every
key for another organization, as a mistake in it might. Without the wall they would give away what that one owns, which
is shown as well.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest

from nexstock.auth.permissions import Role
from nexstock.auth.principals import Actor, ActorType, Principal
from nexstock.ids import OrganizationId, SessionId, UserId
from nexstock.observability import Metric
from tests.support.enforced_roles import ANOTHER_ORGANIZATION, ORGANIZATION, WITH_SES, WITHOUT_SECOND_WALL, Stack
from tests.support.events import Json, api_event
from tests.support.journeys.isolated import IsolatedFunction, Outcome
from tests.support.templates import functions, operation_name, route_of

_USER: Final = UserId("usr_01JD0000000000000000000000")
_PRELUDE: Final = "tests.support.without_own_check"
_PRODUCT: Final = {"sku": "ANVIL-1", "name": "Anvil", "unit": "each", "price": {"amount": 100, "currency": "EUR"}}
_WAREHOUSE: Final = {"name": "Quayside", "code": "QUAY"}


@dataclass(frozen=True)
class Belongings:
    """What the organization owns that another one reaches for."""

    product: str
    spare_product: str
    warehouse: str


@dataclass(frozen=True)
class Reach:
    """A request that reaches for them, and the call of DynamoDB by which it would get at them."""

    function: str
    operation: str
    path: Callable[[Belongings], Mapping[str, str]] = lambda _belongings: {}
    body: Callable[[Belongings], Any] = lambda _belongings: None
    query: Mapping[str, str] | None = None


REACHES: Final = [
    Reach("GetProductFunction", "GetItem", path=lambda of: {"product_id": of.product}),
    Reach("ListProductsFunction", "Query"),
    Reach("ListMovementsFunction", "Query", query={"productId": "prd_01JD0000000000000000000000"}),
    Reach("ListStockFunction", "Query"),
    Reach("CreateWarehouseFunction", "TransactWriteItems", body=lambda _of: {**_WAREHOUSE, "code": "NEW"}),
    Reach(
        "CreateOrderFunction",
        "BatchGetItem",
        body=lambda of: {"warehouseId": of.warehouse, "lines": [{"productId": of.product, "quantity": 1}]},
    ),
    Reach("DeleteProductFunction", "GetItem", path=lambda of: {"product_id": of.spare_product}),
]


@pytest.fixture(scope="module")
def belongings(stack: Stack) -> Belongings:
    """Have the organization make a product and a warehouse, with all walls up."""
    # Of its partition, where the one that asks then looks for itself.
    key = {"PK": {"S": f"ORG#{ORGANIZATION}#ORGANIZATION"}, "SK": {"S": ANOTHER_ORGANIZATION}}
    organization = {**key, "kind": {"S": "ORGANIZATION"}, "currency": {"S": "EUR"}}
    stack.endpoint.client("dynamodb").put_item(TableName=stack.outputs["TenantsTable"], Item=organization)
    return Belongings(
        product=_made(stack, "CreateProductFunction", _PRODUCT),
        spare_product=_made(stack, "CreateProductFunction", {**_PRODUCT, "sku": "ANVIL-2"}),
        warehouse=_made(stack, "CreateWarehouseFunction", _WAREHOUSE),
    )


def _made(stack: Stack, function: str, body: Json) -> str:
    made: str = _requested(stack, function, ORGANIZATION, body=body)[0].json["id"]
    return made


@pytest.mark.asvs("8.4.1")
@pytest.mark.parametrize("reach", REACHES, ids=lambda reach: reach.function)
def test_another_organizations_items_are_refused_though_the_layer_asks_for_them(
    reach: Reach, stack: Stack, belongings: Belongings
) -> None:
    before = _stored(stack)
    outcome, log = _reached(stack, reach, belongings, with_wall=True)
    assert outcome.status == 500
    assert Metric.ORGANIZATION_REFUSED.label in log
    assert [call.operation for call in outcome.calls if call.service == "dynamodb"][-1] == reach.operation
    assert _stored(stack) == before


@pytest.mark.parametrize("reach", REACHES, ids=lambda reach: reach.function)
def test_without_the_wall_the_same_mistake_gives_them_away(reach: Reach, stack: Stack, belongings: Belongings) -> None:
    assert _reached(stack, reach, belongings, with_wall=False)[0].status in {200, 201, 204}


def _reached(stack: Stack, reach: Reach, belongings: Belongings, *, with_wall: bool) -> tuple[Outcome, str]:
    return _requested(
        stack,
        reach.function,
        ANOTHER_ORGANIZATION,
        path=reach.path(belongings),
        body=reach.body(belongings),
        query=reach.query,
        victim=ORGANIZATION,
        with_wall=with_wall,
    )


def _requested(  # noqa: PLR0913 (the parts of a request)
    stack: Stack,
    function: str,
    organization: str,
    *,
    path: Mapping[str, str] | None = None,
    body: Any = None,  # noqa: ANN401 (any JSON value)
    query: Mapping[str, str] | None = None,
    victim: str | None = None,
    with_wall: bool = True,
) -> tuple[Outcome, str]:
    """Return what came of a request, and what its function printed."""
    route = route_of(functions()[function])
    assert route is not None
    method, resource = route
    event = api_event(
        method,
        resource.format(**(path or {})),
        resource=resource,
        path_parameters=path,
        query=query,
        body=body,
        authorizer=_owner_of(organization),
    )
    variables = _variables(stack, function, with_wall=with_wall)
    if victim:
        variables["NEXSTOCK_TEST_VICTIM"] = victim
    with IsolatedFunction(function, variables, prelude=_PRELUDE if victim else None) as isolated:
        return isolated.invoke(event), isolated.log


def _owner_of(organization: str) -> dict[str, str]:
    return Principal(
        organization_id=OrganizationId(organization),
        actor=Actor(ActorType.USER, _USER, "Somebody"),
        role=Role.OWNER,
        user_id=_USER,
        session_id=SessionId("ses_01JD0000000000000000000000"),
    ).to_context()


def _variables(stack: Stack, function: str, *, with_wall: bool) -> dict[str, str]:
    deployment = WITH_SES if with_wall else WITHOUT_SECOND_WALL
    key_id, secret, token = stack.session_of(function, deployment=deployment, organization=None)
    assert token is not None
    operation = operation_name(functions()[function])
    return {
        "AWS_ENDPOINT_URL": stack.endpoint.url,
        "AWS_ENDPOINT_URL_DYNAMODB": stack.endpoint.url,
        "AWS_ACCESS_KEY_ID": key_id,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_SESSION_TOKEN": token,
        "AWS_LAMBDA_FUNCTION_NAME": f"nexstock-{stack.environments[deployment]}-{operation}",
        "NEXSTOCK_ORGANIZATION_SESSIONS": stack.role_beginning(deployment) if with_wall else "off",
        "NEXSTOCK_SEALING_KEY_ARN": stack.outputs["SealingKeyArn"],
        **{
            f"NEXSTOCK_TABLE_{table.upper()}": stack.outputs[f"{table}Table"]
            for table in ("Tenants", "Identity", "Audit", "Deliveries", "Keys", "Ephemeral")
        },
    }


def _stored(stack: Stack) -> list[Json]:
    items: list[Json] = stack.endpoint.client("dynamodb").scan(TableName=stack.outputs["TenantsTable"])["Items"]
    return sorted(items, key=str)
