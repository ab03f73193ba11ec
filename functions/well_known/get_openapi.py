"""GET /v1/openapi.json: the OpenAPI 3.1 document of this API, made from the code by `make openapi`."""

from pathlib import Path
from typing import Final

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api

_DOCUMENT: Final = (Path(__file__).parent / "openapi.json").read_text()

app = Api()


@app.get("/v1/openapi.json", requires=Access.PUBLIC)
def get_openapi() -> Response[str]:
    """Read the OpenAPI document."""
    return Response(200, "application/json", _DOCUMENT)


handler = app.handler
