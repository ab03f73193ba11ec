"""Filling an organization: everything once, whatever comes in between, and no faster than the platform lets it."""

import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pytest

from infra.local.demo.__main__ import fill
from infra.local.demo.api import DemoApi
from infra.local.demo.business import Size
from infra.local.demo.journal import Journal
from infra.local.platform.faults import PlatformFault
from nexstock.auth.permissions import Scope
from tests.support.api import call
from tests.support.people import StaffedOrganization, an_organization
from tests.support.stock import stock_of

_PERCENT = 1
_SIZE = Size().percent(_PERCENT)

Answer = Callable[[httpx.Request], httpx.Response]


_ONE_AT_A_TIME = threading.Lock()
"""As in a container of Lambda."""


def _in_process(request: httpx.Request) -> httpx.Response:
    with _ONE_AT_A_TIME:
        reply = call(
            request.method,
            request.url.path,
            token=request.headers["X-API-Key"],
            body=request.content.decode() or None,
            query=dict(parse_qsl(request.url.query.decode())),
            headers={name.title(): value for name, value in request.headers.items() if name == "idempotency-key"},
        )
    return httpx.Response(reply.status, headers=reply.headers, text=reply.text, request=request)


def _filled(organization: StaffedOrganization, folder: Path, answer: Answer = _in_process) -> None:
    key = organization.api_keys[Scope.ADMIN].text
    api = DemoApi("http://api.test", key, transport=httpx.MockTransport(answer))
    fill(api, folder, seed=1, percent=_PERCENT)


def _count(organization: StaffedOrganization, path: str) -> int:
    query = {"limit": "100"}
    return len(call("GET", path, token=organization.owner.token, query=query).json["items"])


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


@pytest.mark.thorough
def test_business_is_made_once_however_often_it_is_asked_for(organization: StaffedOrganization, tmp_path: Path) -> None:
    _filled(organization, tmp_path)
    made = stock_of(organization.id)

    def refuse_writes(request: httpx.Request) -> httpx.Response:
        assert request.method == "GET"
        return _in_process(request)

    _filled(organization, tmp_path, refuse_writes)

    assert stock_of(organization.id) == made
    assert _count(organization, "/v1/warehouses") == 3
    assert _count(organization, "/v1/products") == _SIZE.products
    reconciled = call("GET", "/v1/stock/reconciliation", token=organization.owner.token, query={"limit": "100"}).json
    assert all(row["intact"] for row in reconciled["items"])


@pytest.mark.thorough
def test_run_that_was_interrupted_is_gone_on_with(organization: StaffedOrganization, tmp_path: Path) -> None:
    left = iter(range(12))

    def interrupted(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and next(left, None) is None:
            return httpx.Response(500, request=request)
        return _in_process(request)

    with pytest.raises(PlatformFault):
        _filled(organization, tmp_path, interrupted)
    _filled(organization, tmp_path)

    whole = an_organization()
    _filled(whole, tmp_path)
    assert _levels(organization) == _levels(whole)


@pytest.mark.thorough
def test_answer_that_was_lost_makes_nothing_twice(organization: StaffedOrganization, tmp_path: Path) -> None:
    lost: set[str] = set()

    def losing(request: httpx.Request) -> httpx.Response:
        answer = _in_process(request)
        key = request.headers.get("Idempotency-Key")
        if key is not None and key not in lost and len(lost) < 5:
            lost.add(key)
            raise httpx.ReadTimeout(key, request=request)
        return answer

    _filled(organization, tmp_path, losing)

    assert _count(organization, "/v1/warehouses") == 3
    assert _count(organization, "/v1/products") == _SIZE.products


@pytest.mark.thorough
def test_what_is_there_already_is_taken_where_the_journal_is_gone(
    organization: StaffedOrganization, tmp_path: Path
) -> None:
    body = {"code": "NORTH", "name": "Made by hand"}
    made = call("POST", "/v1/warehouses", token=organization.owner.token, body=body).json["id"]

    _filled(organization, tmp_path)

    levels = call("GET", "/v1/stock", token=organization.owner.token, query={"warehouseId": made}).json["items"]
    assert levels


@pytest.mark.thorough
def test_busy_platform_is_waited_for(organization: StaffedOrganization, tmp_path: Path) -> None:
    waits = iter(["0", "0"])

    def busy(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and (wait := next(waits, None)) is not None:
            return httpx.Response(429, headers={"Retry-After": wait}, request=request)
        return _in_process(request)

    _filled(organization, tmp_path, busy)

    assert _count(organization, "/v1/products") == _SIZE.products


def test_half_a_line_of_the_journal_is_no_answer(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('["one", "prd_1"]\n["two", "prd')

    journal = Journal(path)

    assert (journal.find("one"), journal.find("two")) == ("prd_1", None)
    journal.close()


def _levels(organization: StaffedOrganization) -> list[tuple[float, str]]:
    items = call("GET", "/v1/stock", token=organization.owner.token, query={"limit": "100"}).json["items"]
    return sorted((item["onHand"], item["state"]) for item in items)
