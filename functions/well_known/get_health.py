"""GET /v1/health: whether the API answers, and which version of it."""

from typing import Literal

from aws_lambda_powertools.event_handler import Response

from nexstock import __version__
from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.results import answered
from nexstock.http.schemas import View

app = Api()


class HealthView(View):
    """The API is there; the rate limit before this answer took one write of the database."""

    status: Literal["ok"] = "ok"
    version: str


@app.get("/v1/health", requires=Access.PUBLIC)
def get_health() -> Response[HealthView]:
    """Tell that the API answers."""
    return answered(HealthView(version=__version__))


handler = app.handler
