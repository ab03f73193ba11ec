"""What a cold start loads: each handler, in an interpreter of its own, keeps to its budget of heavy modules."""

from typing import Final

import pytest

from tests.support.journeys import travelled, waits_for_all
from tests.support.templates import functions

_HEAVY: Final = frozenset(
    {
        "aws_encryption_sdk",
        "aws_lambda_powertools.event_handler",
        "bcrypt",
        "boto3",
        "cryptography",
        "jwt",
        "pydantic",
        "webauthn",
    }
)
"""Each costs tens to hundreds of milliseconds of a cold start, or has no business where it is not named."""

_FRAME: Final = frozenset({"aws_lambda_powertools.event_handler", "pydantic"})
_SEALING: Final = frozenset({"aws_encryption_sdk", "boto3", "cryptography", "bcrypt"})
"""The SDK loads boto3, which nothing of ours does; `cryptography` loads `bcrypt` wherever it finds it."""
_NOTHING: Final = frozenset[str]()

_BUDGETS: Final = {
    "AuthorizeRequestFunction": frozenset({"jwt", "cryptography", "bcrypt"}),
    "RecordSecurityEventFunction": _NOTHING,
    "RotateEncryptionKeysFunction": _FRAME,
    "ListEncryptionKeysFunction": _FRAME,
    "GetRotationReportFunction": _FRAME,
    "BeginDataKeyRotationsFunction": _NOTHING,
    "RotateDataKeysFunction": _SEALING,
    **dict.fromkeys(("ReconcileAuditFunction", "BeginReconciliationFunction"), _NOTHING),
    **dict.fromkeys(("RegisterFunction", "VerifyEmailFunction", "ResendCodeFunction"), _FRAME | _SEALING),
    **dict.fromkeys(("ForgotPasswordFunction", "ResetPasswordFunction", "ChangePasswordFunction"), _FRAME | _SEALING),
    **dict.fromkeys(
        ("RequestStepUpFunction", "ConfirmStepUpFunction", "ChangeEmailFunction", "ConfirmEmailFunction"),
        _FRAME | _SEALING,
    ),
    "AcceptInvitationFunction": _FRAME | _SEALING,
    **dict.fromkeys(("DeleteAccountFunction", "DeleteOrganizationFunction", "CreateInvitationFunction"), _FRAME),
    "RemoveOrganizationFunction": _NOTHING,
    "IssueReceiptFunction": {"pydantic"},
    "EraseCustomerFunction": _FRAME,
    "PostCountFunction": _FRAME,
    "ContinueCountFunction": {"pydantic"},
    **dict.fromkeys(
        ("LogInFunction", "RefreshSessionFunction", "SwitchOrganizationFunction"), _FRAME | _SEALING | {"jwt"}
    ),
    **dict.fromkeys(("BeginTotpFunction", "ConfirmTotpFunction", "RenewRecoveryCodesFunction"), _FRAME | _SEALING),
    "RemoveTotpFunction": _FRAME | _SEALING,
    "DeletePasskeyFunction": _FRAME,
    "CreatePasskeyFunction": _FRAME | _SEALING | {"webauthn"},
    **dict.fromkeys(
        ("LogInWithSecondFactorFunction", "LogInWithPasskeyFunction"), _FRAME | _SEALING | {"jwt", "webauthn"}
    ),
    **dict.fromkeys(
        ("CreateWebhookEndpointFunction", "RotateWebhookSecretFunction", "RevealWebhookSecretFunction"),
        _FRAME | _SEALING,
    ),
    "RotateWebhookSecretsFunction": _SEALING,
    **dict.fromkeys(("RotatePlatformSecretsFunction", "ReindexCustomersFunction"), _SEALING | {"pydantic"}),
    **dict.fromkeys(
        ("PingWebhookEndpointFunction", "ReplayWebhookEndpointFunction", "RedeliverWebhookFunction"), _FRAME
    ),
    **dict.fromkeys(("CreateSingleSignOnFunction", "UpdateSingleSignOnFunction"), _FRAME | _SEALING),
    "CompleteSingleSignOnFunction": _FRAME | _SEALING | {"jwt"},
    **dict.fromkeys(("ImportProductsFunction", "CreateImportFunction", "StartImportFunction"), _FRAME),
    **dict.fromkeys(("ExportProductsFunction", "ExportStockFunction", "ExportOrganizationFunction"), _FRAME),
    "ExportAuditLogFunction": _FRAME,
    "ProcessImportFunction": {"pydantic"},
    "MakeExportFunction": _SEALING | {"pydantic"},
    **dict.fromkeys(
        ("CreateSupplierFunction", "GetSupplierFunction", "UpdateSupplierFunction", "RestoreSupplierFunction"),
        _FRAME | _SEALING,
    ),
    **dict.fromkeys(
        ("CreateCustomerFunction", "GetCustomerFunction", "UpdateCustomerFunction", "RestoreCustomerFunction"),
        _FRAME | _SEALING,
    ),
    **dict.fromkeys(("ListSuppliersFunction", "ListCustomersFunction"), _FRAME | _SEALING),
    "GetWebhookKeysFunction": _FRAME | _SEALING,
    "WriteAuditFunction": _NOTHING,
    "FanOutWebhooksFunction": {"pydantic"},
    "FanOutAuditFunction": {"pydantic"},
    "DeliverWebhookFunction": _SEALING,
    "SendMailFunction": _NOTHING,
    "QueueOverdueWebhooksFunction": _NOTHING,
    **dict.fromkeys(("GetAuditLogProofFunction", "ListAuditLogCheckpointsFunction", "VerifyAuditLogFunction"), _FRAME),
    "MakeCheckpointFunction": _NOTHING,
    "QueueCheckpointsFunction": _NOTHING,
    "ReplayWebhooksFunction": {"pydantic"},
    "DisableWebhookEndpointsFunction": _NOTHING,
    "ExpireReservationsFunction": frozenset({"pydantic"}),
    "ProvisionKeysFunction": _SEALING,
    "RotateSigningKeysFunction": _SEALING,
    "RotateCheckpointKeyFunction": _NOTHING,
}
"""Every other function has the frame alone."""

