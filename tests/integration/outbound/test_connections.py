"""The connection goes to the address that was checked, and TLS and `Host` name the host that was registered."""

import datetime as dt
from pathlib import Path

import pytest

from nexstock.outbound import http_client
from nexstock.outbound.http_client import NoAnswer
from nexstock.outbound.targets import TargetRefused, TargetUrl, parse_target, resolve
from tests.support.certificates import Authority, new_authority
from tests.support.names import ConnectionSpy, Resolver
from tests.support.receivers import receiver

_HOST = "hooks.customer.example"
_INNER = ["10.0.0.5", "169.254.169.254", "127.0.0.1", "::1", "::ffff:10.0.0.5", "64:ff9b::a00:5", "fd00:ec2::254"]


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> ConnectionSpy:
    """Record every connection; only loopback is really called."""
    return ConnectionSpy(monkeypatch)


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    """Answer for DNS."""
    return Resolver(monkeypatch)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Trust an authority of the test's own, as OpenSSL lets every client do."""
    made = new_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    return made


def _send(target: TargetUrl, *, insecure_allowed: bool = False) -> int:
    address = resolve(target, insecure_allowed=insecure_allowed)
    return http_client.post(target, address, {}, b"{}").status


@pytest.mark.parametrize("address", _INNER)
def test_nothing_inside_is_ever_connected_to(address: str, resolver: Resolver, spy: ConnectionSpy) -> None:
    resolver.answer(_HOST, [address], ["93.184.216.34", address])
    for _ in range(2):
        with pytest.raises(TargetRefused):
            _send(parse_target(f"https://{_HOST}/", insecure_allowed=False))
    assert spy.addresses == []


def test_a_name_that_changes_its_mind_gains_nothing(resolver: Resolver, spy: ConnectionSpy) -> None:
    resolver.answer(_HOST, ["93.184.216.34"], ["169.254.169.254"])
    with pytest.raises(NoAnswer):
        _send(parse_target(f"https://{_HOST}/", insecure_allowed=False))
    assert spy.addresses == ["93.184.216.34"]
    with pytest.raises(TargetRefused):
        _send(parse_target(f"https://{_HOST}/", insecure_allowed=False))
    assert spy.addresses == ["93.184.216.34"]


def test_the_first_checked_address_is_called_and_no_other(resolver: Resolver, spy: ConnectionSpy) -> None:
    resolver.answer(_HOST, ["93.184.216.34", "8.8.8.8"])
    with pytest.raises(NoAnswer):
        _send(parse_target(f"https://{_HOST}/", insecure_allowed=False))
    assert spy.addresses == ["93.184.216.34"]


def test_tls_and_host_name_the_registered_host(resolver: Resolver, spy: ConnectionSpy, authority: Authority) -> None:
    context = authority.server(_HOST)
    named: list[str] = []
    context.sni_callback = lambda _connection, name, _context: named.append(name)
    resolver.answer(_HOST, ["127.0.0.1"])
    with receiver(tls=context) as server:
        assert _send(TargetUrl("https", _HOST, server.port, "/in"), insecure_allowed=True) == 200
        assert server.received[0].headers["host"] == f"{_HOST}:{server.port}"
    assert named == [_HOST]
    assert spy.addresses == ["127.0.0.1"]


def test_a_certificate_for_another_host_is_refused(resolver: Resolver, authority: Authority) -> None:
    resolver.answer(_HOST, ["127.0.0.1"])
    with receiver(tls=authority.server("other.example")) as server:
        with pytest.raises(NoAnswer, match="SSL"):
            _send(TargetUrl("https", _HOST, server.port, "/"), insecure_allowed=True)
        assert server.received == []


def test_a_certificate_past_its_end_is_refused(resolver: Resolver, authority: Authority) -> None:
    resolver.answer(_HOST, ["127.0.0.1"])
    with receiver(tls=authority.server(_HOST, valid_for=dt.timedelta(hours=-1))) as server:
        with pytest.raises(NoAnswer, match="SSL"):
            _send(TargetUrl("https", _HOST, server.port, "/"), insecure_allowed=True)
        assert server.received == []


def test_a_certificate_of_nobodys_authority_is_refused(resolver: Resolver, tmp_path: Path) -> None:
    resolver.answer(_HOST, ["127.0.0.1"])
    with receiver(tls=new_authority(tmp_path).server(_HOST)) as server:
        with pytest.raises(NoAnswer, match="SSL"):
            _send(TargetUrl("https", _HOST, server.port, "/"), insecure_allowed=True)
        assert server.received == []
