"""What the deployment decides, read from the environment once; the only module that looks there.

Each concern is a frozen type of its own, read by the module that needs it, so that a function only has to be
given the settings it uses. A missing or malformed value ends the import with the variable's name.
Names of secrets may stand in the environment; their values never do.
"""

import os
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Address
from typing import Self
from urllib.parse import urlsplit


class ConfigurationError(Exception):
    """An environment variable is missing or malformed; the message names the variable, never its value."""


def _required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        message = f"environment variable {name} is missing"
        raise ConfigurationError(message)
    return value


def _flag(name: str) -> bool:
    value = _required(name)
    if value not in {"true", "false"}:
        message = f"environment variable {name} has to be true or false"
        raise ConfigurationError(message)
    return value == "true"


def days(name: str) -> timedelta:
    """Return a period that a variable gives in whole days."""
    value = _required(name)
    if not (value.isdecimal() and int(value)):
        message = f"environment variable {name} has to be a number of days"
        raise ConfigurationError(message)
    return timedelta(days=int(value))


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A token bucket: `capacity` tokens, refilled evenly over `period_s` seconds."""

    capacity: int
    period_s: int

    @classmethod
    def from_env(cls, name: str) -> Self:
        """Read `capacity/seconds`, e.g. `60/60`."""
        capacity, _, period_s = _required(name).partition("/")
        if not (capacity.isdecimal() and period_s.isdecimal() and int(capacity) and int(period_s)):
            message = f"environment variable {name} has to be capacity/seconds"
            raise ConfigurationError(message)
        return cls(int(capacity), int(period_s))


@dataclass(frozen=True, slots=True)
class TableNames:
    """The names of the stack's DynamoDB tables."""

    tenants: str
    identity: str
    audit: str
    deliveries: str
    keys: str
    ephemeral: str

    @classmethod
    def from_env(cls) -> Self:
        """Read `NEXSTOCK_TABLE_*`."""
        return cls(
            tenants=_required("NEXSTOCK_TABLE_TENANTS"),
            identity=_required("NEXSTOCK_TABLE_IDENTITY"),
            audit=_required("NEXSTOCK_TABLE_AUDIT"),
            deliveries=_required("NEXSTOCK_TABLE_DELIVERIES"),
            keys=_required("NEXSTOCK_TABLE_KEYS"),
            ephemeral=_required("NEXSTOCK_TABLE_EPHEMERAL"),
        )


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """How the API presents itself."""

    public_base_url: str
    allowed_origin: str

    @classmethod
    def from_env(cls) -> Self:
        """Read `NEXSTOCK_PUBLIC_BASE_URL` and `NEXSTOCK_ALLOWED_ORIGIN`."""
        return cls(
            public_base_url=_required("NEXSTOCK_PUBLIC_BASE_URL").rstrip("/"),
            allowed_origin=_required("NEXSTOCK_ALLOWED_ORIGIN"),
        )

    @property
    def relying_party_id(self) -> str:
        """The domain that passkeys are bound to: the host of the allowed origin (WebAuthn Level 3, 4, "RP ID")."""
        return urlsplit(self.allowed_origin).hostname or ""


@dataclass(frozen=True, slots=True)
class RateLimits:
    """A bucket per class of route; each counts per IP address and, once known, per credential."""

    auth: RateLimit
    read: RateLimit
    write: RateLimit
    export: RateLimit

    @classmethod
    def from_env(cls) -> Self:
        """Read `NEXSTOCK_RATE_LIMIT_*`."""
        return cls(
            auth=RateLimit.from_env("NEXSTOCK_RATE_LIMIT_AUTH"),
            read=RateLimit.from_env("NEXSTOCK_RATE_LIMIT_READ"),
            write=RateLimit.from_env("NEXSTOCK_RATE_LIMIT_WRITE"),
            export=RateLimit.from_env("NEXSTOCK_RATE_LIMIT_EXPORT"),
        )


@dataclass(frozen=True, slots=True)
class LockPolicy:
    """`max_failures` wrong passwords lock for `first_lock_s`, the next for twice as long, up to `longest_lock_s`."""

    max_failures: int
    first_lock_s: int
    longest_lock_s: int

    @classmethod
    def from_env(cls, name: str) -> Self:
        """Read `failures/seconds/seconds`, e.g. `5/900/86400`."""
        numbers = _required(name).split("/")
        if len(numbers) != len(cls.__slots__) or not all(each.isdecimal() and int(each) for each in numbers):
            message = f"environment variable {name} has to be failures/seconds/seconds"
            raise ConfigurationError(message)
        return cls(*map(int, numbers))


@dataclass(frozen=True, slots=True)
class LockPolicies:
    """When wrong passwords lock an account, and when the network that they come from."""

    account: LockPolicy
    network: LockPolicy

    @classmethod
    def from_env(cls) -> Self:
        """Read `NEXSTOCK_LOCK_*`."""
        return cls(
            account=LockPolicy.from_env("NEXSTOCK_LOCK_ACCOUNT"),
            network=LockPolicy.from_env("NEXSTOCK_LOCK_NETWORK"),
        )


@dataclass(frozen=True, slots=True)
class CryptoSettings:
    """Which KMS key wraps what the platform seals."""

    sealing_key_arn: str

    @classmethod
    def from_env(cls) -> Self:
        """Read `NEXSTOCK_SEALING_KEY_ARN`."""
        return cls(sealing_key_arn=_required("NEXSTOCK_SEALING_KEY_ARN"))


