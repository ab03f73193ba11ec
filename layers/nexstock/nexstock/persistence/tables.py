"""The PynamoDB base of every item, and the one connection that all of them share.

PynamoDB gives each model a client of its own; a client costs tens of milliseconds of a cold start and a TCP
connection, so all models here use one (docs/adr/0004-table-design.md).
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Generic, Self, TypeVar

from botocore.exceptions import ClientError
from pynamodb.attributes import Attribute, ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.constants import BOOLEAN, LIST, MAP, NULL, NUMBER, STRING
from pynamodb.exceptions import DeleteError, PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from nexstock.aws import session
from nexstock.clock import from_rfc3339, to_rfc3339
from nexstock.config import TableNames, aws_region
from nexstock.persistence.failures import code_of
from nexstock.persistence.organization_credentials import sign_by_organization

TABLES = TableNames.from_env()


class _OneConnection(Connection):
    """Makes its client from the container's session, and has it sign for the organization that is acted for."""

    _signing: Any = None

    @property
    def session(self) -> Any:  # noqa: ANN401 (PynamoDB leaves botocore untyped)
        """The session that the client is made from."""
        return session()

    @property
    def client(self) -> Any:  # noqa: ANN401 (botocore makes the class at run time)
        """The client, which PynamoDB makes anew where it found no credentials."""
        made = super().client
        if made is not self._signing:
            self._signing = sign_by_organization(made)
        return made


_CONNECTION = _OneConnection(
    region=aws_region(), connect_timeout_seconds=1, read_timeout_seconds=3, max_retry_attempts=2
)
MOST_KEYS: Final = 100
"""How many items one BatchGetItem reads at most (AWS: "BatchGetItem", API reference)."""

_BATCH_GET_TRIES = 4


def connection() -> Connection:
    """Return the connection that all models share."""
    return _CONNECTION


class InstantAttribute(Attribute[datetime]):
    """An aware datetime, stored as fixed-width RFC 3339 text, so that it sorts and reads well in a stream record."""

    attr_type = STRING

    def serialize(self, value: datetime) -> str:
        """Return the text that is stored."""
        return to_rfc3339(value)

    def deserialize(self, value: str) -> datetime:
        """Return the instant that was stored."""
        return from_rfc3339(value)


class DecimalAttribute(Attribute[Decimal]):
    """An exact decimal; PynamoDB's own number attribute reads fractions as binary floats."""

    attr_type = NUMBER

    def serialize(self, value: Decimal) -> str:
        """Return the text of the number that is stored."""
        return str(value)

    def deserialize(self, value: str) -> Decimal:
        """Return the number that was stored."""
        return Decimal(value)


class TextMapAttribute(Attribute[dict[str, str]]):
    """Texts by names that customers choose.

    PynamoDB's own map takes the names as keyword arguments, so that `self` and some others cannot be one.
    """

    attr_type = MAP

    def serialize(self, value: dict[str, str]) -> dict[str, dict[str, str]]:
        """Return the map that is stored."""
        return {name: {STRING: text} for name, text in value.items()}

    def deserialize(self, value: dict[str, dict[str, str]]) -> dict[str, str]:
        """Return the map that was stored."""
        return {name: text[STRING] for name, text in value.items()}


