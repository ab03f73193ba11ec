"""POST /v1/api-keys: create an API key; the key itself is in this answer only."""

from aws_lambda_powertools.event_handler import Response

from nexstock.api_keys import service
from nexstock.api_keys.repository import ApiKeyRepository
from nexstock.api_keys.schemas import CreateApiKey, NewApiKeyView
from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import created
from nexstock.idempotency import Keep

app = Api()


@app.post("/v1/api-keys", requires=Permission.API_KEYS_ADMIN, keep=Keep.NOTHING)
def create_api_key(command: CreateApiKey, caller: CallerDep) -> Response[NewApiKeyView]:
    """Create an API key; store it now, it is not shown again.

    Raises:
        InvalidRequest: `expiresAt` is not in the future (422).
        Forbidden: the key would reach further than the key that makes it (403).
    """
    api_key, key = service.create_api_key(command, caller=caller, api_keys=ApiKeyRepository(caller.tenant))
    return created(NewApiKeyView.of_new(api_key, key.text), location=f"/v1/api-keys/{api_key.id}")


handler = app.handler
