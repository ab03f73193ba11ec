"""The end of an organization's keys: nothing sealed opens again, and its owners can prove it."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from functions.queues import issue_receipt
from nexstock.auth.permissions import Role
from nexstock.aws import client
from nexstock.clock import utc_now
from nexstock.crypto.data_keys import add_version
from nexstock.crypto.envelope import CannotOpen, open_sealed, seal, seal_first
from nexstock.crypto.places import KEPT_ANSWER, SealedPlace
from nexstock.crypto.shredding import KEYED_KINDS
from nexstock.crypto.stored_keys import stored_data_keys
from nexstock.persistence import keys
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.persistence.transaction import Transaction
from nexstock_verify.command import main as verify
from tests.support.api import Reply, call
from tests.support.checkpoints import archived, archived_lines, archived_notes, keys_of
from tests.support.crashes import crash_points
from tests.support.endings import delete, event_of, marked_deleted, recorded, removed, shredded, told, until_done
from tests.support.environment import table_name
from tests.support.events import Context, Json
from tests.support.mailbox import mails_to
from tests.support.people import StaffedOrganization, add_person, an_organization
from tests.support.sealing import forget_opened_keys
from tests.support.shredding import partition_of, put_back, refusing_to_sign
from tests.support.single_sign_on import CONNECTION, a_connection, a_domain
from tests.support.stock import stock_of
from tests.support.webhook_requests import a_delivery

pytestmark = pytest.mark.usefixtures("platform")

_CUSTOMER: Final[Json] = {"name": "Grace Quay", "email": "grace@quay.example"}
_ENDPOINT: Final[Json] = {"url": "https://hooks.quay.example", "events": ["*"]}
_KEY: Final = {"Idempotency-Key": "kept"}


@dataclass
class Home:
    """An organization that has one of everything that is sealed."""

    organization: StaffedOrganization = field(default_factory=an_organization)
    paths: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make what there is."""
        self._make("customer", "/v1/customers", _CUSTOMER)
        self._make("supplier", "/v1/suppliers", {"name": "Quay & Sons", "email": "sales@quay.example"})
        self._make("connection", CONNECTION, a_connection("https://login.quay.example", a_domain()))
        a_delivery(self.organization)

    @property
    def id(self) -> str:
        """The organization's."""
        return self.organization.id

    @property
    def message(self) -> Json:
        """What queues say of it."""
        return {"organizationId": self.organization.id}

    def send(self, method: str, path: str, body: Json | None = None) -> Reply:
        """Send a request as the owner."""
        headers = _KEY if method == "POST" else {}
        return call(method, path, token=self.organization.owner.token, body=body, headers=headers)

    def live_keys(self) -> int:
        """Return how many data keys there are."""
        return sum(key.is_live for key in stored_data_keys(self.organization.id))

    def _make(self, kind: str, path: str, body: Json) -> None:
        made = self.send("POST", path, body)
        assert made.status == 201, made.text
        self.paths[kind] = made.headers["Location"]


@pytest.fixture
def home() -> Home:
    return Home()