class MailProvider(StrEnum):
    """Who delivers mails."""

    SES = "ses"
    RESEND = "resend"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Who mails come from, and who delivers them."""

    sender: str
    provider: MailProvider

    @classmethod
    def from_env(cls) -> Self:
        """Read `NEXSTOCK_MAIL_FROM` and `NEXSTOCK_MAIL_PROVIDER`."""
        provider = _required("NEXSTOCK_MAIL_PROVIDER")
        if provider not in set(MailProvider):
            message = f"environment variable NEXSTOCK_MAIL_PROVIDER has to be one of {', '.join(MailProvider)}"
            raise ConfigurationError(message)
        return cls(sender=_required("NEXSTOCK_MAIL_FROM"), provider=MailProvider(provider))


@dataclass(frozen=True, slots=True)
class ResendSettings:
    """Where Resend is, and the name of the parameter that holds the key of our account there."""

    base_url: str
    api_key_parameter: str

    @classmethod
    def from_env(cls) -> Self:
        """Read `NEXSTOCK_RESEND_BASE_URL` and `NEXSTOCK_RESEND_API_KEY_PARAMETER`."""
        return cls(
            base_url=_required("NEXSTOCK_RESEND_BASE_URL").rstrip("/"),
            api_key_parameter=_required("NEXSTOCK_RESEND_API_KEY_PARAMETER"),
        )


@dataclass(frozen=True, slots=True)
class OutboundSettings:
    """Which servers of customers may be called; `insecure` is for a platform on one's own machine."""

    insecure_targets_allowed: bool

    @classmethod
    def from_env(cls) -> Self:
        """Read `NEXSTOCK_INSECURE_TARGETS`."""
        return cls(insecure_targets_allowed=_flag("NEXSTOCK_INSECURE_TARGETS"))


@dataclass(frozen=True, slots=True)
class DnsSettings:
    """Which DNS servers are asked, each an IPv4 address and a port; none stands for the system's own."""

    servers: tuple[tuple[str, int], ...]

    @classmethod
    def from_env(cls) -> Self:
        """Read `NEXSTOCK_DNS_SERVERS`: `system`, or `address:port` separated by commas."""
        name = "NEXSTOCK_DNS_SERVERS"
        value = _required(name)
        if value == "system":
            return cls(())
        pairs = [server.rpartition(":") for server in value.split(",")]
        try:
            return cls(tuple((str(IPv4Address(address)), int(port)) for address, _, port in pairs))
        except ValueError:
            message = f"environment variable {name} has to be system or a list of address:port"
            raise ConfigurationError(message) from None


def queue_url(name: str) -> str:
    """Return the URL of one of the stack's queues, e.g. `MAIL` reads `NEXSTOCK_QUEUE_MAIL`."""
    return _required(f"NEXSTOCK_QUEUE_{name}")


def files_bucket() -> str:
    """Return the name of the bucket of files that come from customers and go to them."""
    return _required("NEXSTOCK_BUCKET_FILES")


def audit_archive_bucket() -> str:
    """Return the name of the bucket whose objects nobody can change or remove before their time."""
    return _required("NEXSTOCK_BUCKET_AUDIT_ARCHIVE")


def keys_at_rest() -> dict[str, str]:
    """Return the KMS keys that encrypt at rest, by what each encrypts: `tables`, `queues`, `files` and more."""
    name = "NEXSTOCK_KEYS_AT_REST"
    pairs = [pair.partition("=") for pair in _required(name).split(",")]
    if not all(purpose and arn for purpose, _, arn in pairs):
        message = f"environment variable {name} has to be a list of purpose=key"
        raise ConfigurationError(message)
    return {purpose: arn for purpose, _, arn in pairs}


def checkpoint_key_arn() -> str:
    """Return the KMS key that the deployment made as the first to sign checkpoints of audit logs."""
    return _required("NEXSTOCK_CHECKPOINT_KEY_ARN")


def checkpoint_key_tag() -> str:
    """Return the tag of the KMS keys that sign checkpoints of this deployment's audit logs."""
    return _required("NEXSTOCK_CHECKPOINT_KEY_TAG")


def aws_region() -> str:
    """Return the region that this function runs in (set by AWS Lambda itself)."""
    return _required("AWS_REGION")


def function_name() -> str:
    """Return the name of this function (set by AWS Lambda itself)."""
    return _required("AWS_LAMBDA_FUNCTION_NAME")


def own_role_arn() -> str | None:
    """Return the role of this function, if it assumes it for each organization; None where that is switched off.

    `NEXSTOCK_ORGANIZATION_SESSIONS` is `off`, or what the ARNs of all functions' roles begin with. A role is named as
    its function is: the latter begin with `nexstock-<environment>-`.
    """
    beginning = _required("NEXSTOCK_ORGANIZATION_SESSIONS")
    return None if beginning == "off" else f"{beginning}{function_name().split('-', 2)[-1]}"


def deployment() -> str:
    """Return the name of this deployment, which its metrics carry."""
    return _required("NEXSTOCK_DEPLOYMENT")


def log_level() -> str:
    """Return the log level of this deployment."""
    return _required("NEXSTOCK_LOG_LEVEL")
