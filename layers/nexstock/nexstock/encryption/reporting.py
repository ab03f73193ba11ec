"""The rotation report: what an organization shows its auditors, signed by the key of the checkpoints."""

from nexstock.auth.principals import Tenant
from nexstock.clock import Clock, utc_now
from nexstock.config import CryptoSettings, keys_at_rest
from nexstock.crypto.documents import signed_document
from nexstock.crypto.kms_keys import rotation_of
from nexstock.encryption.overview import overview_of
from nexstock.encryption.report_schemas import KmsKeyView, RotationReportView, SignedReportView
from nexstock.encryption.schemas import EncryptionKeysView

_KIND = "rotation-report"


def rotation_report(tenant: Tenant, *, clock: Clock = utc_now) -> SignedReportView:
    """Return the report on every key that concerns the tenant's organization, signed."""
    kms_keys = {"sealing": CryptoSettings.from_env().sealing_key_arn, **keys_at_rest()}
    report = RotationReportView(
        organization_id=tenant.organization_id,
        made_at=clock(),
        keys=EncryptionKeysView.of(overview_of(tenant)),
        kms_keys=[KmsKeyView.of(purpose, rotation_of(arn)) for purpose, arn in kms_keys.items()],
    )
    return SignedReportView(
        report=report, document=signed_document(_KIND, report.model_dump(by_alias=True, mode="json"))
    )
