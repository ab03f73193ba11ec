"""Lambda: event source mappings of DynamoDB streams, when records fail and when the endpoint restarts.

Restores "How Lambda processes records from stream and queue-based event
sources", "Configuring partial batch response with DynamoDB and Lambda" and
"Retain discarded records with a DynamoDB event source in Lambda" of the AWS
Lambda Developer Guide. Stock counts a reported item failure as success, never
bisects, ignores MaximumRetryAttempts (so that a poison record blocks its
stream for ever), and lets one slow consumer hold up the others. It saves
positions at shutdown but not the records they count, so that the first changes
after a restart are skipped.
"""

import logging
import time
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import AccountRegionScopedDict, request_scope
from ministack.services import dynamodb, lambda_svc

from infra.local.corrections.patching import EngineRecord, replace, require

_FIRST_WAIT_S = 0.2
_LONGEST_WAIT_S = 5.0
_SAVED_RECORDS = "nexstock_stream_records"
_SAVED_TRIMMED = "nexstock_stream_trimmed"
_logger = logging.getLogger("nexstock.local.stream_mappings")

Records = list[EngineRecord]


@dataclass(frozen=True)
class _Mapping:
    """One event source mapping with the place it belongs to."""

    account: str
    region: str
    settings: EngineRecord

    @property
    def id(self) -> str:
        return str(self.settings["UUID"])

    @property
    def stream_arn(self) -> str:
        return str(self.settings.get("EventSourceArn", ""))

    @property
    def table_name(self) -> str:
        return self.stream_arn.split("/stream/")[0].rsplit("/", 1)[-1]

    @property
    def active(self) -> bool:
        """Whether the mapping still exists and is enabled; it may be deleted while its batch is retried."""
        return lambda_svc._esms.get(self.id) is self.settings and bool(self.settings.get("Enabled", True))

    @property
    def bisects(self) -> bool:
        return bool(self.settings.get("BisectBatchOnFunctionError"))

    def limit(self, name: str) -> int | None:
        """Return a limit of the mapping, or None where it is infinite (absent or -1)."""
        value = self.settings.get(name)
        return None if value is None or int(value) < 0 else int(value)

    def function(self) -> EngineRecord | None:
        """Return the function as it is deployed now, so that a corrected function ends the retries of a batch."""
        qualifier = self.settings.get("Qualifier")
        record: EngineRecord | None = lambda_svc._get_func_record_for_qualifier(
            self.settings["FunctionName"],
            qualifier,
        )[0]
        return record


@dataclass(frozen=True)
class _Batch:
    """Records that are to be delivered together, and how often they were tried again."""

    records: Records
    retries: int = 0


def apply() -> None:
    """Correct the delivery of stream records, and keep undelivered ones over a restart."""
    require(
        lambda_svc,
        "_apply_filter_criteria",
        "_dispatch_esm_batch",
        "_dynamodb_stream_positions",
        "_esm_inflight",
        "_esms",
        "_execute_function",
        "_get_func_record_for_qualifier",
        "_iter_all_esms",
        "_send_ddb_stream_failure_record",
    )
    require(dynamodb, "_stream_records", "_stream_trimmed", "stream_records_since")
    require(dynamodb, "stream_start_position", "stream_end_position")
    replace(lambda_svc, "_poll_dynamodb_streams", _poll)
    _keep_records_over_restarts()


def _poll() -> bool:
    """Dispatch the next batch of every idle mapping; return whether there was any."""
    found = False
    for account, region, settings in lambda_svc._iter_all_esms():
        mapping = _Mapping(account, region, settings)
        if ":dynamodb:" in mapping.stream_arn and not lambda_svc._esm_inflight.get(mapping.id):
            with request_scope(account, region):
                found = _poll_one(mapping) or found
    return found


def _poll_one(mapping: _Mapping) -> bool:
    table = dynamodb._tables.get(mapping.table_name)
    if not mapping.active or not table or table.get("LatestStreamArn") != mapping.stream_arn:
        return False
    position = _position(mapping)
    read: Records = dynamodb.stream_records_since(
        mapping.table_name,
        position,
        mapping.settings.get("BatchSize", 100),
    )
    if not read or mapping.function() is None:
        return False
    wanted: Records = lambda_svc._apply_filter_criteria(read, mapping.settings)
    after = position + len(read)
    if wanted:
        # A thread of its own: a consumer that is slow or fails holds up nobody else.
        lambda_svc._dispatch_esm_batch(mapping.id, _deliver_and_advance, mapping, wanted, after)
    else:
        lambda_svc._dynamodb_stream_positions[mapping.id] = after
    return True


