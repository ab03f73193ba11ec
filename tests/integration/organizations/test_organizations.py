"""Organizations: changed by admins, founded by anybody, ended by owners."""

from datetime import timedelta
from typing import Any

import pytest

from nexstock.auth.step_up import HEADER, Action
from nexstock.background import JobNote
from nexstock.clock import utc_now
from nexstock.exports.making import make_export
from nexstock.files.storage import Area, FileStore
from nexstock.identity.people import find_person
from nexstock.imports.processing import process_import
from nexstock.organizations.repository import OrganizationItem
from nexstock.persistence import keys
from nexstock.persistence.tenant_items import StoredItem
from nexstock.queues import send
from tests.support import environment
from tests.support.api import call
from tests.support.confirmations import a_proof
from tests.support.endings import delete, recorded, removed, shredded, told
from tests.support.exchange_requests import an_import
from tests.support.invitations import an_invitation_token
from tests.support.journeys.world import sent_messages
from tests.support.mailbox import mails_to
from tests.support.people import PASSWORD, StaffedOrganization, an_email, an_organization
from tests.support.requests import a_product
from tests.support.stock import stock_of

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture
def home() -> StaffedOrganization:
    """Return an organization of the test's own."""
    return an_organization()


def test_an_admin_changes_what_everybody_sees(home: StaffedOrganization) -> None:
    body = {"name": "Harbour & Sons", "currency": "EUR", "timeZone": "Europe/Berlin", "auditRetentionDays": 730}
    changed = call("PATCH", "/v1/organization", token=home.admin.token, body=body)
    seen = call("GET", "/v1/organization", token=home.credentials["read_key"])
    assert (changed.status, seen.json) == (200, changed.json)
    assert {name: seen.json[name] for name in body} == body
    assert (seen.json["id"], seen.headers["ETag"]) == (home.id, '"2"')


def test_an_organization_says_where_it_is_at_home(home: StaffedOrganization) -> None:
    founded = call("POST", "/v1/organizations", token=home.owner.token, body={"name": "Second"})
    assert (founded.status, founded.json["region"]) == (201, environment.REGION)
    assert call("GET", "/v1/organization", token=home.admin.token).json["region"] == environment.REGION


def test_an_organization_from_before_is_at_home_where_its_table_is(home: StaffedOrganization) -> None:
    item = OrganizationItem.get(keys.tenant_partition(home.id, keys.Kind.ORGANIZATION), home.id)
    item.update(actions=[OrganizationItem.region.remove()])
    assert call("GET", "/v1/organization", token=home.admin.token).json["region"] == environment.REGION


