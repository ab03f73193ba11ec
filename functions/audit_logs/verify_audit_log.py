"""GET /v1/audit-logs/verification: verify some of the log as it is stored now."""

from aws_lambda_powertools.event_handler import Response

from nexstock.audit.inspection import inspect
from nexstock.audit.proof_schemas import FromSequenceParam, VerificationView
from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import answered

app = Api()


@app.get("/v1/audit-logs/verification", requires=Permission.AUDIT_LOGS_ADMIN)
def verify_audit_log(caller: CallerDep, first: FromSequenceParam = None) -> Response[VerificationView]:
    """Verify up to 500 entries, the newest unless told otherwise, and the newest checkpoints."""
    return answered(VerificationView.of(inspect(caller.tenant, first=first)))


handler = app.handler
