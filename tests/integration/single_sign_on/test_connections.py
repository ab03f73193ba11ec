"""An organization's connection: one, an owner's to change, its client secret sealed, its domains proven by DNS."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from nexstock.crypto.envelope import open_sealed
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.single_sign_on.model import client_secret_place
from nexstock.single_sign_on.repository import SingleSignOnItem, organization_of_domain
from tests.support import name_server
from tests.support.api import Reply, call
from tests.support.endings import shredded, until_done
from tests.support.environment import ALLOWED_ORIGIN
from tests.support.people import StaffedOrganization, an_organization
from tests.support.providers import CLIENT_SECRET
from tests.support.single_sign_on import (
    CONNECTION,
    VERIFY,
    a_connection,
    a_domain,
    connected,
    publish_proof,
    verified,
)

_ISSUER: Final = "https://login.customer.example/realm"


@pytest.fixture(scope="module")
def unconnected() -> StaffedOrganization:
    """Return an organization whose every attempt to connect is refused."""
    return an_organization()


def _create(organization: StaffedOrganization, *domains: str, **fields: Any) -> Reply:  # noqa: ANN401 (any JSON value)
    body = a_connection(_ISSUER, *domains, **fields)
    return call("POST", CONNECTION, token=organization.owner.token, body=body)


def _read(organization: StaffedOrganization) -> Reply:
    return call("GET", CONNECTION, token=organization.admin.token)


def _patch(organization: StaffedOrganization, headers: dict[str, str] | None = None, **fields: Any) -> Reply:  # noqa: ANN401
    return call("PATCH", CONNECTION, token=organization.owner.token, body=fields, headers=headers)


def _verify(organization: StaffedOrganization, domain: str) -> Reply:
    return call("POST", VERIFY, token=organization.admin.token, body={"name": domain})


def _stored(organization: StaffedOrganization) -> SingleSignOnItem:
    partition = tenant_partition(organization.id, Kind.SINGLE_SIGN_ON)
    return SingleSignOnItem.get(partition, organization.id, consistent_read=True)


def _statuses(reply: Reply) -> dict[str, str]:
    return {domain["name"]: domain["status"] for domain in reply.json["domains"]}


def test_a_new_connection_says_what_to_put_into_dns_and_what_to_allow_at_the_provider() -> None:
    organization, domain = an_organization(), a_domain()
    created = _create(organization, domain.upper())
    assert (created.status, created.headers["Location"], created.headers["ETag"]) == (201, CONNECTION, '"1"')
    told = created.json
    assert (told["issuer"], told["enabled"], told["required"], told["jitRole"]) == (_ISSUER, True, False, "member")
    assert told["redirectUri"] == f"{ALLOWED_ORIGIN}/sso/callback"
    (shown,) = told["domains"]
    assert (shown["name"], shown["status"]) == (domain, "pending")
    assert shown["txtRecord"]["name"] == f"_nexstock-challenge.{domain}"
    assert shown["txtRecord"]["value"].startswith("nexstock-domain-verification=")
    assert _read(organization).json == told


def test_the_client_secret_is_sealed_and_shown_to_nobody() -> None:
    organization = an_organization()
    created = _create(organization)
    assert CLIENT_SECRET not in created.text + _read(organization).text
    sealed = _stored(organization).sealed_client_secret
    assert CLIENT_SECRET.encode() not in sealed
    assert open_sealed(client_secret_place(organization.id), sealed) == CLIENT_SECRET.encode()


def test_an_organization_has_one_connection() -> None:
    organization = an_organization()
    assert _create(organization).status == 201
    again = _create(organization)
    assert (again.status, again.json["code"]) == (409, "single_sign_on_exists")


def test_without_a_connection_there_is_nothing_here() -> None:
    organization = an_organization()
    replies = [_read(organization), _patch(organization, enabled=False), _verify(organization, a_domain())]
    replies.append(call("DELETE", CONNECTION, token=organization.owner.token))
    assert [reply.status for reply in replies] == [404] * 4


def test_an_admin_reads_and_proves_and_only_an_owner_decides() -> None:
    organization, domain = an_organization(), a_domain()
    publish_proof(_create(organization, domain).json, domain)
    admin = organization.admin.token
    assert call("POST", CONNECTION, token=admin, body=a_connection(_ISSUER)).status == 403
    assert call("PATCH", CONNECTION, token=admin, body={"issuer": "https://evil.example"}).status == 403
    assert call("DELETE", CONNECTION, token=admin).status == 403
    assert _read(organization).status == 200
    assert _statuses(_verify(organization, domain)) == {domain: "verified"}


def test_another_issuer_needs_its_own_client_secret() -> None:
    organization = an_organization()
    _create(organization)
    refused = _patch(organization, issuer="https://evil.example")
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/clientSecret")
    before = _stored(organization).sealed_client_secret
    changed = _patch(organization, issuer="https://new.customer.example", clientSecret="another")
    assert (changed.status, changed.json["issuer"]) == (200, "https://new.customer.example")
    assert _stored(organization).sealed_client_secret != before


def test_a_change_is_refused_for_another_version_and_nothing_is_written_for_none() -> None:
    organization = an_organization()
    _create(organization)
    assert _patch(organization, {"If-Match": '"7"'}, enabled=False).status == 412
    assert _patch(organization, {"If-Match": '"1"'}, enabled=True).headers["ETag"] == '"1"'
    changed = _patch(organization, {"If-Match": '"1"'}, enabled=False, jitRole="admin")
    assert (changed.headers["ETag"], changed.json["jitRole"]) == ('"2"', "admin")
    assert call("DELETE", CONNECTION, token=organization.owner.token, headers={"If-Match": '"1"'}).status == 412


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"issuer": "ftp://login.example"}, "/issuer"),
        ({"issuer": "https://user:pass@login.example"}, "/issuer"),
        ({"issuer": "https://login.example/?a=b"}, "/issuer"),
        ({"issuer": "https://login.example/#top"}, "/issuer"),
        ({"clientId": ""}, "/clientId"),
        ({"clientSecret": ""}, "/clientSecret"),
        ({"clientSecret": "line\nfeed"}, "/clientSecret"),
        ({"domains": ["gmail.com"]}, "/domains/0"),
        ({"domains": ["Outlook.com"]}, "/domains/0"),
        ({"domains": ["co.uk"]}, "/domains/0"),
        ({"domains": ["localhost"]}, "/domains/0"),
        ({"domains": ["127.0.0.1"]}, "/domains/0"),
        ({"domains": ["b\u00fccher.example"]}, "/domains/0"),
        ({"domains": ["-a.example"]}, "/domains/0"),
        ({"domains": ["a..example"]}, "/domains/0"),
        ({"domains": [f"{'a' * 64}.example"]}, "/domains/0"),
        ({"domains": ["a.example", "A.example"]}, "/domains"),
        ({"domains": [f"d{number}.example" for number in range(21)]}, "/domains"),
        ({"jitRole": "owner"}, "/jitRole"),
        ({"enabled": "yes"}, "/enabled"),
        ({"organizationId": "org_01JD0000000000000000000000"}, "/organizationId"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_no_connection_can_be_is_refused_with_its_place(
    fields: dict[str, Any], pointer: str, unconnected: StaffedOrganization
) -> None:
    refused = _create(unconnected, **fields)
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, pointer)
    assert _read(unconnected).status == 404


def test_a_domain_is_verified_by_the_right_record_only() -> None:
    organization, domain = an_organization(), a_domain()
    created = _create(organization, domain).json
    record = created["domains"][0]["txtRecord"]
    refusals = [_verify(organization, domain)]
    for text in ("nexstock-domain-verification=", "nexstock-domain-verification=guess", record["value"][:-1]):
        name_server.publish(record["name"], text)
        refusals.append(_verify(organization, domain))
    name_server.publish(domain, record["value"])
    refusals.append(_verify(organization, domain))
    assert {(reply.status, reply.json["code"]) for reply in refusals} == {(409, "domain_not_verified")}
    assert organization_of_domain(domain) is None
    assert _statuses(verified(organization, domain)) == {domain: "verified"}
    assert organization_of_domain(domain) == organization.id
    # The record may go again: the proof was given.
    name_server.publish(record["name"])
    assert _verify(organization, domain).headers["ETag"] == '"2"'


def test_a_domain_that_the_connection_does_not_name_is_not_looked_for() -> None:
    organization = an_organization()
    _create(organization, a_domain())
    assert _verify(organization, a_domain()).status == 404


def test_dns_that_fails_or_is_silent_is_told_as_such_and_verifies_nothing() -> None:
    organization, domain = an_organization(), a_domain()
    record = _create(organization, domain).json["domains"][0]["txtRecord"]["name"]
    with name_server.failing_for(record):
        failed = _verify(organization, domain)
    with name_server.silent_about(record):
        silent = _verify(organization, domain)
    for reply in (failed, silent):
        assert (reply.status, reply.json["code"]) == (503, "temporarily_unavailable")
    assert _statuses(_read(organization)) == {domain: "pending"}


def test_of_two_organizations_that_prove_a_domain_at_once_one_gets_it() -> None:
    contenders, domain = [an_organization(), an_organization()], a_domain()
    values = [_create(each, domain).json["domains"][0]["txtRecord"] for each in contenders]
    name_server.publish(values[0]["name"], *(record["value"] for record in values))
    with ThreadPoolExecutor(2) as threads:
        replies = list(threads.map(lambda each: _verify(each, domain), contenders))
    assert sorted(reply.status for reply in replies) == [200, 409]
    (loser,) = [reply for reply in replies if reply.status == 409]
    assert loser.json["code"] == "domain_taken"
    winner = contenders[[reply.status for reply in replies].index(200)]
    assert organization_of_domain(domain) == winner.id
    assert [_statuses(_read(each)) for each in contenders].count({domain: "verified"}) == 1


def test_a_domain_is_free_again_once_it_is_taken_away_or_its_connection_ends() -> None:
    first, second, domain, kept = an_organization(), an_organization(), a_domain(), a_domain()
    connected(first, _ISSUER, domain, kept)
    assert _statuses(_patch(first, domains=[kept])) == {kept: "verified"}
    connected(second, _ISSUER, domain)
    assert organization_of_domain(domain) == second.id
    assert call("DELETE", CONNECTION, token=second.owner.token).status == 204
    assert call("DELETE", CONNECTION, token=first.owner.token).status == 204
    assert (organization_of_domain(domain), organization_of_domain(kept)) == (None, None)


def test_a_domain_that_comes_back_needs_a_new_proof() -> None:
    organization, domain = an_organization(), a_domain()
    before = connected(organization, _ISSUER, domain)["domains"][0]["txtRecord"]["value"]
    _patch(organization, domains=[])
    after = _patch(organization, domains=[domain]).json["domains"][0]
    assert (after["status"], after["txtRecord"]["value"] == before) == ("pending", False)


def test_a_deleted_connection_keeps_no_secret_and_makes_room_for_a_new_one() -> None:
    organization, domain = an_organization(), a_domain()
    connected(organization, _ISSUER, domain)
    assert call("DELETE", CONNECTION, token=organization.owner.token).status == 204
    assert _read(organization).status == 404
    stored = _stored(organization)
    assert stored.sealed_client_secret is None
    assert list(stored.verified_domains) == []
    again = _create(organization, domain)
    assert (again.status, _statuses(again)) == (201, {domain: "pending"})
    assert again.headers["ETag"] == _read(organization).headers["ETag"]


def test_a_deleted_organization_frees_its_domains() -> None:
    organization, domain = an_organization(), a_domain()
    connected(organization, _ISSUER, domain)
    shredded(organization.owner, organization.id)
    assert call("POST", "/v1/auth/sso/start", body={"email": f"ada@{domain}"}).status == 404
    until_done({"organizationId": organization.id})
    assert organization_of_domain(domain) is None
