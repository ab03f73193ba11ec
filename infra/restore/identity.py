"""People and credentials: what is missing comes back, unless it was ended, and everybody signs in again.

What is there stays: a person, a key or a factor that is there is newer than the one that was. What opened something
for a while, such as sessions and codes, ends whether it is there or not, and so does a key that nobody could revoke,
because its organization lost what it knew of it.
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
_ADDRESS: Final = "EMAIL"
_FACTORS: Final = frozenset({"TOTP", "PASSKEY"})


class IdentityRule:
    """The rule for the table `Identity`; both tables are asked which people come back."""

    def __init__(self, restored: Table, serving: Table, since: Since) -> None:
        self._restored = restored
        self._serving = serving
        self._since = since
        self._addresses: dict[str, str | None] = {}

    def phases(self) -> Sequence[frozenset[str]]:
        """People last: as long as one is missing, what is theirs comes back with them."""
        return (frozenset({identity_keys.PROFILE}),)

    def kind_of(self, item: Item) -> str:
        """Return `SESSION`, `PROFILE`, `API_KEY` and so on."""
        partition, kind = (str(item[name]["S"]).partition("#")[0] for name in ("PK", "SK"))
        return partition if kind in {identity_keys.OWNER, identity_keys.VERIFIER} else kind

    def revived(self, was: Item, present: Item | None) -> Item | None:
        """Return an item that is missing and was not ended, with what is known of its person since."""
        kind = self.kind_of(was)
        if present is not None or kind in _NEVER_BACK:
            return None
        organization, owner = text_of(was, "organizationId"), was["PK"]["S"].partition("#")[2]
        if organization is not None:
            about = (_VERIFIED[kind], owner) if kind in _VERIFIED else (Kind.SINGLE_SIGN_ON, organization)
            return was if self._since.is_as_it_was(organization, *about) else None
        # A person, and what is theirs: an address, an authenticator app, a passkey.
        person = text_of(was, "userId") or owner
        address = self._address_of(person)
        return None if address is None else self._of_a_person(was, kind, person, address)

    def is_over(self, present: Item, was: Item | None) -> bool:  # noqa: ARG002 (whether it was there or not)
        """Tell whether an item opens something for a while, or proves what the organization does not have any more."""
        kind, organization = self.kind_of(present), text_of(present, "organizationId")
        if kind in _VERIFIED and organization is not None:
            resource_id = present["PK"]["S"].partition("#")[2]
            return self._since.find(organization, _VERIFIED[kind], resource_id) is None
        return kind in _SHORT_LIVED

    def _of_a_person(self, was: Item, kind: str, person: str, address: str) -> Item | None:
        lacks_a_factor = person in self._since.without_a_factor
        if kind in _FACTORS:
            return None if lacks_a_factor else was
        if kind == _ADDRESS:
            there = identity_keys.email_partition(address)
            is_back = get(self._serving, (there, identity_keys.OWNER)) is not None
            return None if is_back else {**was, "PK": {"S": there}}
        # A password that was replaced since must not work again, and a change of password leaves no entry.
        item = {name: value for name, value in was.items() if name not in _PASSWORD} | {"email": {"S": address}}
        if lacks_a_factor:
            item.pop("hasTotp", None)
            item["passkeys"] = {"N": "0"}
        return item

    def _address_of(self, person: str) -> str | None:
        """Return the present address of somebody who is missing and belongs to an organization; None of any other.

        A change of address changes every membership with it, so what these say is newer than what was restored.
        """
        if person not in self._addresses:
            key = (identity_keys.user_partition(person), identity_keys.PROFILE)
            was = get(self._restored, key)
            member = None
            if was is not None and get(self._serving, key) is None:
                organizations = [each["S"] for each in was["organizationIds"]["L"]]
                member = self._since.membership_of(person, organizations)
            self._addresses[person] = None if member is None else text_of(member, "email")
        return self._addresses[person]
