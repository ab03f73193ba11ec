"""People and credentials: what is missing comes back, unless it was ended, and everybody signs in again.

What is there stays: a person, a key or a factor that is there is newer than the one that was. What opened something
for a while, such as sessions and codes, ends whether it is there or not.
"""

from collections.abc import Sequence
from typing import Final

from infra.restore.since import Since
from infra.restore.tables import Item, Table, get, text_of
from nexstock.persistence import identity_keys
from nexstock.persistence.keys import Kind

_SHORT_LIVED: Final = frozenset({"SESSION", "CHALLENGE", "PROOF", "PENDING"})
_NEVER_BACK: Final = _SHORT_LIVED | {"REGISTRATION", "RECOVERY_CODES"}
"""Who used a recovery code since, nobody can tell: people make new ones."""

_VERIFIED: Final = {"API_KEY": Kind.API_KEY, "INVITATION": Kind.INVITATION}
_PASSWORD: Final = frozenset({"passwordHash", "pepperVersion", "shortPassword"})


class IdentityRule:
    """The rule for the table `Identity`; both tables are asked which people come back."""

    def __init__(self, restored: Table, serving: Table, since: Since) -> None:
        self._restored = restored
        self._serving = serving
        self._since = since
        self._coming_back: dict[str, bool] = {}

    def phases(self) -> Sequence[frozenset[str]]:
        """People last: as long as one is missing, what is theirs comes back with them."""
        return (frozenset({identity_keys.PROFILE}),)

    def kind_of(self, item: Item) -> str:
        """Return `SESSION`, `PROFILE`, `API_KEY` and so on."""
        partition, kind = (str(item[name]["S"]).partition("#")[0] for name in ("PK", "SK"))
        return partition if kind in {identity_keys.OWNER, identity_keys.VERIFIER} else kind

    def revived(self, was: Item, present: Item | None) -> Item | None:
        """Return an item that is missing and was not ended, people without the password that they had."""
        kind = self.kind_of(was)
        if present is not None or kind in _NEVER_BACK or not self._is_still_good(was, kind):
            return None
        if kind == identity_keys.PROFILE:
            # A password that was replaced since must not work again, and a change of password leaves no entry.
            return {name: value for name, value in was.items() if name not in _PASSWORD}
        return was

    def is_over(self, present: Item, was: Item | None) -> bool:  # noqa: ARG002 (whether it was there or not)
        """Tell whether an item opens something for a while."""
        return self.kind_of(present) in _SHORT_LIVED

    def _is_still_good(self, was: Item, kind: str) -> bool:
        owner_id = was["PK"]["S"].partition("#")[2]
        organization = text_of(was, "organizationId")
        if kind in _VERIFIED and organization is not None:
            return self._since.is_as_it_was(organization, _VERIFIED[kind], owner_id)
        if kind == "DOMAIN" and organization is not None:
            return self._since.is_as_it_was(organization, Kind.SINGLE_SIGN_ON, organization)
        # A person, and what is theirs: an address, an authenticator app, a passkey.
        return self._comes_back(text_of(was, "userId") or owner_id)

    def _comes_back(self, person: str) -> bool:
        """Tell whether somebody is missing who still belongs to an organization."""
        if person not in self._coming_back:
            key = (identity_keys.user_partition(person), identity_keys.PROFILE)
            was = get(self._restored, key)
            self._coming_back[person] = (
                was is not None
                and get(self._serving, key) is None
                and self._since.is_member_anywhere(person, [each["S"] for each in was["organizationIds"]["L"]])
            )
        return self._coming_back[person]