def _position(mapping: _Mapping) -> int:
    """Return where the mapping reads on, counted from the stream's first record; expired records are skipped."""
    oldest: int = dynamodb.stream_start_position(mapping.table_name)
    newest: int = dynamodb.stream_end_position(mapping.table_name)
    start = oldest if mapping.settings.get("StartingPosition") == "TRIM_HORIZON" else newest
    position: int = lambda_svc._dynamodb_stream_positions.setdefault(mapping.id, start)
    return min(max(position, oldest), newest)


def _deliver_and_advance(mapping: _Mapping, records: Records, after: int) -> None:
    with request_scope(mapping.account, mapping.region):
        if _deliver(mapping, records):
            lambda_svc._dynamodb_stream_positions[mapping.id] = after


def _deliver(mapping: _Mapping, records: Records) -> bool:
    """Deliver or discard every record, in order; False when the mapping went away meanwhile."""
    waiting = [_Batch(records)]
    while waiting:
        batch = waiting.pop()
        if not mapping.active or (function := mapping.function()) is None:
            return False
        outcome: EngineRecord = lambda_svc._execute_function(function, {"Records": batch.records})
        failed = _failed_records(mapping, batch.records, outcome)
        mapping.settings["LastProcessingResult"] = "PROBLEM: Function call failed" if failed else "OK"
        if not failed:
            continue
        if condition := _reason_to_discard(mapping, failed, batch.retries):
            _logger.warning("%s discards %d record(s): %s", mapping.id, len(failed), condition)
            lambda_svc._send_ddb_stream_failure_record(
                mapping.settings,
                function,
                failed,
                mapping.stream_arn,
                outcome,
                condition,
            )
            continue
        time.sleep(min(_FIRST_WAIT_S * 2**batch.retries, _LONGEST_WAIT_S))
        waiting.extend(reversed(_next_batches(mapping, batch, failed)))
    return True


def _failed_records(mapping: _Mapping, records: Records, outcome: EngineRecord) -> Records:
    """Return the records from the first failed one on; none when the batch was a success."""
    if outcome.get("error"):
        return records
    body: Any = outcome.get("body")
    if "ReportBatchItemFailures" not in (mapping.settings.get("FunctionResponseTypes") or []) or not body:
        return []
    if not isinstance(body, dict):
        return records
    reported = body.get("batchItemFailures") or []
    positions = {record["dynamodb"]["SequenceNumber"]: index for index, record in enumerate(records)}
    # An identifier that is not one of the batch makes the whole batch a failure.
    first = min((positions.get(failure.get("itemIdentifier"), 0) for failure in reported), default=len(records))
    return records[first:]


def _reason_to_discard(mapping: _Mapping, failed: Records, retries: int) -> str | None:
    oldest_s = time.time() - float(failed[0]["dynamodb"]["ApproximateCreationDateTime"])
    longest_s = mapping.limit("MaximumRecordAgeInSeconds")
    if longest_s is not None and oldest_s > longest_s:
        return "MaxRecordAgeExceeded"
    most = mapping.limit("MaximumRetryAttempts")
    can_bisect = mapping.bisects and len(failed) > 1
    if most is not None and retries >= most and not can_bisect:
        return "RetryAttemptsExhausted"
    return None


def _next_batches(mapping: _Mapping, batch: _Batch, failed: Records) -> list[_Batch]:
    """Return what is tried next; splitting a batch does not count towards its retries."""
    if not mapping.bisects or len(failed) == 1:
        return [_Batch(failed, batch.retries + 1)]
    if len(failed) < len(batch.records):
        # The function has bisected the batch itself, at the record that it reported.
        return [_Batch(failed, batch.retries)]
    middle = len(failed) // 2
    return [_Batch(failed[:middle], batch.retries), _Batch(failed[middle:], batch.retries)]


def _keep_records_over_restarts() -> None:
    def save() -> EngineRecord:
        state: EngineRecord = stock_save()
        with dynamodb._lock:
            records, trimmed = AccountRegionScopedDict(), AccountRegionScopedDict()
            records._data = {place: list(found) for place, found in dynamodb._stream_records.all_items()}
            trimmed._data = dict(dynamodb._stream_trimmed.all_items())
        return {**state, _SAVED_RECORDS: records, _SAVED_TRIMMED: trimmed}

    def restore(state: EngineRecord) -> None:
        # Before the tables: the poller reads a stream as soon as its table exists.
        dynamodb._stream_records.update(state.get(_SAVED_RECORDS, {}))
        dynamodb._stream_trimmed.update(state.get(_SAVED_TRIMMED, {}))
        stock_restore(state)

    stock_save = replace(dynamodb, "get_state", save)
    stock_restore = replace(dynamodb, "load_persisted_state", restore)