class RecordsAttribute(Attribute[list[dict[str, Any]]]):
    """A list of records: texts, truth values, exact numbers, None, and lists and records of them.

    PynamoDB's own map reads numbers as binary floats where it does not know the attribute.
    """

    attr_type = LIST

    def serialize(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the list that is stored."""
        return [_typed(record) for record in value]

    def deserialize(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the list that was stored."""
        return [_untyped(record) for record in value]


def _typed(value: Any) -> dict[str, Any]:  # noqa: ANN401 (what a record holds)
    match value:
        case None:
            return {NULL: True}
        case bool():
            return {BOOLEAN: value}
        case str():
            return {STRING: value}
        case int() | Decimal():
            return {NUMBER: str(value)}
        case Mapping():
            return {MAP: {name: _typed(part) for name, part in value.items()}}
        case Sequence():
            return {LIST: [_typed(part) for part in value]}
    message = f"a record holds no {type(value).__name__}"
    raise TypeError(message)


def _untyped(stored: dict[str, Any]) -> Any:  # noqa: ANN401 (what a record holds)
    ((kind, value),) = stored.items()
    match kind:
        case "NULL":
            return None
        case "N":
            return Decimal(value)
        case "M":
            return {name: _untyped(part) for name, part in value.items()}
        case "L":
            return [_untyped(part) for part in value]
    return value


def text_list(attr_name: str | None = None, *, null: bool = False) -> ListAttribute[str]:
    """Return an attribute that holds a list of texts; read as None where the item has none and `null` is set."""
    # PynamoDB's annotation names the element's Python type where its code takes the attribute's class.
    return ListAttribute(attr_name=attr_name, of=UnicodeAttribute, null=null)  # type: ignore[arg-type]


class Item(Model):
    """An item with the two keys that every table of the stack has.

    `expires_at` is the table's TTL attribute: whole seconds since the epoch. Expired items may live on for days
    (AWS: "Using time to live (TTL) in DynamoDB"), so readers check the time themselves.
    """

    pk = UnicodeAttribute(hash_key=True, attr_name="PK")
    sk = UnicodeAttribute(range_key=True, attr_name="SK")
    expires_at = NumberAttribute(null=True, attr_name="expiresAt")

    @classmethod
    def _get_connection(cls) -> TableConnection:
        table = super()._get_connection()
        if table.connection is not _CONNECTION:
            meta_table = table.connection.get_meta_table(cls.Meta.table_name)
            known = _CONNECTION._tables  # noqa: SLF001 (no public way to ask, nor to replace one)
            # Of a table that several models share, the model that queries an index is the one that describes it.
            if cls.Meta.table_name not in known or meta_table.data["GlobalSecondaryIndexes"]:
                known[cls.Meta.table_name] = meta_table
            table.connection = _CONNECTION
        return table

    def save_if(self, condition: Condition) -> bool:
        """Store the item if the condition holds; tell whether it did."""
        try:
            self.save(condition)
        except PutError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def update_if(self, actions: list[Action], condition: Condition) -> bool:
        """Change some attributes if the condition holds; tell whether it did."""
        try:
            self.update(actions, condition)
        except UpdateError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def delete_if(self, condition: Condition) -> bool:
        """Remove the item if the condition holds; tell whether it did."""
        try:
            self.delete(condition)
        except DeleteError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    @classmethod
    def query_page(  # noqa: PLR0913 (the parts of a Query)
        cls,
        pk: str,
        range_condition: Condition | None = None,
        *,
        limit: int,
        after: str | None = None,
        newest_first: bool = False,
        filter_condition: Condition | None = None,
    ) -> tuple[list[Self], str | None]:
        """Return the items that one consistent Query reads, and the sort key it ended at (None: at the end).

        `after` is the sort key that the page begins behind.
        """
        answer = cls._get_connection().query(
            pk,
            range_key_condition=range_condition,
            filter_condition=filter_condition,
            consistent_read=True,
            limit=limit,
            exclusive_start_key=None if after is None else {"PK": {"S": pk}, "SK": {"S": after}},
            scan_index_forward=not newest_first,
        )
        ended_at = answer.get("LastEvaluatedKey")
        return [cls.from_raw_data(raw) for raw in answer["Items"]], ended_at["SK"]["S"] if ended_at else None


T = TypeVar("T", bound=Item)


@dataclass(frozen=True, slots=True)
class Update(Generic[T]):
    """What a conditional update came to: the item as it is now, and whether the condition held.

    `item` is None only if the condition failed because there is no item.
    """

    held: bool
    item: T | None


def conditional_update(item: T, actions: list[Action], condition: Condition) -> Update[T]:
    """Update one item if the condition holds; one call either way, and no read before it.

    PynamoDB's own `update` drops the standing item that DynamoDB returns with a failed condition
    (AWS: UpdateItem, `ReturnValuesOnConditionCheckFailure`), so the call is dispatched here.
    """
    request = item.get_update_kwargs_from_instance(
        actions=actions, condition=condition, return_values_on_condition_failure="ALL_OLD"
    )
    try:
        answer = _CONNECTION.dispatch("UpdateItem", {**request, "ReturnValues": "ALL_NEW"})
    except ClientError as error:
        refusal: Any = error.__cause__
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        standing = refusal.response.get("Item")
        return Update(held=False, item=type(item).from_raw_data(standing) if standing else None)
    return Update(held=True, item=type(item).from_raw_data(answer["Attributes"]))


def batch_get(keys: Sequence[tuple[type[Item], str, str]]) -> list[Item | None]:
    """Read up to `MOST_KEYS` items of any tables in one consistent call; the answers stand in the order of the keys.

    Raises:
        TimeoutError: the table kept leaving keys unread; nothing partial is ever returned.
    """
    wanted: dict[str, Any] = {}
    for model, pk, sk in keys:
        table = wanted.setdefault(model.Meta.table_name, {"Keys": [], "ConsistentRead": True})
        table["Keys"].append({"PK": {"S": pk}, "SK": {"S": sk}})
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for attempt in range(_BATCH_GET_TRIES):
        answer = _CONNECTION.dispatch("BatchGetItem", {"RequestItems": wanted})
        for table_name, raw_items in answer["Responses"].items():
            for raw in raw_items:
                found[(table_name, raw["PK"]["S"], raw["SK"]["S"])] = raw
        wanted = answer.get("UnprocessedKeys") or {}
        if not wanted:
            return list(_in_order(keys, found))
        time.sleep(0.02 * 2**attempt)
    message = "the table left keys unread"
    raise TimeoutError(message)


def _in_order(
    keys: Sequence[tuple[type[Item], str, str]], found: dict[tuple[str, str, str], dict[str, Any]]
) -> Iterable[Item | None]:
    for model, pk, sk in keys:
        raw = found.get((model.Meta.table_name, pk, sk))
        yield None if raw is None else model.from_raw_data(raw)
