"""Every five minutes: cancel the orders whose reservations have ended."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.clock import utc_now
from nexstock.observability import logger
from nexstock.orders.expiry import expire_reservations


def handler(_event: dict[str, Any], _context: LambdaContext) -> None:
    """Cancel what has ended."""
    logger.info("reservations ended", count=expire_reservations(utc_now()))
