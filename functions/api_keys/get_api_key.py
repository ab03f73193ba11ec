"""GET /v1/api-keys/{api_key_id}: read what is known of one API key."""

from aws_lambda_powertools.event_handler import Response

from nexstock.api_keys.repository import ApiKeyRepository
from nexstock.api_keys.schemas import ApiKeyView
from nexstock.api_keys.verifiers import last_uses
from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown

app = Api()


@app.get("/v1/api-keys/{api_key_id}", requires=Permission.API_KEYS_ADMIN)
def get_api_key(api_key_id: str, caller: CallerDep) -> Response[ApiKeyView]:
    """Read an API key's metadata and its last use.

    Raises:
        NotFound: no such key here, or it is revoked (404).
    """
    api_key = ApiKeyRepository(caller.tenant).get(api_key_id)
    return shown(ApiKeyView.of_used(api_key, *last_uses([api_key.id])))


handler = app.handler
