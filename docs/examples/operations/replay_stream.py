"""Hand stream records to a consumer once more: those that a message in the queue `stream-failures` names.

    python3 replay_stream.py message.json

`message.json` is the body of one such message. The records are read from the stream, which keeps them for 24 hours,
and given to the function that the message names, one at a time and in order. Consumers do twice what amounts to once,
so replaying too much does no harm. Needs boto3 and credentials that may read the stream and invoke the function.
"""

import base64
import json
import sys
from pathlib import Path

import boto3


def records_of(batch, streams):
    """Yield the records from the batch's first to its last sequence number."""
    last = int(batch["endSequenceNumber"])
    iterator = streams.get_shard_iterator(
        StreamArn=batch["streamArn"],
        ShardId=batch["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=batch["startSequenceNumber"],
    )["ShardIterator"]
    while iterator:
        answer = streams.get_records(ShardIterator=iterator, Limit=100)
        for record in answer["Records"]:
            if int(record["dynamodb"]["SequenceNumber"]) > last:
                return
            yield record
            if int(record["dynamodb"]["SequenceNumber"]) == last:
                return
        iterator = answer.get("NextShardIterator")


def as_lambda_gets_it(record):
    """Return the record as an event source mapping hands it over."""
    plain = json.loads(json.dumps(record, default=_plain))
    if identity := plain.pop("userIdentity", None):
        plain["userIdentity"] = {"principalId": identity["PrincipalId"], "type": identity["Type"]}
    return plain


def _plain(value):
    # Binary values are base64 there; the approximate time, the only other type, is of no interest to the consumers.
    return base64.b64encode(value).decode() if isinstance(value, bytes) else 0


def main():
    """Replay one message's records and say what became of each."""
    message = json.loads(Path(sys.argv[1]).read_text())
    function = message["requestContext"]["functionArn"]
    streams, functions = boto3.client("dynamodbstreams"), boto3.client("lambda")
    failed = 0
    for record in records_of(message["DDBStreamBatchInfo"], streams):
        event = json.dumps({"Records": [as_lambda_gets_it(record)]}).encode()
        answer = functions.invoke(FunctionName=function, Payload=event)
        outcome = json.loads(answer["Payload"].read())
        done = "FunctionError" not in answer and not outcome["batchItemFailures"]
        failed += not done
        print("done  " if done else "failed", record["eventName"], record["dynamodb"]["SequenceNumber"])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
