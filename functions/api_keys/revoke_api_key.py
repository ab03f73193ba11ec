"""DELETE /v1/api-keys/{api_key_id}: revoke an API key, for good and at once."""

from aws_lambda_powertools.event_handler import Response

from nexstock.api_keys import service
from nexstock.api_keys.repository import ApiKeyRepository
from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import no_content

app = Api()


@app.delete("/v1/api-keys/{api_key_id}", requires=Permission.API_KEYS_ADMIN)
def revoke_api_key(api_key_id: str, caller: CallerDep, expected: ExpectedVersionDep) -> Response[None]:
    """Revoke an API key; the next request with it is refused.

    Raises:
        NotFound: no such key here, or it is revoked already (404).
        PreconditionFailed: `If-Match` names another version (412).
    """
    service.revoke_api_key(api_key_id, expected=expected, api_keys=ApiKeyRepository(caller.tenant))
    return no_content()


handler = app.handler
