"""PATCH /v1/api-keys/{api_key_id}: change an API key by a JSON merge patch; it counts from the next request on."""

from aws_lambda_powertools.event_handler import Response

from nexstock.api_keys import service
from nexstock.api_keys.repository import ApiKeyRepository
from nexstock.api_keys.schemas import ApiKeyView, UpdateApiKey
from nexstock.api_keys.verifiers import last_uses
from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown

app = Api()


@app.patch("/v1/api-keys/{api_key_id}", requires=Permission.API_KEYS_ADMIN)
def update_api_key(
    api_key_id: str, patch: UpdateApiKey, caller: CallerDep, expected: ExpectedVersionDep
) -> Response[ApiKeyView]:
    """Update an API key.

    Raises:
        NotFound: no such key here, or it is revoked (404).
        PreconditionFailed: `If-Match` names another version (412).
        InvalidRequest: `expiresAt` is not in the future (422).
        Forbidden: the key reaches further than the key that changes it (403).
    """
    api_keys = ApiKeyRepository(caller.tenant)
    api_key = service.update_api_key(api_key_id, patch, expected=expected, caller=caller, api_keys=api_keys)
    return shown(ApiKeyView.of_used(api_key, *last_uses([api_key.id])))


handler = app.handler
