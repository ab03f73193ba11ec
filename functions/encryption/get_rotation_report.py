"""GET /v1/encryption/rotation-report: a signed statement on every key that concerns the organization."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.encryption.report_schemas import SignedReportView
from nexstock.encryption.reporting import rotation_report
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import answered

app = Api()


@app.get("/v1/encryption/rotation-report", requires=Permission.ENCRYPTION_ADMIN)
def get_rotation_report(caller: CallerDep) -> Response[SignedReportView]:
    """Report on the keys' ages and rotations; `document` verifies offline, with `nexstock-verify document`."""
    return answered(rotation_report(caller.tenant))


handler = app.handler
