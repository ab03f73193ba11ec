"""GET /v1/encryption/keys: list every key that concerns the organization, its age and its rotation."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.encryption.overview import overview_of
from nexstock.encryption.schemas import EncryptionKeysView
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import answered

app = Api()


@app.get("/v1/encryption/keys", requires=Permission.ENCRYPTION_ADMIN)
def list_encryption_keys(caller: CallerDep) -> Response[EncryptionKeysView]:
    """List the keys: the organization's own, its webhook secrets, and the platform's."""
    return answered(EncryptionKeysView.of(overview_of(caller.tenant)))


handler = app.handler
