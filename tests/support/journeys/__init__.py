"""What every function goes through in the tests: its work, and every way in which it refuses.

Each is run once in a test process, by whichever suite asks for it first; what the function imported, called and printed
is then what the suites judge.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, Self

import boto3
import pytest

from tests.support.environment import table_name
from tests.support.journeys import (
    account,
    audit,
    catalogue,
    checkpoints,
    credentials,
    deliveries,
    encryption,
    erasure,
    exchange,
    identity,
    keys,
    orders,
    organizations,
    platform,
    purchasing,
    reports,
    rotations,
    second_factors,
    single_sign_on,
    stock,
    webhooks,
)
from tests.support.journeys.isolated import AwsCall, IsolatedFunction
from tests.support.journeys.world import Visit, World
from tests.support.receivers import answering, receiver

Journey = Callable[[Visit], None]

JOURNEYS: Final[Mapping[str, Journey]] = {
    "AuthorizeRequestFunction": identity.authorize_request,
    "RegisterFunction": identity.register,
    "VerifyEmailFunction": identity.verify_email,
    "ResendCodeFunction": identity.resend_code,
    "LogInFunction": identity.log_in,
    "LogInWithSecondFactorFunction": second_factors.log_in_with_second_factor,
    "PreparePasskeySignInFunction": second_factors.prepare_passkey_sign_in,
    "LogInWithPasskeyFunction": second_factors.log_in_with_passkey,
    "RefreshSessionFunction": identity.refresh_session,
    "LogOutFunction": identity.log_out,
    "ForgotPasswordFunction": account.forgot_password,
    "ResetPasswordFunction": account.reset_password,
    "SwitchOrganizationFunction": account.switch_organization,
    "ChangePasswordFunction": account.change_password,
    "ListSessionsFunction": account.list_sessions,
    "EndSessionFunction": account.end_session,
    "BeginTotpFunction": second_factors.begin_totp,
    "ConfirmTotpFunction": second_factors.confirm_totp,
    "RemoveTotpFunction": second_factors.remove_totp,
    "RenewRecoveryCodesFunction": second_factors.renew_recovery_codes,
    "PreparePasskeyFunction": second_factors.prepare_passkey,
    "CreatePasskeyFunction": second_factors.create_passkey,
    "ListPasskeysFunction": second_factors.list_passkeys,
    "DeletePasskeyFunction": second_factors.delete_passkey,
    "RequestStepUpFunction": account.request_step_up,
    "ConfirmStepUpFunction": account.confirm_step_up,
    "GetAccountFunction": account.get_account,
    "UpdateAccountFunction": account.update_account,
    "ChangeEmailFunction": account.change_email,
    "ConfirmEmailFunction": account.confirm_email,
    "DeleteAccountFunction": account.delete_account,
    "GetOrganizationFunction": organizations.get_organization,
    "UpdateOrganizationFunction": organizations.update_organization,
    "DeleteOrganizationFunction": organizations.delete_organization,
    "CreateOrganizationFunction": organizations.create_organization,
    "TransferOwnershipFunction": organizations.transfer_ownership,
    "ListMembersFunction": organizations.list_members,
    "GetMemberFunction": organizations.get_member,
    "UpdateMemberFunction": organizations.update_member,
    "RemoveMemberFunction": organizations.remove_member,
    "EndMemberSessionsFunction": organizations.end_member_sessions,
    "CreateInvitationFunction": organizations.create_invitation,
    "ListInvitationsFunction": organizations.list_invitations,
    "GetInvitationFunction": organizations.get_invitation,
    "RevokeInvitationFunction": organizations.revoke_invitation,
    "AcceptInvitationFunction": organizations.accept_invitation,
    "RemoveOrganizationFunction": organizations.remove_organization,
    "IssueReceiptFunction": erasure.issue_receipt,
    "CreateSingleSignOnFunction": single_sign_on.create_single_sign_on,
    "GetSingleSignOnFunction": single_sign_on.get_single_sign_on,
    "UpdateSingleSignOnFunction": single_sign_on.update_single_sign_on,
    "DeleteSingleSignOnFunction": single_sign_on.delete_single_sign_on,
    "VerifyDomainFunction": single_sign_on.verify_domain,
    "StartSingleSignOnFunction": single_sign_on.start_single_sign_on,
    "CompleteSingleSignOnFunction": single_sign_on.complete_single_sign_on,
    "CreateProductFunction": catalogue.create_product,
    "GetProductFunction": catalogue.get_product,
    "ListProductsFunction": catalogue.list_products,
    "UpdateProductFunction": catalogue.update_product,
    "DeleteProductFunction": stock.delete_stocked_product,
    "RestoreProductFunction": catalogue.restore_product,
    "ImportProductsFunction": exchange.import_products,
    "ExportProductsFunction": exchange.export_products,
    "ExportStockFunction": exchange.export_stock,
    "CreateImportFunction": exchange.create_import,
    "ListImportsFunction": exchange.list_imports,
    "GetImportFunction": exchange.get_import,
    "StartImportFunction": exchange.start_import,
    "CancelImportFunction": exchange.cancel_import,
    "ProcessImportFunction": exchange.process_import,
    "ExportOrganizationFunction": exchange.export_organization,
    "MakeExportFunction": exchange.make_export,
    "CreateWarehouseFunction": catalogue.WAREHOUSES.create,
    "GetWarehouseFunction": catalogue.WAREHOUSES.get,
    "ListWarehousesFunction": catalogue.WAREHOUSES.list,
    "UpdateWarehouseFunction": catalogue.WAREHOUSES.update,
    "DeleteWarehouseFunction": stock.delete_stocked_warehouse,
    "RestoreWarehouseFunction": catalogue.WAREHOUSES.restore,
    "ListStockFunction": stock.list_stock,
    "AdjustStockFunction": stock.adjust_stock,
    "ListMovementsFunction": stock.list_movements,
    "ListLotsFunction": stock.list_lots,
    "ListSerialNumbersFunction": stock.list_serial_numbers,
    "ReconcileStockFunction": stock.reconcile_stock,
    "RepairStockFunction": stock.repair_stock,
    "CreateOrderFunction": orders.create_order,
    "GetOrderFunction": orders.get_order,
    "ListOrdersFunction": orders.list_orders,
    "UpdateOrderFunction": orders.update_order,
    "ConfirmOrderFunction": orders.confirm_order,
    "CancelOrderFunction": orders.cancel_order,
    "FulfilOrderFunction": orders.fulfil_order,
    "ReturnOrderFunction": orders.return_order,
    "GetStockValuationFunction": reports.get_stock_valuation,
    "ListLowStockFunction": reports.list_low_stock,
    "GetStockTurnsFunction": reports.get_stock_turns,
    "GetSalesFunction": reports.get_sales,
    "CreateSupplierFunction": catalogue.SUPPLIERS.create,
    "GetSupplierFunction": catalogue.SUPPLIERS.get,
    "ListSuppliersFunction": catalogue.SUPPLIERS.list,
    "UpdateSupplierFunction": catalogue.SUPPLIERS.update,
    "DeleteSupplierFunction": catalogue.SUPPLIERS.delete,
    "RestoreSupplierFunction": catalogue.SUPPLIERS.restore,
    "CreateCustomerFunction": catalogue.CUSTOMERS.create,
    "GetCustomerFunction": catalogue.CUSTOMERS.get,
    "ListCustomersFunction": catalogue.CUSTOMERS.list,
    "UpdateCustomerFunction": catalogue.CUSTOMERS.update,
    "DeleteCustomerFunction": catalogue.CUSTOMERS.delete,
    "RestoreCustomerFunction": catalogue.CUSTOMERS.restore,
    "EraseCustomerFunction": erasure.erase_customer,
    "GetCustomerErasureFunction": erasure.get_customer_erasure,
    "ListEventTypesFunction": catalogue.list_event_types,
    "CreateTransferFunction": purchasing.create_transfer,
    "ListTransfersFunction": purchasing.list_transfers,
    "GetTransferFunction": purchasing.get_transfer,
    "ReceiveTransferFunction": purchasing.receive_transfer,
    "CancelTransferFunction": purchasing.cancel_transfer,
    "CreateCountFunction": purchasing.create_count,
    "ListCountsFunction": purchasing.list_counts,
    "GetCountFunction": purchasing.get_count,
    "ListCountLinesFunction": purchasing.list_count_lines,
    "RecordCountLinesFunction": purchasing.record_count_lines,
    "PostCountFunction": purchasing.post_count,
    "CancelCountFunction": purchasing.cancel_count,
    "CreatePurchaseOrderFunction": purchasing.create_purchase_order,
    "ListPurchaseOrdersFunction": purchasing.list_purchase_orders,
    "GetPurchaseOrderFunction": purchasing.get_purchase_order,
    "UpdatePurchaseOrderFunction": purchasing.update_purchase_order,
    "SubmitPurchaseOrderFunction": purchasing.submit_purchase_order,
    "ReceivePurchaseOrderFunction": purchasing.receive_purchase_order,
    "CancelPurchaseOrderFunction": purchasing.cancel_purchase_order,
    "ContinueCountFunction": purchasing.continue_count,
    "CreateApiKeyFunction": credentials.create_api_key,
    "GetApiKeyFunction": credentials.get_api_key,
    "ListApiKeysFunction": credentials.list_api_keys,
    "UpdateApiKeyFunction": credentials.update_api_key,
    "RotateApiKeyFunction": credentials.rotate_api_key,
    "RevokeApiKeyFunction": credentials.revoke_api_key,
    "ListAuditLogsFunction": credentials.list_audit_logs,
    "GetAuditLogFunction": credentials.get_audit_log,
    "GetAuditLogProofFunction": checkpoints.get_audit_log_proof,
    "ListAuditLogCheckpointsFunction": checkpoints.list_audit_log_checkpoints,
    "VerifyAuditLogFunction": checkpoints.verify_audit_log,
    "ExportAuditLogFunction": audit.export_audit_log,
    "CreateWebhookEndpointFunction": webhooks.create_webhook_endpoint,
    "GetWebhookEndpointFunction": webhooks.get_webhook_endpoint,
    "ListWebhookEndpointsFunction": webhooks.list_webhook_endpoints,
    "UpdateWebhookEndpointFunction": webhooks.update_webhook_endpoint,
    "DeleteWebhookEndpointFunction": webhooks.delete_webhook_endpoint,
    "RotateWebhookSecretFunction": deliveries.rotate_webhook_secret,
    "RevealWebhookSecretFunction": rotations.reveal_webhook_secret,
    "PingWebhookEndpointFunction": deliveries.ping_webhook_endpoint,
    "ReplayWebhookEndpointFunction": deliveries.replay_webhook_endpoint,
    "ListWebhookDeliveriesFunction": deliveries.list_webhook_deliveries,
    "GetWebhookDeliveryFunction": deliveries.get_webhook_delivery,
    "RedeliverWebhookFunction": deliveries.redeliver_webhook,
    "GetHealthFunction": platform.public_page,
    "GetOpenapiFunction": platform.public_page,
    "GetJwksFunction": platform.public_page,
    "GetWebhookKeysFunction": platform.get_webhook_keys,
    "GetSecurityTxtFunction": platform.public_page,
    "WriteAuditFunction": platform.write_audit,
    "FanOutWebhooksFunction": webhooks.fan_out_webhooks,
    "FanOutAuditFunction": audit.fan_out_audit,
    "ListEncryptionKeysFunction": encryption.list_encryption_keys,
    "GetRotationReportFunction": encryption.get_rotation_report,
    "RotateEncryptionKeysFunction": encryption.rotate_encryption_keys,
    "RotateDataKeysFunction": encryption.rotate_data_keys,
    "BeginDataKeyRotationsFunction": encryption.begin_data_key_rotations,
    "ReconcileAuditFunction": audit.reconcile_audit,
    "BeginReconciliationFunction": audit.begin_reconciliation,
    "RecordSecurityEventFunction": audit.record_security_event,
    "DeliverWebhookFunction": deliveries.deliver_webhook,
    "ReplayWebhooksFunction": deliveries.replay_webhooks,
    "DisableWebhookEndpointsFunction": deliveries.disable_webhook_endpoints,
    "RotateWebhookSecretsFunction": rotations.rotate_webhook_secrets,
    "RotatePlatformSecretsFunction": rotations.rotate_platform_secrets,
    "ReindexCustomersFunction": rotations.reindex_customers,
    "SendMailFunction": platform.send_mail,
    "MakeCheckpointFunction": checkpoints.make_checkpoint,
    "QueueCheckpointsFunction": checkpoints.queue_checkpoints,
    "QueueOverdueWebhooksFunction": webhooks.queue_overdue_webhooks,
    "ExpireReservationsFunction": orders.expire_reservations,
    "ProvisionKeysFunction": platform.provision_keys,
    "RotateSigningKeysFunction": keys.rotate_signing_keys,
    "RotateCheckpointKeyFunction": keys.rotate_checkpoint_key,
}

waits_for_all: Final = pytest.mark.timeout(900)
"""For a test that asks for every journey: by itself it takes as long as all of them, which is a second for each."""

_KEYS_OF_A_NEW_DEPLOYMENT: Final = table_name("new-keys")
_OVERRIDES: Final = {
    "ProvisionKeysFunction": {"NEXSTOCK_TABLE_KEYS": _KEYS_OF_A_NEW_DEPLOYMENT},
    "RotatePlatformSecretsFunction": {"NEXSTOCK_TABLE_KEYS": rotations.KEYS_OF_AN_OLD_DEPLOYMENT},
    "RotateSigningKeysFunction": {"NEXSTOCK_TABLE_KEYS": keys.TABLE},
    "RotateCheckpointKeyFunction": {"NEXSTOCK_TABLE_KEYS": keys.TABLE},
}


@dataclass(frozen=True)
class Travelled:
    """What one function did on its journey."""

    modules: frozenset[str]
    calls: list[AwsCall]
    log: str
    canaries: Mapping[str, str]

    def and_then(self, other: Self) -> Self:
        """Return both together."""
        # Canaries are numbered within their journey.
        canaries = {**self.canaries, **{f"{name} again": value for name, value in other.canaries.items()}}
        calls, log = [*self.calls, *other.calls], self.log + other.log
        return replace(self, modules=self.modules | other.modules, calls=calls, log=log, canaries=canaries)


@cache
def travelled() -> Mapping[str, Travelled]:
    """Return what every function did on its journey, by logical id; needs the `platform` fixture."""
    for table in (_KEYS_OF_A_NEW_DEPLOYMENT, rotations.KEYS_OF_AN_OLD_DEPLOYMENT, keys.TABLE):
        _create_keys(table)
    _own_mail_domain()
    _store_key_of_resend()
    return _Travels()


class _Travels(Mapping[str, Travelled]):
    """Sends a function on its journey when it is asked for first, so that one function's tests wait for it alone."""

    def __init__(self) -> None:
        self._done: dict[str, Travelled] = {}

    def __getitem__(self, logical_id: str) -> Travelled:
        if logical_id not in self._done:
            self._done[logical_id] = _travel(logical_id, JOURNEYS[logical_id], _OVERRIDES.get(logical_id))
            # A deployment may choose either provider of mails, so its function makes a journey with each.
            if logical_id == "SendMailFunction":
                self._done[logical_id] = self._done[logical_id].and_then(_travel_through_resend(logical_id))
        return self._done[logical_id]

    def __iter__(self) -> Iterator[str]:
        return iter(JOURNEYS)

    def __len__(self) -> int:
        return len(JOURNEYS)


