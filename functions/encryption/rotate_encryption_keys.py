"""POST /v1/encryption/rotate: have every data key of the organization replaced, in the background."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.encryption import requests
from nexstock.encryption.schemas import RotationView
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import answered
from nexstock.queues import send

app = Api()


@app.post("/v1/encryption/rotate", requires=Permission.ENCRYPTION_ADMIN, answers=HTTPStatus.ACCEPTED)
def rotate_encryption_keys(caller: CallerDep) -> Response[RotationView]:
    """Rotate the organization's data keys; `GET /v1/encryption/keys` shows how far it has come.

    Raises:
        RotationRunning: they are being replaced already (409).
    """
    requested_at = requests.request_rotation(caller=caller, send=send)
    return answered(RotationView(requested_at=requested_at), status=HTTPStatus.ACCEPTED)


handler = app.handler
