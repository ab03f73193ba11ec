"""Settings fail at the import, by the variable's name, and never show a value."""

from collections.abc import Callable

import pytest

from nexstock import config, key_policies

_READERS: dict[str, Callable[[], object]] = {
    "NEXSTOCK_TABLE_TENANTS": config.TableNames.from_env,
    "NEXSTOCK_TABLE_EPHEMERAL": config.TableNames.from_env,
    "NEXSTOCK_PUBLIC_BASE_URL": config.HttpSettings.from_env,
    "NEXSTOCK_ALLOWED_ORIGIN": config.HttpSettings.from_env,
    "NEXSTOCK_RATE_LIMIT_AUTH": config.RateLimits.from_env,
    "NEXSTOCK_RATE_LIMIT_READ": config.RateLimits.from_env,
    "NEXSTOCK_RATE_LIMIT_WRITE": config.RateLimits.from_env,
    "NEXSTOCK_RATE_LIMIT_EXPORT": config.RateLimits.from_env,
    "NEXSTOCK_LOCK_ACCOUNT": config.LockPolicies.from_env,
    "NEXSTOCK_LOCK_NETWORK": config.LockPolicies.from_env,
    "NEXSTOCK_SEALING_KEY_ARN": config.CryptoSettings.from_env,
    "NEXSTOCK_MAIL_FROM": config.MailSettings.from_env,
    "NEXSTOCK_MAIL_PROVIDER": config.MailSettings.from_env,
    "NEXSTOCK_RESEND_BASE_URL": config.ResendSettings.from_env,
    "NEXSTOCK_RESEND_API_KEY_PARAMETER": config.ResendSettings.from_env,
    "NEXSTOCK_PLATFORM_SECRET_DAYS": key_policies.platform_secret_age,
    "NEXSTOCK_DATA_KEY_DAYS": key_policies.data_key_age,
    "NEXSTOCK_SIGNING_KEY_DAYS": key_policies.signing_key_age,
    "NEXSTOCK_CHECKPOINT_KEY_DAYS": key_policies.checkpoint_key_age,
    "NEXSTOCK_KEYS_AT_REST": config.keys_at_rest,
    "NEXSTOCK_WEBHOOK_SECRET_DAYS": key_policies.webhook_secret_age,
    "NEXSTOCK_INSECURE_TARGETS": config.OutboundSettings.from_env,
    "NEXSTOCK_DNS_SERVERS": config.DnsSettings.from_env,
    "NEXSTOCK_QUEUE_MAIL": lambda: config.queue_url("MAIL"),
    "NEXSTOCK_BUCKET_FILES": config.files_bucket,
    "NEXSTOCK_KEY_BACKUP_DAYS": key_policies.key_backups_end_after,
    "AWS_REGION": config.aws_region,
    "NEXSTOCK_LOG_LEVEL": config.log_level,
    "NEXSTOCK_DEPLOYMENT": config.deployment,
}


