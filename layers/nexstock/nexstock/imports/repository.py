"""Imports in DynamoDB: `ORG#<organization>#IMPORT` / `<import>`, what was wrong with rows below `#IMPORT_ERRORS`."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.attributes import BooleanAttribute, ListAttribute, MapAttribute, NumberAttribute, UnicodeAttribute

from nexstock.auth.principals import Actor, ActorType, RequestOrigin
from nexstock.files.tables import Position
from nexstock.ids import ImportId
from nexstock.imports.model import MOST_ERRORS_KEPT, Import, ImportStatus, RowError, Tally
from nexstock.persistence.keys import Kind, import_errors_prefix, import_errors_sort_key, tenant_partition
from nexstock.persistence.tables import TABLES, Item
from nexstock.persistence.tenant_items import TenantItem, TenantRepository, changed_meanwhile

_KEPT_FOR: Final = timedelta(days=30)


class ImportItem(TenantItem):
    """An import as it is stored."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    import_kind = UnicodeAttribute(attr_name="importKind")
    file_name = UnicodeAttribute(attr_name="fileName", null=True)
    dry_run = BooleanAttribute(attr_name="dryRun")
    status = UnicodeAttribute()
    etag = UnicodeAttribute(null=True)
    size = NumberAttribute()
    rows = NumberAttribute(null=True)
    repeated_rows: ListAttribute[Any] = ListAttribute(attr_name="repeatedRows", null=True)
    offset = NumberAttribute()
    row = NumberAttribute()
    tally: MapAttribute[str, Any] = MapAttribute()


class ImportErrorsItem(Item):
    """What was wrong with some rows that were worked through together."""

    class Meta:
        """Lives beside the imports."""

        table_name = TABLES.tenants

    errors = UnicodeAttribute()


class ImportRepository(TenantRepository[Import, ImportItem]):
    """Imports of exactly one organization."""

    kind = Kind.IMPORT
    prefix = "imp"
    item_type = ImportItem

    def add_errors(self, import_id: ImportId, errors: Sequence[RowError], now: datetime) -> None:
        """Stage what was wrong with some rows of an import; for each of them this is done once."""
        item = ImportErrorsItem(
            self._errors_pk,
            import_errors_sort_key(import_id, errors[0].row),
            errors=json.dumps([[error.row, error.field, error.detail] for error in errors]),
            expires_at=int((now + _KEPT_FOR).timestamp()),
        )
        self._tenant.transaction.put(item, condition=ImportErrorsItem.pk.does_not_exist(), refusal=changed_meanwhile)

    def errors_of(self, import_id: ImportId) -> list[RowError]:
        """Return the errors that are kept of an import, in the order of its rows; they fit into one Query."""
        of_import = ImportErrorsItem.sk.startswith(import_errors_prefix(import_id))
        items, _ = ImportErrorsItem.query_page(self._errors_pk, of_import, limit=MOST_ERRORS_KEPT)
        return [RowError(*error) for item in items for error in json.loads(item.errors)]

    @property
    def _errors_pk(self) -> str:
        return tenant_partition(self._tenant.organization_id, Kind.IMPORT_ERRORS)

    def _to_item(self, entity: Import) -> ImportItem:
        return ImportItem(
            import_kind=entity.kind,
            file_name=entity.file_name,
            dry_run=entity.dry_run,
            status=entity.status.value,
            event=_event_of(entity),
            etag=entity.etag,
            size=entity.size,
            rows=entity.rows,
            repeated_rows=list(entity.repeated_rows) or None,
            offset=entity.position.offset,
            row=entity.position.row,
            tally=asdict(entity.tally),
            expires_at=int((entity.created_at + _KEPT_FOR).timestamp()),
        )

    def _to_entity(self, item: ImportItem) -> Import:
        by = item.changed_by.as_dict()
        return Import(
            id=ImportId(item.sk),
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
            deleted_at=item.deleted_at,
            requester=Actor(ActorType(by["type"]), by["id"], by["name"]),
            origin=RequestOrigin(by["requestId"], by["ip"], by["userAgent"]),
            kind=item.import_kind,
            file_name=item.file_name,
            dry_run=item.dry_run,
            status=ImportStatus(item.status),
            etag=item.etag,
            size=int(item.size),
            rows=None if item.rows is None else int(item.rows),
            repeated_rows=tuple(int(row) for row in item.repeated_rows or ()),
            position=Position(int(item.offset), int(item.row)),
            tally=Tally(**{name: int(count) for name, count in item.tally.as_dict().items()}),
        )


def _event_of(entity: Import) -> str | None:
    """Return what customers are told of this version; how far it has come in between is not worth an event."""
    if entity.version == 1:
        return "import.created"
    return "import.completed" if entity.status.is_end else None