def test_the_receipt_names_the_keys_and_a_checkpoint_that_covers_the_deletion_and_is_verified_offline(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = {(key.kind, key.version, key.id) for key in stored_data_keys(home.organization.id)}
    shredded(home.organization.owner, home.organization.id)
    (mail,) = [each for each in mails_to(home.organization.owner.email) if each["template"] == "destruction_receipt"]

    (tmp_path / "receipt.txt").write_text(mail["value_document"])
    known = [each for key in keys_of(home.organization.id) for each in ("--key", key.text)]
    capsys.readouterr()
    assert verify(["document", str(tmp_path / "receipt.txt"), *known, "--json"]) == 0

    document = json.loads(capsys.readouterr().out)
    body = document["body"]
    assert (document["kind"], body["organizationId"]) == ("destruction-receipt", home.id)
    assert {(key["kind"], key["version"], key["id"]) for key in body["keys"]} == made
    assert body["lastCheckpoint"]["note"] == archived_notes(home.organization.id)[-1]
    (last,) = [json.loads(line) for line in archived_lines(home.organization.id)][-1:]
    assert (last["action"], last["sequence"]) == ("organization.deleted", body["lastCheckpoint"]["size"])
    at = datetime.fromisoformat(body["destroyedAt"])
    assert datetime.fromisoformat(body["backups"]["keysEnd"]) - at == timedelta(days=7)
    name = f"destruction-{body['destroyedAt']}"
    assert archived(home.organization.id, "receipts") == {name: mail["value_document"].encode()}


def test_every_owner_gets_one_receipt_and_nobody_else_however_often_it_is_issued(home: Home) -> None:
    second = add_person(home.organization, Role.OWNER)
    shredded(home.organization.owner, home.organization.id)
    told(home.message)
    until_done(home.message)
    told(home.message)

    def receipts_of(address: str) -> list[Json]:
        return [mail for mail in mails_to(address) if mail["template"] == "destruction_receipt"]

    assert [len(receipts_of(owner.email)) for owner in (home.organization.owner, second)] == [1, 1]
    assert receipts_of(home.organization.admin.email) == []


def test_keys_go_first_and_nothing_else_before_the_receipt(home: Home) -> None:
    delete(home.organization.owner)
    kept = stock_of(home.organization.id)

    assert removed(home.message) == [home.message]

    assert (home.live_keys(), stock_of(home.organization.id)) == (0, kept)
    assert removed(home.message) == [home.message]
    assert stock_of(home.organization.id) == kept


def test_the_receipt_waits_for_a_checkpoint_of_the_deletion_and_not_for_ever(home: Home) -> None:
    delete(home.organization.owner)
    removed(home.message)

    assert told(home.message) == [home.message, {**home.message, "looks": "1"}]

    *_, last = told({**home.message, "looks": "10"})
    assert last == home.message
    (mail,) = [each for each in mails_to(home.organization.owner.email) if each["template"] == "destruction_receipt"]
    assert json.loads(mail["value_document"].partition("\n")[0])["lastCheckpoint"] is None


def test_a_deletion_that_was_refused_or_lost_destroys_nothing(home: Home) -> None:
    for consumer in (removed, told):
        assert consumer(home.message) == []
    forget_opened_keys()
    assert home.live_keys() == len(stored_data_keys(home.organization.id))
    assert home.send("GET", home.paths["customer"]).json["name"] == "Grace Quay"


def test_nothing_sealed_opens_by_any_way_in_once_old_copies_of_the_items_are_put_back(home: Home) -> None:
    organization = tenant_partition(home.organization.id, Kind.ORGANIZATION)
    backup = partition_of("tenants", organization)
    shredded(home.organization.owner, home.organization.id)
    put_back("tenants", backup)
    forget_opened_keys()

    ways_in = [
        home.send("GET", home.paths["customer"]),
        home.send("GET", "/v1/customers"),
        home.send("PATCH", home.paths["customer"], {"notes": "x"}),
        home.send("GET", home.paths["supplier"]),
        home.send("GET", "/v1/suppliers"),
        # The first answer was kept for who repeats the request.
        home.send("POST", "/v1/customers", _CUSTOMER),
        # And nothing new is sealed, which a deleted organization could be made to keep.
        call("POST", "/v1/customers", token=home.organization.owner.token, body=_CUSTOMER),
        call("POST", "/v1/webhook-endpoints", token=home.organization.owner.token, body=_ENDPOINT),
    ]

    assert [reply.status for reply in ways_in] == [500] * len(ways_in)
    assert not any("Grace" in reply.text or "quay" in reply.text for reply in ways_in)


def test_no_sealed_value_opens_from_a_backup_of_everything_but_the_data_keys(home: Home) -> None:
    kept = [
        (table, item)
        for table, partitions in {
            "tenants": [tenant_partition(home.organization.id, kind) for kind in Kind],
            "keys": [keys.item_keys_partition(home.organization.id, kind) for kind in KEYED_KINDS],
        }.items()
        for partition in partitions
        for item in partition_of(table, partition)
    ]
    sealed = {
        SealedPlace(home.id, kind, item["SK"]["S"], name): item[attribute]["B"]
        for kind, name, attribute in (
            ("customer", "personal", "personal"),
            ("supplier", "personal", "personal"),
            ("single_sign_on", "client_secret", "sealedClientSecret"),
            ("webhook_endpoint", "secret", "sealedSecret"),
        )
        for _table, item in kept
        if item.get("kind", {}).get("S") == kind.upper() and attribute in item
    }
    assert {place.kind for place in sealed} == set(KEYED_KINDS)
    answer = SealedPlace(home.id, KEPT_ANSWER, "digest", "body")
    sealed[answer] = seal(answer, b"kept")
    for place, ciphertext in sealed.items():
        assert open_sealed(place, ciphertext)
    shredded(home.organization.owner, home.organization.id)
    until_done(home.message)

    for table, item in kept:
        put_back(table, [item])
    forget_opened_keys()

    for place, ciphertext in sealed.items():
        with pytest.raises(CannotOpen):
            open_sealed(place, ciphertext)


@pytest.mark.parametrize("kind", [*KEYED_KINDS, KEPT_ANSWER])
def test_no_new_key_is_made_where_one_was_destroyed_or_never_was(kind: str) -> None:
    home = an_organization()
    shredded(home.owner, home.id)
    forget_opened_keys()
    place = SealedPlace(home.id, kind, "new", "field")

    with pytest.raises(CannotOpen):
        (seal if kind == KEPT_ANSWER else seal_first(Transaction()))(place, b"late")


def test_a_key_that_a_rotation_made_meanwhile_is_destroyed_with_the_next_look(home: Home) -> None:
    newest = stored_data_keys(home.organization.id)[0]
    shredded(home.organization.owner, home.organization.id)
    assert add_version(home.organization.id, newest, utc_now())

    assert removed(home.message) == [home.message]
    assert home.live_keys() == 0


def test_all_goes_in_the_end_but_the_log_the_receipt_and_what_the_keys_were(home: Home) -> None:
    rotations = keys.data_key_rotations_partition(home.organization.id)
    put_back("keys", [{"PK": {"S": rotations}, "SK": {"S": "customer"}}])
    shredded(home.organization.owner, home.organization.id)
    until_done(home.message)

    home_id = home.organization.id
    assert partition_of("deliveries", keys.organization_partition(home_id)) == []
    assert [partition_of("keys", keys.item_keys_partition(home_id, kind)) for kind in KEYED_KINDS] == [[]] * 4
    assert partition_of("keys", rotations) == []
    left = partition_of("keys", keys.data_keys_partition(home_id))
    assert all("wrapped" not in item and "destroyedAt" in item for item in left)
    assert {item["SK"]["S"] for item in partition_of("keys", keys.receipts_partition(home_id))} == {"ORGANIZATION"}
    assert partition_of("audit", keys.organization_partition(home_id)) != []


def test_the_log_still_verifies_and_holds_nothing_of_anybody(home: Home, tmp_path: Path) -> None:
    shredded(home.organization.owner, home.organization.id)
    until_done(home.message)
    lines = archived_lines(home.organization.id)
    (tmp_path / "log.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    for number, note in enumerate(archived_notes(home.organization.id)):
        (tmp_path / f"{number}.txt").write_text(note)
    notes = [each for file in tmp_path.glob("*.txt") for each in ("--checkpoints", str(file))]
    known = [each for key in keys_of(home.organization.id) for each in ("--key", key.text)]

    assert verify([str(tmp_path / "log.jsonl"), *notes, *known]) == 0
    assert b"Grace" not in b"".join(lines)


def test_keys_from_a_restored_table_are_destroyed_once_more_with_a_receipt_of_that(home: Home) -> None:
    backup = partition_of("keys", keys.data_keys_partition(home.organization.id))
    shredded(home.organization.owner, home.organization.id)
    receipts = keys.receipts_partition(home.organization.id)
    client("dynamodb").delete_item(
        TableName=table_name("keys"), Key={"PK": {"S": receipts}, "SK": {"S": "ORGANIZATION"}}
    )
    put_back("keys", backup)
    assert home.live_keys() > 0

    assert removed(home.message) == [home.message]
    told(home.message)

    assert home.live_keys() == 0
    assert len(archived(home.organization.id, "receipts")) == 2


def test_other_organizations_are_untouched(home: Home) -> None:
    other = Home()
    kept = stock_of(other.organization.id)

    shredded(home.organization.owner, home.organization.id)
    until_done(home.message)

    forget_opened_keys()
    assert stock_of(other.organization.id) == kept
    assert other.send("GET", other.paths["customer"]).json["name"] == "Grace Quay"


def test_keys_are_gone_and_the_rest_waits_when_the_receipt_cannot_be_signed(home: Home) -> None:
    delete(home.organization.owner)
    removed(home.message)
    recorded(home.organization.id)

    with refusing_to_sign():
        answer = issue_receipt.handler(event_of(home.message), Context())  # type: ignore[arg-type]

    assert answer["batchItemFailures"] == [{"itemIdentifier": "1"}]
    assert home.live_keys() == 0
    assert told(home.message)[-1] == home.message


def test_a_crash_anywhere_while_keys_are_destroyed_leaves_what_the_next_delivery_destroys() -> None:
    for point in crash_points():
        home = an_organization()
        assert call("POST", "/v1/customers", token=home.owner.token, body=_CUSTOMER).status == 201
        message = marked_deleted(home)
        with point:
            removed(message)

        assert removed(message) == [message], point
        stored = stored_data_keys(home.id)
        assert {key.kind for key in stored} == {*KEYED_KINDS, KEPT_ANSWER}, point
        assert not any(key.is_live for key in stored), point


def test_a_crash_anywhere_while_owners_are_told_still_tells_them_once() -> None:
    for point in crash_points():
        home = an_organization()
        message = {**marked_deleted(home), "looks": "10"}
        removed(message)
        with point:
            told(message)

        assert told(message)[-1] == {"organizationId": home.id}, point
        receipts = [mail for mail in mails_to(home.owner.email) if mail["template"] == "destruction_receipt"]
        documents = {mail["value_document"].encode() for mail in receipts}
        assert len({mail["id"] for mail in receipts}) == 1, point
        assert documents == set(archived(home.id, "receipts").values()), point
