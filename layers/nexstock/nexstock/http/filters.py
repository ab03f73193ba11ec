"""The filters that several lists share."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import StringConstraints

from nexstock.http.schemas import DayInput, InstantInput, PlainText

_LONGEST_ID = 64
SearchText = Annotated[PlainText, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]

ProductParam = Annotated[
    str | None, Query(alias="productId", max_length=_LONGEST_ID, description="Only those of this product.")
]
WarehouseParam = Annotated[
    str | None, Query(alias="warehouseId", max_length=_LONGEST_ID, description="Only those of this warehouse.")
]
CustomerParam = Annotated[
    str | None, Query(alias="customerId", max_length=_LONGEST_ID, description="Only those of this customer.")
]
SearchParam = Annotated[
    SearchText | None, Query(description="Only those that begin so, by name or number, in whatever case.")
]
SinceParam = Annotated[InstantInput | None, Query(description="Only those made at or after this time.")]
UntilParam = Annotated[InstantInput | None, Query(description="Only those made before this time.")]
UpdatedSinceParam = Annotated[
    InstantInput | None, Query(alias="updatedSince", description="Only those changed at or after this time.")
]
FromParam = Annotated[
    DayInput | None, Query(alias="from", description="Where the report begins; by default 30 days before its end.")
]
ToParam = Annotated[
    DayInput | None,
    Query(alias="to", description="Where it ends; a date is within it, an instant is not. By default now."),
]
