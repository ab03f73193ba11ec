"""What a failed call of DynamoDB means: whether trying again may help, and when."""

from typing import Final

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 (botocore's)
from pynamodb.exceptions import PynamoDBException, TransactWriteError

_OVERLOADED: Final = frozenset(
    # The last is how STS says it, which is asked before DynamoDB.
    {"ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException", "Throttling"}
)


def code_of(error: BaseException) -> str | None:
    """Return DynamoDB's code for a failed call; None where the failure is none of DynamoDB's answers."""
    cause = error.cause if isinstance(error, PynamoDBException) else error
    return str(cause.response["Error"]["Code"]) if isinstance(cause, ClientError) else None


def is_overload(error: BaseException) -> bool:
    """Tell whether DynamoDB refused a call, all tries included, only because it had too much to do."""
    return code_of(error) in _OVERLOADED


def is_passing(error: BaseException) -> bool:
    """Tell whether a call failed for what may be over in a moment: too much to do, or no answer in time.

    A write without an answer may have been made; only repeating it with its idempotency key tells.
    """
    cause = error.cause if isinstance(error, PynamoDBException) else error
    return is_overload(error) or isinstance(cause, HTTPClientError | ConnectionError)


def is_invalid(error: BaseException) -> bool:
    """Tell whether DynamoDB refused a call for what it holds, such as an item of more than 400 KB, and always will."""
    reasons = error.cancellation_reasons if isinstance(error, TransactWriteError) else []
    return code_of(error) == "ValidationException" or any(
        reason is not None and reason.code == "ValidationError" for reason in reasons
    )


def is_denied(error: BaseException) -> bool:
    """Tell whether AWS refused a call because the credentials that it was signed with reach no such thing."""
    cause: BaseException | None = error
    while cause is not None:
        if code_of(cause) == "AccessDeniedException":
            return True
        cause = cause.__cause__
    return False
