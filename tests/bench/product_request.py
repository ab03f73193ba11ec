"""A member's request for a product, as the gateway hands it to the handler."""

from dataclasses import dataclass
from typing import Self

from nexstock.auth.credentials import authenticate
from nexstock.auth.principals import Principal
from nexstock.clock import utc_now
from nexstock.ids import ProductId
from tests.support.events import Json, api_event
from tests.support.people import ORIGIN, an_organization
from tests.support.requests import a_product


@dataclass(frozen=True)
class ProductRequest:
    """The event, who asks, and for what."""

    event: Json
    principal: Principal
    product_id: ProductId

    @classmethod
    def make(cls) -> Self:
        """Return a request of a new organization for a product that is there; the engines have to run."""
        organization = an_organization()
        product_id = ProductId(a_product(organization))
        principal = authenticate(organization.member.token, utc_now(), ORIGIN.ip)
        event = api_event(
            "GET",
            f"/v1/products/{product_id}",
            resource="/v1/products/{product_id}",
            path_parameters={"product_id": product_id},
            authorizer=principal.to_context(),
        )
        return cls(event, principal, product_id)
