"""Whose credentials a call is signed with: the organization's that is acted for, and never another's."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import pytest
from botocore.exceptions import ConnectTimeoutError

from nexstock.clock import utc_now
from nexstock.ids import OrganizationId
from nexstock.persistence import organization_credentials
from nexstock.persistence.organization_credentials import acting_for
from nexstock.persistence.tables import connection
from tests.support.api import call
from tests.support.organization_sessions import organization_sessions
from tests.support.people import an_organization
from tests.support.requests import a_product
from tests.support.table_faults import Request, instead_of, query_error_answer

pytestmark = pytest.mark.usefixtures("platform")

A, B = (OrganizationId(f"org_01JD000000000000000000000{number}") for number in range(2))
LAMBDA: Final = "test"
"""The access key that the process itself has."""


@pytest.fixture(autouse=True)
def _sessions(platform: str) -> Iterator[None]:
    assert platform
    with organization_sessions():
        yield


def _signed_by(organization_id: OrganizationId | None = None) -> str:
    """Return the access key that one call of DynamoDB is signed with."""
    seen: list[str] = []

    def note(request: Request) -> None:
        authorization = request.headers["Authorization"]
        text = authorization.decode() if isinstance(authorization, bytes) else authorization
        seen.append(text.partition("Credential=")[2].partition("/")[0])

    with instead_of("ListTables", note):
        if organization_id is None:
            connection().list_tables()
        else:
            with acting_for(organization_id):
                connection().list_tables()
    (key_id,) = seen
    return key_id


def _opened() -> Any:  # noqa: ANN401 (a context manager that gives the list of those opened)
    return instead_of("AssumeRole", lambda request: asked.append(str(request.body)), service="sts")


asked: list[str] = []


@pytest.fixture(autouse=True)
def _counted() -> Iterator[None]:
    asked.clear()
    with _opened():
        yield


def test_each_organization_has_a_session_of_its_own_that_is_opened_once() -> None:
    first, second = _signed_by(A), _signed_by(B)

    assert len({first, second, LAMBDA}) == 3
    assert [_signed_by(A), _signed_by(B), _signed_by(A)] == [first, second, first]
    assert [A in asked[0], B in asked[1], len(asked)] == [True, True, 2]


def test_what_is_done_for_no_organization_is_signed_by_the_functions_own_session() -> None:
    _signed_by(A)

    assert _signed_by() == LAMBDA
    with pytest.raises(ZeroDivisionError), acting_for(A):
        raise ZeroDivisionError
    assert _signed_by() == LAMBDA


def test_an_organization_acted_for_within_another_ends_with_its_own_block() -> None:
    first = _signed_by(A)
    with acting_for(A):
        assert _signed_by(B) != first
        assert _signed_by() == first


def test_threads_never_have_each_others_session() -> None:
    own = {each: _signed_by(each) for each in (A, B)}
    begin, mixed = threading.Barrier(2), []

    def work(organization_id: OrganizationId) -> None:
        with acting_for(organization_id):
            begin.wait()
            for _turn in range(50):
                session = organization_credentials._session_for(organization_id, utc_now())  # noqa: SLF001
                context: dict[str, Any] = {}
                organization_credentials._choose_credentials(context)  # noqa: SLF001 (as botocore's hook does)
                chosen = context["signing"]["request_credentials"]
                if {chosen.access_key, session.credentials.access_key} != {own[organization_id]}:
                    mixed.append(organization_id)

    threads = [threading.Thread(target=work, args=(each,)) for each in (A, B)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert mixed == []


def test_session_that_is_about_to_end_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    began = utc_now()
    first = _signed_by(A)
    for after, is_same in ((timedelta(minutes=44), True), (timedelta(minutes=46), False)):
        monkeypatch.setattr(organization_credentials, "utc_now", lambda after=after: began + after)
        assert (_signed_by(A) == first) is is_same


def test_session_is_not_used_where_the_clock_was_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = _signed_by(A)
    monkeypatch.setattr(organization_credentials, "utc_now", lambda: utc_now() - timedelta(minutes=5))

    assert _signed_by(A) != first


def test_container_keeps_a_bounded_number_of_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(organization_credentials, "_MOST_SESSIONS", 2)
    organizations = [OrganizationId(f"org_01JD000000000000000000000{number}") for number in range(3)]
    for each in organizations:
        _signed_by(each)
    _signed_by(organizations[2])
    assert len(asked) == 3
    _signed_by(organizations[0])
    assert len(asked) == 4


def test_session_shows_no_credentials() -> None:
    key_id = _signed_by(A)

    assert key_id not in repr(organization_credentials._SESSIONS)  # noqa: SLF001 (what a log of it would show)


@pytest.mark.parametrize("code", ["Throttling", "no answer"])
def test_request_without_a_session_is_refused_for_now_and_leaves_nothing(code: str) -> None:
    home = an_organization()

    def refuse(request: Request) -> Any:  # noqa: ANN401 (an answer of AWS)
        if code == "no answer":
            raise ConnectTimeoutError(endpoint_url=request.url)
        return query_error_answer(request, code)

    with instead_of("AssumeRole", refuse, service="sts"):
        refused = call("POST", "/v1/warehouses", token=home.owner.token, body={"name": "Quay", "code": "Q"})
    listed = call("GET", "/v1/warehouses", token=home.owner.token)

    assert (refused.status, refused.json["code"]) == (503, "temporarily_unavailable")
    assert (listed.status, listed.json["items"]) == (200, [])


def test_requests_of_two_organizations_to_one_container_see_their_own() -> None:
    homes = [an_organization(), an_organization()]
    products = [a_product(home) for home in homes]
    for home, product in zip(homes, products, strict=True):
        listed = call("GET", "/v1/products", token=home.member.token)
        assert [each["id"] for each in listed.json["items"]] == [product]
