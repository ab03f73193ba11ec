"""SQS: a message's delay has a limit, and a queue keeps its address.

Restores "SendMessage" of the Amazon SQS API Reference: DelaySeconds is at most
900. Stock accepts any delay, so that a retry planned for two hours would work
here and fail on AWS.

Restores "Queue and message identifiers" of the Amazon SQS Developer Guide: a
queue has one URL, which never changes. Stock puts the port that it listens on
into the URL and keeps queues by it, so that after a restart on another port a
saved queue still takes messages and no function gets them.
"""

from ministack.services import sqs

from infra.local.corrections.patching import EngineRecord, replace, replace_entry, require

_LONGEST_DELAY_S = 900
_URL_PORT = "4566"


def apply() -> None:
    """Refuse delays that AWS refuses, for single messages and for batches; name queues independently of the port."""
    require(sqs, "_Err", "_HANDLERS", "DEFAULT_HOST")
    replace(sqs, "DEFAULT_PORT", _URL_PORT)
    replace(sqs, "_CANONICAL_NETLOC", f"{sqs.DEFAULT_HOST}:{_URL_PORT}")

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
