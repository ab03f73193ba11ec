"""Every hour: give the platform's secrets that are old a successor, and end those that nothing needs any more.

An operator may name one `purpose` in the event, which then gets its successor at once
(docs/runbooks/key-compromise.md).
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.clock import utc_now
from nexstock.platform_rotation import Round, rotate_platform_secrets
from nexstock.queues import send


def handler(event: dict[str, Any], _context: LambdaContext) -> list[dict[str, Any]]:
    """See to them, and return what was done."""
    outcomes = rotate_platform_secrets(Round.parse(event), send=send, now=utc_now())
    return [outcome.to_json() for outcome in outcomes]