@pytest.mark.parametrize(
    "body",
    [
        {"timeZone": "Mars/Olympus"},
        {"timeZone": "../../etc/passwd"},
        {"currency": "Euro"},
        {"auditRetentionDays": 364},
        {"auditRetentionDays": 10_000},
        {"auditRetentionDays": "400"},
        {"name": " "},
        {"id": "org_01JD0000000000000000000000"},
        {"region": "eu-central-1"},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(body: dict[str, Any], home: StaffedOrganization) -> None:
    before = call("GET", "/v1/organization", token=home.owner.token)
    refused = call("PATCH", "/v1/organization", token=home.owner.token, body=body)
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, f"/{next(iter(body))}")
    assert call("GET", "/v1/organization", token=home.owner.token).text == before.text


def test_a_further_organization_is_its_founders_and_nobody_elses(home: StaffedOrganization) -> None:
    created = call("POST", "/v1/organizations", token=home.member.token, body={"name": "Second", "currency": "GBP"})
    assert (created.status, created.headers["Location"]) == (201, "/v1/organization")
    switched = call("POST", "/v1/auth/switch", token=home.member.token, body={"organizationId": created.json["id"]})
    assert switched.json["role"] == "owner"
    token = switched.json["accessToken"]
    seen = call("GET", "/v1/organization", token=token)
    assert (seen.json["name"], seen.json["currency"]) == ("Second", "GBP")
    (member,) = call("GET", "/v1/members", token=token).json["items"]
    assert (member["id"], member["email"]) == (home.member.id, home.member.email)
    foreign = call("POST", "/v1/auth/switch", token=home.owner.token, body={"organizationId": created.json["id"]})
    assert foreign.status == 404


def test_a_person_belongs_to_twenty_organizations_at_most(home: StaffedOrganization) -> None:
    statuses = [
        call("POST", "/v1/organizations", token=home.member.token, body={"name": f"Number {number}"}).status
        for number in range(20)
    ]
    assert statuses == [*[201] * 19, 409]
    assert len(call("GET", "/v1/account", token=home.member.token).json["organizations"]) == 20


@pytest.mark.asvs("7.4.2")
def test_a_deleted_organization_lets_nobody_in_with_the_next_request(home: StaffedOrganization) -> None:
    token, address = an_invitation_token(home, an_email()), home.member.email
    assert delete(home.owner).status == 202
    for credential in home.credentials.values():
        assert call("GET", "/v1/products", token=credential).status == 401
    assert call("POST", "/v1/auth/refresh", body={"refreshToken": home.member.refresh_token}).status == 401
    login = call("POST", "/v1/auth/login", body={"email": address, "password": PASSWORD})
    assert login.json["code"] == "no_organization"
    accepted = call("POST", "/v1/invitations/accept", body={"token": token, "name": "Ada", "password": PASSWORD})
    assert accepted.json["code"] == "invalid_invitation"
    assert mails_to(home.owner.email)[-1]["template"] == "organization_deleted"


def test_what_a_deleted_organization_kept_goes_until_nothing_is_left(home: StaffedOrganization) -> None:
    foreign = an_organization()
    kept = stock_of(foreign.id)
    for _ in range(3):
        a_product(home)
    invitation = an_invitation_token(home, an_email())
    with sent_messages() as queued:
        assert delete(home.owner).status == 202
    message = next(each for each in queued if "organizationId" in each)
    assert removed(message) == [message]
    recorded(home.id)
    assert told(message)[-1] == message
    assert removed(message) == [message]
    # A request that was let in just before may still write just after.
    late = StoredItem(keys.tenant_partition(home.id, keys.Kind.PRODUCT), "prd_01JD0000000000000000000000")
    late.save()
    assert removed(message) == [message]
    assert removed(message) == []
    # The tombstone, and sessions that open nothing any more, until the tables' TTL takes them.
    assert set(stock_of(home.id)) == {"ORGANIZATION deleted 2", "identity USER SESSION"}
    assert stock_of(foreign.id) == kept
    for person in home.people.values():
        found = find_person(person.id)
        assert found is not None
        assert found.organization_ids == []
    assert call("GET", "/v1/products", token=home.credentials["read_key"]).status == 401
    assert call("POST", "/v1/invitations/accept", body={"token": invitation}).json["code"] == "invalid_invitation"


def test_the_files_of_a_deleted_organization_go_with_it_and_no_others(home: StaffedOrganization) -> None:
    foreign = an_organization()
    kept = {each.id: an_import(each) for each in (home, foreign)}
    export = call("GET", "/v1/organization/export", token=home.owner.token).json["id"]
    make_export(JobNote(home.id, export, utc_now()).message)
    shredded(home.owner, home.id)

    assert removed({"organizationId": home.id}) != []

    assert FileStore(home.id, Area.IMPORTS).find(kept[home.id]) is None
    assert FileStore(home.id, Area.EXPORTS).find(export) is None
    assert FileStore(foreign.id, Area.IMPORTS).find(kept[foreign.id]) is not None


def test_an_import_of_a_deleted_organization_goes_no_further(home: StaffedOrganization) -> None:
    import_id = an_import(home)
    assert call("POST", f"/v1/imports/{import_id}/start", token=home.owner.token).status == 202
    shredded(home.owner, home.id)
    while removed({"organizationId": home.id}):
        pass
    left = stock_of(home.id)

    note = JobNote(home.id, import_id, utc_now() - timedelta(minutes=2)).message
    process_import(note, send=send)

    assert stock_of(home.id) == left


def test_a_note_about_an_organization_that_lives_on_removes_nothing(home: StaffedOrganization) -> None:
    before = stock_of(home.id)
    assert removed({"organizationId": home.id}) == []
    assert stock_of(home.id) == before


def test_a_deletion_for_another_version_is_refused_and_queues_nothing(home: StaffedOrganization) -> None:
    headers = {HEADER: a_proof(home.owner.token, Action.DELETE_ORGANIZATION), "If-Match": '"7"'}
    with sent_messages() as queued:
        assert call("DELETE", "/v1/organization", token=home.owner.token, headers=headers).status == 412
    assert queued == []
    assert call("GET", "/v1/organization", token=home.owner.token).status == 200
