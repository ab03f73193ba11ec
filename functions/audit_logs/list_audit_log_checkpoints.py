"""GET /v1/audit-logs/checkpoints: list the signed heads of the log, newest first."""

from aws_lambda_powertools.event_handler import Response

from nexstock.audit.checkpoints import CheckpointRepository, log_name
from nexstock.audit.proof_schemas import CheckpointListView, CheckpointView, ConsistencyView, FromSizeParam
from nexstock.audit.proving import consistency_proof
from nexstock.auth.permissions import Permission
from nexstock.crypto.checkpoint_signer import public_keys
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.paging import CursorParam, LimitParam
from nexstock.http.results import answered
from nexstock.persistence.cursors import Cursors

app = Api()


@app.get("/v1/audit-logs/checkpoints", requires=Permission.AUDIT_LOGS_ADMIN)
def list_audit_log_checkpoints(
    caller: CallerDep, limit: LimitParam = 25, cursor: CursorParam = None, from_size: FromSizeParam = None
) -> Response[CheckpointListView]:
    """List checkpoints, and prove that the log only grew.

    Raises:
        InvalidCursor: not a cursor of this list (400).
        InvalidRequest: no checkpoint covers the size to prove from (422).
    """
    organization_id, checkpoints = caller.tenant.organization_id, CheckpointRepository(caller.tenant)
    cursors = Cursors(organization_id, app.operation.path)
    position = cursors.open(cursor)
    page, before = checkpoints.list_newest_first(limit=limit, before=int(position) if position else None)
    proof = None if from_size is None else consistency_proof(caller.tenant, from_size, checkpoints.newest())
    return answered(
        CheckpointListView(
            items=[CheckpointView.of(each) for each in page],
            next=cursors.seal(str(before) if before else None),
            keys=[key.text for key in public_keys(log_name(organization_id))],
            consistency=ConsistencyView.of(proof) if proof else None,
        )
    )


handler = app.handler
