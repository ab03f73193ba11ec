"""Whether time tells who is registered: known and unknown addresses in turns, at every route that takes an address."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from nexstock.observability import logger
from tests.bench.engine import running_engine
from tests.bench.statistics import median, ms, ratio, row, timed_in_turns, welch_t
from tests.support.api import Reply, call
from tests.support.people import PASSWORD, an_email, an_organization

TITLE: Final = "Known beside unknown addresses, in turns; Welch's t beyond 4.5 either way would tell them apart"

_ROUNDS: Final = 1000
"""Of each kind; where a password is hashed, each takes a quarter of a second."""
_USES: Final = 4
"""How often one address is used: less often than locks an account or withholds a mail."""


@dataclass(frozen=True)
class _Route:
    name: str
    ask: Callable[[str, str], Reply]
    known: Callable[[int], Sequence[str]]
    status: int


def measure() -> Iterator[str]:
    """Tell both medians, their ratio, and Welch's t of every route."""
    # Thousands of refusals would be logged between the figures.
    logger.setLevel("ERROR")
    with running_engine():
        yield row("", "known", "unknown", "ratio", "t", "calls each")
        for route in _ROUTES:
            yield _compared(route)


def _compared(route: _Route) -> str:
    count = -(-_ROUNDS // _USES) + 5
    addresses = {
        "known": iter(_in_use(route.known(count))),
        "unknown": iter(_in_use([an_email() for _ in range(count)])),
    }

    def ask(kind: str) -> None:
        # An address of the internet each, so that no bucket and no lock is met.
        ip = f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1"
        reply = route.ask(next(addresses[kind]), ip)
        assert reply.status == route.status, reply.text

    actions = {kind: lambda kind=kind: ask(kind) for kind in addresses}
    timed_in_turns(actions, 2 * _USES)
    seconds = timed_in_turns(actions, _ROUNDS)
    known, unknown = median(seconds["known"]), median(seconds["unknown"])
    figure = f"{welch_t(seconds['known'], seconds['unknown']):+.2f}"
    return row(route.name, ms(known), ms(unknown), ratio(known, unknown), figure, str(_ROUNDS))


def _in_use(addresses: Sequence[str]) -> list[str]:
    # One address after the other, so that the first use and the later ones of both kinds meet.
    return [address for address in addresses for _ in range(_USES)]


def _people(count: int) -> list[str]:
    organizations = [an_organization() for _ in range(-(-count // 3))]
    return [person.email for organization in organizations for person in organization.people.values()][:count]


def _registrations(count: int) -> list[str]:
    addresses = [an_email() for _ in range(count)]
    for address in addresses:
        _register(address, "203.0.113.7")
    return addresses


def _register(email: str, ip: str) -> Reply:
    body = {"email": email, "password": PASSWORD, "name": "Pat", "organizationName": "Goods"}
    return call("POST", "/v1/auth/register", body=body, ip=ip)


def _log_in(email: str, ip: str) -> Reply:
    return call("POST", "/v1/auth/login", body={"email": email, "password": "not the password at all"}, ip=ip)


def _forgot(email: str, ip: str) -> Reply:
    return call("POST", "/v1/auth/password/forgot", body={"email": email}, ip=ip)


def _resend(email: str, ip: str) -> Reply:
    return call("POST", "/v1/auth/resend-code", body={"email": email}, ip=ip)


def _verify(email: str, ip: str) -> Reply:
    return call("POST", "/v1/auth/verify-email", body={"email": email, "code": "000000"}, ip=ip)


@cache
def _inviter() -> str:
    return an_organization().owner.token


def _invite(email: str, ip: str) -> Reply:
    return call("POST", "/v1/invitations", token=_inviter(), body={"email": email, "role": "member"}, ip=ip)


def _reset(email: str, ip: str) -> Reply:
    body = {"email": email, "code": "000000", "newPassword": "copper meadow whistle 77"}
    return call("POST", "/v1/auth/password/reset", body=body, ip=ip)


_ROUTES: Final = (
    _Route("POST /v1/auth/register", _register, _people, 202),
    _Route("POST /v1/auth/login, a wrong password", _log_in, _people, 401),
    _Route("POST /v1/auth/password/forgot", _forgot, _people, 202),
    _Route("POST /v1/auth/password/reset, a wrong code", _reset, _people, 422),
    _Route("POST /v1/auth/resend-code, of a person", _resend, _people, 202),
    _Route("POST /v1/auth/resend-code, of a registration", _resend, _registrations, 202),
    _Route("POST /v1/invitations", _invite, _people, 201),
    _Route("POST /v1/auth/verify-email, of a person", _verify, _people, 422),
)
