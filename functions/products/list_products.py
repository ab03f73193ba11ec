"""GET /v1/products: list the products, newest first, or those that filters admit."""

from dataclasses import astuple
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.filters import SearchParam, UpdatedSinceParam
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.persistence.cursors import Cursors
from nexstock.products.filters import ProductFilter
from nexstock.products.repository import ProductRepository
from nexstock.products.schemas import Barcode, Category, ProductView, Sku

app = Api()

SkuParam = Annotated[Sku | None, Query(description="Only the product with this SKU.")]
BarcodeParam = Annotated[Barcode | None, Query(description="Only the product with this barcode.")]
CategoryParam = Annotated[Category | None, Query(description="Only those of this category.")]
ArchivedParam = Annotated[bool | None, Query(description="Only those that are archived, or that are not.")]


@app.get("/v1/products", requires=Permission.PRODUCTS_READ)
def list_products(  # noqa: PLR0913 (the parameters of the route)
    caller: CallerDep,
    limit: LimitParam = 25,
    cursor: CursorParam = None,
    sku: SkuParam = None,
    barcode: BarcodeParam = None,
    category: CategoryParam = None,
    updated_since: UpdatedSinceParam = None,
    search: SearchParam = None,
    archived: ArchivedParam = None,
) -> Response[ListView[ProductView]]:
    """List products.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    wanted = ProductFilter(
        sku=sku, barcode=barcode, category=category, updated_since=updated_since, search=search, archived=archived
    )
    repository = ProductRepository(caller.tenant)
    return listed(
        ListView[ProductView],
        ProductView.of,
        lambda after: repository.list_page(wanted, limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path, *astuple(wanted)),
        cursor=cursor,
    )


handler = app.handler