def _travel_through_resend(logical_id: str) -> Travelled:
    with receiver(answering(200, 500, 422)) as resend:
        through_resend = {
            "NEXSTOCK_MAIL_PROVIDER": "resend",
            "NEXSTOCK_RESEND_BASE_URL": f"http://127.0.0.1:{resend.port}",
        }
        return _travel(logical_id, platform.send_mail_through_resend, through_resend)


def _travel(logical_id: str, journey: Journey, overrides: Mapping[str, str] | None) -> Travelled:
    with _receivers() as (taking, failing), IsolatedFunction(logical_id, overrides) as function:
        world = World(taking, failing)
        visit = Visit(logical_id, function, world)
        journey(visit)
        calls = [call for outcome in visit.outcomes for call in outcome.calls]
        return Travelled(function.modules, calls, function.log, world.canaries)


@contextlib.contextmanager
def _receivers() -> Iterator[tuple[str, str]]:
    with receiver(answering(204)) as taking, receiver(answering(500)) as failing:
        yield f"http://127.0.0.1:{taking.port}", f"http://127.0.0.1:{failing.port}"


def _own_mail_domain() -> None:
    mail = boto3.client("sesv2")
    domain = os.environ["NEXSTOCK_MAIL_FROM"].partition("@")[2]
    # Another suite in this process may have been here before.
    with contextlib.suppress(mail.exceptions.AlreadyExistsException):
        mail.create_email_identity(EmailIdentity=domain)


def _store_key_of_resend() -> None:
    name = os.environ["NEXSTOCK_RESEND_API_KEY_PARAMETER"]
    boto3.client("ssm").put_parameter(Name=name, Type="SecureString", Value=platform.KEY_OF_RESEND, Overwrite=True)


def _create_keys(table: str) -> None:
    boto3.client("dynamodb").create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")],
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
    )
