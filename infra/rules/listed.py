"""What the rules let pass by name, each with its reason. Who adds a line here opens something."""

from typing import Final

PUBLIC_ROUTES: Final = frozenset(
    {
        # Read by anybody: keys, contacts, health and the contract itself.
        ("GET", "/.well-known/jwks.json"),
        ("GET", "/.well-known/security.txt"),
        ("GET", "/.well-known/webhook-keys/{organization_id}"),
        ("GET", "/v1/health"),
        ("GET", "/v1/openapi.json"),
        # How one becomes somebody; each checks what it is given itself, and is limited by address and account.
        ("POST", "/v1/auth/login"),
        ("POST", "/v1/auth/login/mfa"),
        ("POST", "/v1/auth/passkeys"),
        ("POST", "/v1/auth/passkeys/options"),
        ("POST", "/v1/auth/password/forgot"),
        ("POST", "/v1/auth/password/reset"),
        ("POST", "/v1/auth/refresh"),
        ("POST", "/v1/auth/register"),
        ("POST", "/v1/auth/resend-code"),
        ("POST", "/v1/auth/sso/complete"),
        ("POST", "/v1/auth/sso/start"),
        ("POST", "/v1/auth/verify-email"),
        ("POST", "/v1/invitations/accept"),
    }
)

WITHOUT_RESOURCES: Final = frozenset(
    {
        # AWS, "Service Authorization Reference": these can be granted on no resource.
        "kms:CreateKey",
        "tag:GetResources",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
        # Looking at a network, which a function does that has an address in it.
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
    }
)

CALLING_OUT: Final = frozenset({"deliver_webhook.handler", "send_mail.handler"})
"""Consumers of queues that wait for servers of others: what hangs there must not take the account's concurrency."""

NEVER_RECOVERED: Final = "-ephemeral"
"""How the name of the one table ends whose items are worth nothing a day later: token buckets, idempotency records."""

AUDIT: Final = "-audit"
"""How the name of the table ends that audit entries stand in."""

AUDIT_ARCHIVE: Final = "-audit-archive-"
"""What stands in the name of the bucket that keeps audit logs as they were signed."""
