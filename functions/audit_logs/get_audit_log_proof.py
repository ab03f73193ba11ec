"""GET /v1/audit-logs/{entry_id}/proof: prove that an entry is in the signed log."""

from aws_lambda_powertools.event_handler import Response

from nexstock.audit.checkpoints import log_name
from nexstock.audit.proof_schemas import ProofView
from nexstock.audit.proving import inclusion_proof
from nexstock.audit.repository import AuditRepository
from nexstock.auth.permissions import Permission
from nexstock.crypto.checkpoint_signer import public_keys
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import answered

app = Api()


@app.get("/v1/audit-logs/{entry_id}/proof", requires=Permission.AUDIT_LOGS_ADMIN)
def get_audit_log_proof(entry_id: str, caller: CallerDep) -> Response[ProofView]:
    """Prove that an entry is in the log of the newest checkpoint.

    Raises:
        NotFound: no such entry here (404).
        NotYetSigned: no checkpoint covers it yet (409).
    """
    entry = AuditRepository(caller.tenant).get(entry_id)
    proof = inclusion_proof(caller.tenant, entry)
    return answered(ProofView.of(entry, proof, public_keys(log_name(caller.tenant.organization_id))))


handler = app.handler
