"""Hundreds of ways to be sent inside a network, as the sender calls: none of them ever reaches a socket."""

import ipaddress
from collections.abc import Iterable
from typing import Final

import pytest

from nexstock.outbound import http_client
from nexstock.outbound.http_client import NoAnswer
from nexstock.outbound.targets import TargetRefused, is_refused, parse_target, resolve
from tests.support.names import ConnectionSpy, Resolver
from tests.support.receivers import receiver
from tests.support.refused_targets import (
    INNER,
    NAME,
    addresses_inside_others,
    ipv6_forms,
    odd_notations,
    odd_urls,
    special_addresses,
)

_METADATA: Final = "169.254.169.254"


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> ConnectionSpy:
    """Record every connection; only loopback is really called."""
    return ConnectionSpy(monkeypatch)


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    """Answer for DNS."""
    return Resolver(monkeypatch)


def _let_through(urls: Iterable[str], *, insecure_allowed: bool = False) -> list[str]:
    """Call each URL as the sender does; return those that were not refused."""
    called = []
    for url in urls:
        try:
            target = parse_target(url, insecure_allowed=insecure_allowed)
            http_client.post(target, resolve(target, insecure_allowed=insecure_allowed), {}, b"{}")
        except TargetRefused:
            continue
        except NoAnswer:
            pass
        called.append(url)
    return called


@pytest.mark.asvs("1.3.6")
@pytest.mark.parametrize("addresses", [special_addresses(), addresses_inside_others()], ids=["special", "carried"])
def test_no_name_leads_to_an_address_inside(addresses: list[str], resolver: Resolver, spy: ConnectionSpy) -> None:
    assert len(addresses) > 100
    for number, address in enumerate(addresses):
        resolver.answer(f"n{number}.example", [address], ["93.184.216.34", address], [address, "93.184.216.34"])
    urls = [f"https://n{number}.example/" for number in range(len(addresses))]
    for _ in range(3):
        assert _let_through(urls) == []
    assert spy.addresses == []


@pytest.mark.asvs("1.3.6")
def test_no_way_to_write_an_address_inside_is_called(resolver: Resolver, spy: ConnectionSpy) -> None:
    resolver.answer_all(_METADATA)
    hosts = [host for inner in INNER for host in odd_notations(inner)]
    hosts += [f"[{form}]" for inner in INNER for form in ipv6_forms(inner)]
    assert len(hosts) > 250
    assert _let_through(f"https://{host}{port}/" for host in hosts for port in ("", ":443", ":8443")) == []
    assert spy.addresses == []


@pytest.mark.asvs("1.3.6")
def test_no_url_that_two_readers_read_differently_is_called(resolver: Resolver, spy: ConnectionSpy) -> None:
    # Whatever name a reader takes it for leads inside, so that one that got past the grammar would show.
    resolver.answer_all(_METADATA)
    urls = [url for inner in INNER for url in odd_urls(inner)]
    assert len(set(urls)) > 500
    assert _let_through(urls) == []
    assert spy.addresses == []


def test_a_platform_of_ones_own_calls_loopback_and_nothing_else_inside(spy: ConnectionSpy) -> None:
    elsewhere = [inner for inner in INNER if not inner.startswith("127.")]
    hosts = [host for inner in elsewhere for host in odd_notations(inner)]
    called = _let_through((f"http://{host}:1/" for host in hosts), insecure_allowed=True)
    # What `inet_aton` reads as octal numbers, such as 010.0.0.1, is a public address then, and called as one.
    assert len(spy.addresses) == len(called) < len(hosts) / 20
    assert not [address for address in spy.addresses if is_refused(ipaddress.ip_address(address))]


def test_a_name_that_answers_otherwise_every_time_is_called_where_it_was_checked(
    resolver: Resolver, spy: ConnectionSpy
) -> None:
    answers = [["93.184.216.34"], [_METADATA]] * 20
    resolver.answer(NAME, *answers)
    outcomes = [_let_through([f"https://{NAME}/"]) for _ in answers]
    assert [bool(outcome) for outcome in outcomes] == [True, False] * 20
    assert spy.addresses == ["93.184.216.34"] * 20


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("place", [f"http://{_METADATA}/", "https://10.0.0.1/", "//[::1]/", "/again"])
def test_a_redirect_is_never_followed(status: int, place: str, resolver: Resolver, spy: ConnectionSpy) -> None:
    resolver.answer(NAME, ["127.0.0.1"])
    content = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode()
    with receiver(lambda connection, _stopping: connection.sendall(content)) as server:
        assert _let_through([f"http://{NAME}:{server.port}/"], insecure_allowed=True)
    assert spy.addresses == ["127.0.0.1"]
