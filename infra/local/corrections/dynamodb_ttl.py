"""DynamoDB: items that expire leave a record in the stream.

Restores "Using time to live (TTL) in DynamoDB" and "DynamoDB Streams and Time
to Live" of the Amazon DynamoDB Developer Guide: an expired item's deletion is
a `REMOVE` record whose `userIdentity` names the service. Stock deletes expired
items once a minute and writes no record, so that no consumer hears of them.

AWS deletes within days; here it takes about a second, so that a test can wait
for it.
"""

import logging
import threading
import time
from contextvars import ContextVar
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import dynamodb

from infra.local.corrections.patching import EngineRecord, replace, require

_INTERVAL_S = 1.0
_LONGEST_PAST_S = 5 * 365 * 24 * 3600.0
"""A time further back than five years is taken for a mistake and the item is kept."""

_STOCK_THREAD = "dynamodb-ttl-reaper"
_BY_THE_SERVICE = {
    "type": "Service",
    "principalId": "dynamodb.amazonaws.com",
    # The streams API and Lambda's event spell the names differently; the engine keeps one record for both.
    "Type": "Service",
    "PrincipalId": "dynamodb.amazonaws.com",
}
_expiring: ContextVar[bool] = ContextVar("_expiring", default=False)
_logger = logging.getLogger("nexstock.local.dynamodb_ttl")


def apply() -> None:
    """Start the thread that deletes expired items before the engine's own does."""
    require(dynamodb, "_ttl_settings", "_tables", "_lock", "_emit_stream_event")

    def remove(table: EngineRecord, partition: str, sort: str) -> EngineRecord | None:
        if threading.current_thread().name == _STOCK_THREAD:
            # The stock thread can't be stopped; what it removed would leave no record.
            return None
        item: EngineRecord | None = stock_remove(table, partition, sort)
        return item

    def build_record(*arguments: Any) -> EngineRecord:  # noqa: ANN401 - the engine's own values
        record: EngineRecord = stock_build_record(*arguments)
        return {**record, "userIdentity": _BY_THE_SERVICE} if _expiring.get() else record

    stock_remove = replace(dynamodb, "_remove_item", remove)
    stock_build_record = replace(dynamodb, "_build_change_record", build_record)
    threading.Thread(target=_sweep_for_ever, daemon=True, name="nexstock-dynamodb-ttl").start()


def _sweep_for_ever() -> None:
    _expiring.set(True)
    while True:
        time.sleep(_INTERVAL_S)
        try:
            _sweep()
        except Exception:
            # The thread must outlive one odd table; the engine's log shows which.
            _logger.exception("expired items could not be deleted")


def _sweep() -> None:
    for (account, region, table_name), setting in list(dynamodb._ttl_settings.all_items()):
        if setting.get("TimeToLiveStatus") != "ENABLED":
            continue
        with request_scope(account, region), dynamodb._lock:
            table = dynamodb._tables.get(table_name)
            if table is not None:
                _delete_expired(table_name, table, setting["AttributeName"])


def _delete_expired(table_name: str, table: EngineRecord, attribute: str) -> None:
    now = time.time()
    expired = [
        (partition, sort)
        for partition, items in table["items"].items()
        for sort, item in items.items()
        if now - _LONGEST_PAST_S < _expires_at(item, attribute) <= now
    ]
    for partition, sort in expired:
        item = dynamodb._remove_item(table, partition, sort)
        dynamodb._emit_stream_event(table_name, "REMOVE", item, None)


def _expires_at(item: EngineRecord, attribute: str) -> float:
    """Return the item's expiry in epoch seconds; an item without a number there never expires."""
    number = (item.get(attribute) or {}).get("N")
    return float(number) if number else float("inf")
