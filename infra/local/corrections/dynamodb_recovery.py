"""DynamoDB: a table is restored as it was at a moment.

Restores "Point-in-time backups for DynamoDB" of the Amazon DynamoDB Developer
Guide and "RestoreTableToPointInTime" of its API Reference: the new table has
what the source had at the moment that is asked for; a moment before recovery
was switched on, or one that is not over yet, is refused, and so is a table
without recovery. Stock copies what the source has now, whatever is asked for.

What a table was is known from what was undone since, as long as the process
lives and no more than some hundred thousand writes a table: a moment before
that is too far back.
"""

import copy
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import dynamodb

from infra.local.corrections.patching import EngineRecord, EngineResponse, replace, require

_MOST_WRITES = 100_000


@dataclass(frozen=True)
class _Write:
    """One write: when, to which keys, and what was there before."""

    at: float
    keys: tuple[Any, Any]
    before: EngineRecord | None


@dataclass
class _History:
    """The writes of one table, the newest last, and the first moment that they lead back to."""

    begins_at: float
    writes: deque[_Write] = field(default_factory=deque)

    def note(self, write: _Write) -> None:
        self.writes.append(write)
        if len(self.writes) > _MOST_WRITES:
            self.begins_at = self.writes.popleft().at


def apply() -> None:
    """Note each write, and restore by what was noted."""
    require(dynamodb, "_pitr_settings", "_tables", "_items_replaced", "_extract_key_val", "_normalize_table_name")
    histories: dict[str, _History] = {}
    began_at = time.time()

    def history_of(table: EngineRecord) -> _History:
        return histories.setdefault(table["TableId"], _History(max(began_at, float(table["CreationDateTime"]))))

    def emit(table_name: str, event: str, old: EngineRecord | None, new: EngineRecord | None, *rest: Any) -> None:  # noqa: ANN401 - the engine's own values
        table = dynamodb._tables.get(table_name)
        item = new or old
        if table is not None and item is not None and dynamodb._pitr_settings.get(table_name):
            history_of(table).note(_Write(time.time(), _keys_of(table, item), copy.deepcopy(old)))
        stock_emit(table_name, event, old, new, *rest)

    def restore(data: EngineRecord) -> EngineResponse:
        source = data.get("SourceTableName") or dynamodb._normalize_table_name(data.get("SourceTableArn") or "")
        table = dynamodb._tables.get(source)
        if table is None or data.get("TargetTableName") in dynamodb._tables:
            answer: EngineResponse = stock_restore(data)
            return answer
        history, now = history_of(table), time.time()
        moment = float(data.get("RestoreDateTime") or now)
        if refusal := _refusal(source, history, moment, now):
            return refusal
        answer = stock_restore(data)
        target = dynamodb._tables.get(data.get("TargetTableName"))
        if target is not None:
            _undo(target, history, moment)
        return answer

    stock_emit = replace(dynamodb, "_emit_stream_event", emit)
    stock_restore = replace(dynamodb, "_restore_table_to_point_in_time", restore)


def _refusal(source: str, history: _History, moment: float, now: float) -> EngineResponse | None:
    if not dynamodb._pitr_settings.get(source):
        code, text = "PointInTimeRecoveryUnavailableException", f"Point in time recovery is not enabled for {source}"
    elif not history.begins_at <= moment <= now:
        code, text = "InvalidRestoreTimeException", f"{source} can be restored from {history.begins_at} to {now}"
    else:
        return None
    refusal: EngineResponse = error_response_json(code, text, 400)
    return refusal


def _undo(target: EngineRecord, history: _History, moment: float) -> None:
    items = target["items"]
    for write in reversed(history.writes):
        if write.at <= moment:
            break
        partition, sort = write.keys
        if write.before is None:
            items[partition].pop(sort, None)
        else:
            items[partition][sort] = copy.deepcopy(write.before)
    for partition in [key for key, within in items.items() if not within]:
        del items[partition]
    dynamodb._items_replaced(target)


def _keys_of(table: EngineRecord, item: EngineRecord) -> tuple[Any, Any]:
    sort = table["sk_name"]
    return dynamodb._extract_key_val(item[table["pk_name"]]), (
        dynamodb._extract_key_val(item[sort]) if sort else "__no_sort__"
    )
