"""SQS: a message's delay has a limit.

Restores "SendMessage" of the Amazon SQS API Reference: DelaySeconds is at most
900. Stock accepts any delay, so that a retry planned for two hours would work
here and fail on AWS.
"""

from ministack.services import sqs

from infra.local.corrections.patching import EngineRecord, replace, replace_entry, require

_LONGEST_DELAY_S = 900


def apply() -> None:
    """Refuse delays that AWS refuses, for single messages and for batches."""
    require(sqs, "_Err", "_HANDLERS")

    def send(request: EngineRecord, queue_url: str) -> EngineRecord:
        delay = request.get("DelaySeconds")
        if delay is not None and not 0 <= int(delay) <= _LONGEST_DELAY_S:
            code, reason = "InvalidParameterValue", "DelaySeconds must be >= 0 and <= 900."
            raise sqs._Err(code, f"Value {delay} for parameter DelaySeconds is invalid. Reason: {reason}")
        sent: EngineRecord = stock_send(request, queue_url)
        return sent

    # Batches call the function by its name, requests through the table.
    stock_send = replace(sqs, "_act_send_message", send)
    replace_entry(sqs._HANDLERS, "SendMessage", send, where="SQS")