@pytest.mark.parametrize("name", _READERS)
@pytest.mark.parametrize("value", [None, ""])
def test_missing_variable_is_named(name: str, value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if value is None:
        monkeypatch.delenv(name, raising=False)
    else:
        monkeypatch.setenv(name, value)

    with pytest.raises(config.ConfigurationError) as refused:
        _READERS[name]()

    assert str(refused.value) == f"environment variable {name} is missing"


@pytest.mark.parametrize("value", ["60", "60/", "/60", "0/60", "60/0", "-1/60", "60/6.5", "sixty/60", "60/60/60"])
def test_malformed_rate_limit_is_named_and_not_shown(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXSTOCK_RATE_LIMIT_AUTH", value)

    with pytest.raises(config.ConfigurationError) as refused:
        config.RateLimit.from_env("NEXSTOCK_RATE_LIMIT_AUTH")

    assert str(refused.value) == "environment variable NEXSTOCK_RATE_LIMIT_AUTH has to be capacity/seconds"


@pytest.mark.parametrize(
    "value", ["5", "5/900", "5/900/", "0/900/86400", "5/0/86400", "5/900/-1", "5/15m/24h", "5/9/9/9"]
)
def test_malformed_lock_policy_is_named_and_not_shown(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXSTOCK_LOCK_ACCOUNT", value)

    with pytest.raises(config.ConfigurationError) as refused:
        config.LockPolicies.from_env()

    assert str(refused.value) == "environment variable NEXSTOCK_LOCK_ACCOUNT has to be failures/seconds/seconds"


def test_lock_policies_are_configured_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXSTOCK_LOCK_ACCOUNT", "3/60/3600")
    monkeypatch.setenv("NEXSTOCK_LOCK_NETWORK", "40/120/7200")

    policies = config.LockPolicies.from_env()

    assert policies.account == config.LockPolicy(max_failures=3, first_lock_s=60, longest_lock_s=3600)
    assert policies.network == config.LockPolicy(max_failures=40, first_lock_s=120, longest_lock_s=7200)


@pytest.mark.parametrize("value", ["yes", "1", "True", "TRUE", "false ", "secret-value"])
def test_malformed_flag_is_named_and_not_shown(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXSTOCK_INSECURE_TARGETS", value)

    with pytest.raises(config.ConfigurationError) as refused:
        config.OutboundSettings.from_env()

    assert str(refused.value) == "environment variable NEXSTOCK_INSECURE_TARGETS has to be true or false"


@pytest.mark.parametrize("value", ["SES", "smtp", "secret-value"])
def test_unknown_mail_provider_is_named_and_not_shown(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXSTOCK_MAIL_PROVIDER", value)

    with pytest.raises(config.ConfigurationError) as refused:
        config.MailSettings.from_env()

    assert str(refused.value) == "environment variable NEXSTOCK_MAIL_PROVIDER has to be one of ses, resend"


def test_rate_limit_is_capacity_over_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXSTOCK_RATE_LIMIT_AUTH", "30/60")

    assert config.RateLimit.from_env("NEXSTOCK_RATE_LIMIT_AUTH") == config.RateLimit(capacity=30, period_s=60)


@pytest.mark.parametrize(("value", "allowed"), [("true", True), ("false", False)])
def test_flag_is_exactly_true_or_false(value: str, allowed: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    monkeypatch.setenv("NEXSTOCK_INSECURE_TARGETS", value)

    assert config.OutboundSettings.from_env().insecure_targets_allowed is allowed


@pytest.mark.parametrize(
    ("value", "servers"),
    [
        ("system", ()),
        ("10.0.0.2:53", (("10.0.0.2", 53),)),
        ("127.0.0.1:1,8.8.8.8:53", (("127.0.0.1", 1), ("8.8.8.8", 53))),
    ],
)
def test_dns_servers_are_addresses_with_ports_or_the_systems(
    value: str, servers: tuple[tuple[str, int], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEXSTOCK_DNS_SERVERS", value)

    assert config.DnsSettings.from_env().servers == servers


@pytest.mark.parametrize(
    "value", ["10.0.0.2", "dns.example:53", "10.0.0.2:53,", "10.0.0.2:", ":53", "system,8.8.8.8:53"]
)
def test_malformed_dns_servers_are_named_and_not_shown(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXSTOCK_DNS_SERVERS", value)

    with pytest.raises(config.ConfigurationError) as refused:
        config.DnsSettings.from_env()

    assert str(refused.value) == "environment variable NEXSTOCK_DNS_SERVERS has to be system or a list of address:port"


def test_base_url_has_no_slash_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXSTOCK_PUBLIC_BASE_URL", "https://api.example.com/")

    assert config.HttpSettings.from_env().public_base_url == "https://api.example.com"


def test_settings_cannot_be_changed() -> None:
    settings = config.MailSettings.from_env()

    with pytest.raises(AttributeError):
        settings.sender = "someone@example.com"  # type: ignore[misc]


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "a year", "365 days"])
def test_malformed_age_is_named_and_not_shown(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXSTOCK_WEBHOOK_SECRET_DAYS", value)

    with pytest.raises(config.ConfigurationError) as refused:
        key_policies.webhook_secret_age()

    assert str(refused.value) == "environment variable NEXSTOCK_WEBHOOK_SECRET_DAYS has to be a number of days"
