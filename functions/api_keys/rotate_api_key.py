"""POST /v1/api-keys/{api_key_id}/rotate: give an API key a new text; that text is in this answer only."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.api_keys import service
from nexstock.api_keys.repository import ApiKeyRepository
from nexstock.api_keys.schemas import NewApiKeyView, RotateApiKey
from nexstock.api_keys.verifiers import last_uses
from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.idempotency import Keep

app = Api()


@app.post(
    "/v1/api-keys/{api_key_id}/rotate",
    requires=Permission.API_KEYS_ADMIN,
    answers=HTTPStatus.OK,
    keep=Keep.NOTHING,
)
def rotate_api_key(api_key_id: str, command: RotateApiKey, caller: CallerDep) -> Response[NewApiKeyView]:
    """Rotate an API key; store the new text now, it is not shown again.

    Raises:
        NotFound: no such key here, or it is revoked (404).
        Forbidden: the key reaches further than the key that rotates it (403).
    """
    api_keys = ApiKeyRepository(caller.tenant)
    api_key, key = service.rotate_api_key(api_key_id, command, caller=caller, api_keys=api_keys)
    return shown(NewApiKeyView.of_new(api_key, key.text, *last_uses([api_key.id])))


handler = app.handler
