"""API Gateway's REQUEST authorizer: every request with a credential passes here first; no verdict is cached."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.auth.gate import Verdict, judge
from nexstock.clock import utc_now


def handler(event: dict[str, Any], _context: LambdaContext) -> Verdict:
    """Return the verdict on one request.

    Raises:
        Unauthorized: API Gateway answers 401.
    """
    return judge(event, utc_now())
