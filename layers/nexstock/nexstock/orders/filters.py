"""The filters of the list of orders."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from nexstock.orders.model import OrderStatus

StatusParam = Annotated[OrderStatus | None, Query(description="Only those that have come so far.")]
CustomerParam = Annotated[
    str | None, Query(alias="customerId", max_length=64, description="Only those of this customer.")
]
NumberParam = Annotated[str | None, Query(max_length=20, description="The one with this number, e.g. SO-1001.")]