_SIGNING_IN: Final = frozenset(
    {
        "CompleteSingleSignOnFunction",
        "LogInFunction",
        "LogInWithSecondFactorFunction",
        "LogInWithPasskeyFunction",
        "RefreshSessionFunction",
        "SwitchOrganizationFunction",
    }
)

_OWN: Final = {
    # Hashing passwords and signing tokens are for those who sign people in; opening secrets for few more.
    "nexstock.auth.passwords": _SIGNING_IN
    | {
        "RegisterFunction",
        "VerifyEmailFunction",
        "ResendCodeFunction",
        "ForgotPasswordFunction",
        "ResetPasswordFunction",
        "ChangePasswordFunction",
        "AcceptInvitationFunction",
    },
    "nexstock.auth.token_issuer": _SIGNING_IN,
    "nexstock.crypto.token_signer": _SIGNING_IN,
    "nexstock.crypto.signing_key_making": {"ProvisionKeysFunction", "RotateSigningKeysFunction"},
    "nexstock.crypto.kms_signing_keys": {"ProvisionKeysFunction", "RotateCheckpointKeyFunction"},
    "nexstock.auth.totp": {
        "BeginTotpFunction",
        "ConfirmTotpFunction",
        "RemoveTotpFunction",
        "LogInWithSecondFactorFunction",
        "LogInWithPasskeyFunction",
    },
    # What the provider of mails does, or fails to do, is nothing that an answer could wait for.
    "nexstock.mail.sender": {"SendMailFunction"},
    "nexstock.mail.resend": {"SendMailFunction"},
    "nexstock.mail.ses": {"SendMailFunction"},
    "nexstock.outbound.http_client": {
        "DeliverWebhookFunction",
        "StartSingleSignOnFunction",
        "CompleteSingleSignOnFunction",
    },
    "nexstock.crypto.message_keys": {"DeliverWebhookFunction", "GetWebhookKeysFunction"},
    "nexstock.single_sign_on.id_tokens": {"CompleteSingleSignOnFunction"},
    "nexstock.single_sign_on.dns_records": {"VerifyDomainFunction"},
    "nexstock.audit.chain": {
        "WriteAuditFunction",
        "FanOutAuditFunction",
        "FanOutWebhooksFunction",
        "ReconcileAuditFunction",
        "BeginReconciliationFunction",
        "ListEventTypesFunction",
        "MakeExportFunction",
        "ListAuditLogsFunction",
        "ExportAuditLogFunction",
        "GetAuditLogFunction",
        "GetAuditLogProofFunction",
        "ListAuditLogCheckpointsFunction",
        "VerifyAuditLogFunction",
        "QueueCheckpointsFunction",
        "MakeCheckpointFunction",
        "IssueReceiptFunction",
    },
}


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("logical_id", sorted(functions()))
def test_a_handler_loads_no_heavy_module_outside_its_budget(logical_id: str) -> None:
    # Equal, not below: a budget that became too wide would hide the next module that creeps in.
    assert travelled()[logical_id].modules & _HEAVY == _BUDGETS.get(logical_id, _FRAME)


@waits_for_all
@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("module", sorted(_OWN))
def test_what_handles_secrets_is_loaded_where_it_is_used(module: str) -> None:
    loading = {logical_id for logical_id, each in travelled().items() if module in each.modules}
    assert loading == _OWN[module]


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("logical_id", sorted(functions()))
def test_no_handler_loads_the_tests_or_the_infrastructure(logical_id: str) -> None:
    roots = {module.partition(".")[0] for module in travelled()[logical_id].modules}
    assert not roots & {"tests", "infra", "functions", "pytest", "hypothesis"}
