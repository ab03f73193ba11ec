"""Keys: what is missing comes back, but for those that were destroyed or replaced."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from infra.restore.since import Since
from infra.restore.tables import Item, Table, number_of
from nexstock.clock import to_rfc3339

_OF_THE_PLATFORM: Final = frozenset({"SECRET", "SIGNING_KEY", "CHECKPOINT_KEY"})
"""In versions, of which the last ones stay: where there is any, a missing one has been removed."""

_OF_AN_ORGANIZATION: Final = frozenset({"DATA_KEYS", "ITEM_KEYS"})
_KEY: Final = frozenset({"wrapped", "sealed"})
_ENDED_BY: Final = {
    "customer": "customer.erased",
    "webhook_endpoint": "webhook_endpoint.deleted",
    "single_sign_on": "single_sign_on.deleted",
}


class KeysRule:
    """The rule for the table `Keys`; `now` is when what was destroyed is destroyed again."""

    def __init__(self, serving: Table, since: Since, *, now: datetime) -> None:
        self._serving = serving
        self._since = since
        self._now = now
        self._has_versions: dict[str, bool] = {}

    def phases(self) -> Sequence[frozenset[str]]:
        """All at once: no key comes back because of another."""
        return ()

    def kind_of(self, item: Item) -> str:
        """Return `DATA_KEYS`, `SECRET` and so on."""
        return str(item["PK"]["S"]).partition("#")[0]

    def revived(self, was: Item, present: Item | None) -> Item | None:
        """Return a missing key; of one that was destroyed since all but the key, which bars its place."""
        ends_at = number_of(was, "expiresAt")
        if present is not None or (ends_at is not None and ends_at <= self._now.timestamp()):
            return None
        kind = self.kind_of(was)
        if kind in _OF_THE_PLATFORM:
            return None if self._is_in_versions(was["PK"]["S"]) else was
        if kind in _OF_AN_ORGANIZATION and self._was_destroyed(was):
            spent = {name: value for name, value in was.items() if name not in _KEY}
            return {"destroyedAt": {"S": to_rfc3339(self._now)}, **spent}
        return was

    def is_over(self, present: Item, was: Item | None) -> bool:  # noqa: ARG002 (whatever there is)
        """Tell that nothing goes: what is there is newer than what was."""
        return False

    def _was_destroyed(self, was: Item) -> bool:
        _, organization, *kind = was["PK"]["S"].split("#")
        if self._since.is_over(organization):
            return True
        ended_by = _ENDED_BY.get(kind[0]) if kind else None
        return ended_by in self._since.changes(organization, kind[0], was["SK"]["S"]) if kind else False

    def _is_in_versions(self, partition: str) -> bool:
        if partition not in self._has_versions:
            self._has_versions[partition] = any(True for _ in self._serving.partition(partition))
        return self._has_versions[partition]
