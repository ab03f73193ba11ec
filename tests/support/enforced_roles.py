"""The stack's data and roles, deployed to an endpoint that enforces policies."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nexstock.audit import archive
from nexstock.files.storage import Area
from tests.conformance.local_endpoint import Credentials, LocalEndpoint, running_endpoint
from tests.support.privileges import ACCESS, has_second_wall, organizations_named
from tests.support.templates import functions, operation_name, template

Clients = dict[str, Any]

WITH_SES, WITH_RESEND, WITHOUT_SECOND_WALL = "ses", "resend", "without-second-wall"
"""The deployments whose roles there are."""
DOMAIN: Final = "mail.nexstock.example"
KEY_OF_RESEND: Final = "/nexstock/resend-api-key"
ORGANIZATION: Final = "org_01JD0000000000000000000000"
ANOTHER_ORGANIZATION: Final = "org_01JD0000000000000000000001"
ED25519: Final = {"KeySpec": "ECC_NIST_EDWARDS25519", "KeyUsage": "SIGN_VERIFY"}
SEALED: Final = {
    "secret/password_pepper": ("secret", "password_pepper"),
    "secret/code_hash": ("secret", "code_hash"),
    "secret/cursor_mac": ("secret", "cursor_mac"),
    "secret/blind_index": ("secret", "blind_index"),
    "signing_key/*": ("signing_key", "kid"),
    "webhook_endpoint/*": ("webhook_endpoint", "whe_01JD0000000000000000000000"),
    "totp/*": ("totp", "usr_01JD0000000000000000000000"),
    "customer/*": ("customer", "cus_01JD0000000000000000000000"),
}
_OF_THE_PLATFORM: Final = frozenset({"secret", "signing_key", "totp"})


@dataclass(frozen=True)
class Stack:
    """The deployed data and roles: outputs of both templates, and a ciphertext for each kind of sealed value.

    `spare_key` signs checkpoints too, and may be disabled.

    The roles are those of a deployment with SES; of one with Resend; and of one without the second wall.
    """

    endpoint: LocalEndpoint
    outputs: dict[str, str]
    environments: Mapping[str, str]
    ciphertexts: dict[str, bytes]
    spare_key: str

    def role_arn(self, logical_id: str, *, deployment: str = WITH_SES) -> str:
        """Return the role of a function."""
        return f"{self.role_beginning(deployment)}{operation_name(functions()[logical_id])}"

    def role_beginning(self, deployment: str = WITH_SES) -> str:
        """Return what the ARNs of a deployment's roles begin with."""
        return f"arn:aws:iam::000000000000:role/nexstock-{self.environments[deployment]}-us-east-1-"

    def session_of(
        self, logical_id: str, *, deployment: str = WITH_SES, organization: str | None = ORGANIZATION
    ) -> Credentials:
        """Return credentials with which a function works for an organization; those of Lambda itself without one."""
        arn = self.role_arn(logical_id, deployment=deployment)
        own = _credentials(self.endpoint.client("sts").assume_role(RoleArn=arn, RoleSessionName="lambda"))
        if organization is None or not has_second_wall(logical_id):
            return own
        tags = [{"Key": "organization", "Value": organization}]
        sts = self.endpoint.client("sts", own)
        return _credentials(sts.assume_role(RoleArn=arn, RoleSessionName="probe", Tags=tags))

    def clients_of(
        self, logical_id: str, *, deployment: str = WITH_SES, organization: str | None = ORGANIZATION
    ) -> Clients:
        """Return clients that have those credentials."""
        session = self.session_of(logical_id, deployment=deployment, organization=organization)
        services = ("dynamodb", "sqs", "kms", "s3", "sesv2", "ssm", "resourcegroupstaggingapi", "sts")
        return {service: self.endpoint.client(service, session) for service in services}


def context_of(place: str, organization: str = ORGANIZATION) -> dict[str, str]:
    """Return the encryption context of what is sealed for a place, of an organization's or of the platform's own."""
    kind, sealed_id = SEALED[place]
    owner = "platform" if kind in _OF_THE_PLATFORM else organization
    return {"organization": owner, "kind": kind, "id": sealed_id, "field": "secret"}


@contextlib.contextmanager
def enforcing_stack(folder: Path) -> Iterator[Stack]:
    """Deploy tables, queues, keys and roles to an endpoint that enforces policies."""
    with running_endpoint(folder, NEXSTOCK_LOCAL_AUTH="1") as endpoint:
        outputs = endpoint.deploy(
            "data",
            json.dumps(template("infra/data.yaml")),
            Environment="local",
            AllowedOrigin="https://app.nexstock.example",
            KmsRotationDays="365",
            KeyBackupDays="7",
        )
        # Roles have names, so that the deployments are of different environments.
        environments = {WITH_SES: "local", WITH_RESEND: "staging", WITHOUT_SECOND_WALL: "open"}
        for deployment, environment in environments.items():
            _deploy_roles(endpoint, outputs, deployment, environment)
        endpoint.client("ssm").put_parameter(Name=KEY_OF_RESEND, Type="SecureString", Value="re_probe")
        endpoint.client("sesv2").create_email_identity(EmailIdentity=DOMAIN)
        for bucket, areas in (("FilesBucket", Area), ("AuditArchiveBucket", archive.Area)):
            for area in areas:
                endpoint.client("s3").put_object(Bucket=outputs[bucket], Key=f"{area}/{ORGANIZATION}/probe", Body=b"x")
        tags = [{"TagKey": "nexstock-signs", "TagValue": outputs["CheckpointKeyTag"]}]
        spare = endpoint.client("kms").create_key(Tags=tags, **ED25519)["KeyMetadata"]["Arn"]
        yield Stack(endpoint, outputs, environments, _sealed(endpoint, outputs), spare)


def _deploy_roles(endpoint: LocalEndpoint, outputs: dict[str, str], deployment: str, environment: str) -> None:
    named_by_the_session, any_organization = organizations_named()
    parameters = {
        **outputs,
        "Environment": environment,
        "MailProvider": "resend" if deployment == WITH_RESEND else "ses",
        "MailIdentityArn": f"arn:aws:ses:us-east-1:000000000000:identity/{DOMAIN}",
        "ResendApiKeyParameterArn": f"arn:aws:ssm:us-east-1:000000000000:parameter{KEY_OF_RESEND}",
        "PrivateNetwork": "false",
        "Organization": any_organization if deployment == WITHOUT_SECOND_WALL else named_by_the_session,
    }
    wanted = {name: parameters[name] for name in template(ACCESS)["Parameters"]}
    endpoint.deploy(f"access-{deployment}", json.dumps(template(ACCESS)), **wanted)


def _credentials(assumed: Any) -> Credentials:  # noqa: ANN401 (an answer of AWS)
    found = assumed["Credentials"]
    return found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]


def _sealed(endpoint: LocalEndpoint, outputs: dict[str, str]) -> dict[str, bytes]:
    kms = endpoint.client("kms")
    return {
        place: kms.generate_data_key(
            KeyId=outputs["SealingKeyArn"], KeySpec="AES_256", EncryptionContext=context_of(place)
        )["CiphertextBlob"]
        for place in SEALED
    }
