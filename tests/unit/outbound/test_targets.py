"""No call goes inside anyone's network, however its URL or its name is written."""

import ipaddress
import socket
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.outbound.targets import MAX_URL_LENGTH, TargetRefused, is_refused, parse_target, resolve
from tests.support.names import Resolver
from tests.support.refused_targets import ipv6_forms

_PUBLIC = ["93.184.216.34", "8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:80e::200e"]

_REFUSED_IPV4 = [
    *("0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.1", "100.127.255.255"),  # noqa: S104
    *("127.0.0.1", "127.255.255.255", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255"),
    *("192.0.0.1", "192.0.0.171", "192.0.2.7", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1"),
    *("198.19.255.255", "198.51.100.9", "203.0.113.200", "224.0.0.1", "239.255.255.255", "240.0.0.1"),
    "255.255.255.255",
]
_REFUSED_IPV6 = [
    *("::", "::1", "::2", "fc00::1", "fd00:ec2::254", "fdff:ffff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1"),
    *("100::1", "2001:db8::1", "3fff::1", "5f00::1", "2001:2::1", "2001:10::1", "2001:20::1"),
]
_INNER = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1"]


@pytest.mark.parametrize("address", _REFUSED_IPV4 + _REFUSED_IPV6)
def test_special_addresses_are_refused(address: str) -> None:
    assert is_refused(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", [form for inner in _INNER for form in ipv6_forms(inner)])
def test_ipv6_forms_of_inner_addresses_are_refused(address: str) -> None:
    assert is_refused(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", _PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    assert not is_refused(ipaddress.ip_address(address))


@given(st.ip_addresses())
def test_nothing_that_the_standard_library_calls_inner_is_allowed(address: ipaddress.IPv4Address) -> None:
    inner = address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
    # The documents that made these public are newer than the ranges around them.
    assert not inner or is_refused(address)


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "authority"),
    [
        ("https://hooks.example.com", "hooks.example.com", 443, "/", "hooks.example.com"),
        ("https://hooks.example.com:443/in", "hooks.example.com", 443, "/in", "hooks.example.com"),
        ("https://hooks.example.com:8443/in", "hooks.example.com", 8443, "/in", "hooks.example.com:8443"),
        ("https://Hooks.Example.COM/In?A=b%20c", "hooks.example.com", 443, "/In?A=b%20c", "hooks.example.com"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443, "/", "xn--bcher-kva.example"),
        ("https://a.example?x=1", "a.example", 443, "/?x=1", "a.example"),
        ("https://a.example/@b:c", "a.example", 443, "/@b:c", "a.example"),
        ("https://1.example/", "1.example", 443, "/", "1.example"),
    ],
)
def test_https_urls_with_a_public_name_are_read(url: str, host: str, port: int, path: str, authority: str) -> None:
    target = parse_target(url, insecure_allowed=False)
    assert (target.scheme, target.host, target.port, target.path) == ("https", host, port, path)
    assert target.authority == authority


_SCHEMES = [
    *("http://hooks.example.com/", "ftp://hooks.example.com/", "file:///etc/passwd", "gopher://hooks.example.com/"),
    *("HTTPS://hooks.example.com/", "//hooks.example.com/", "hooks.example.com", "https:hooks.example.com", ""),
    *("https:///hooks.example.com", "javascript:alert(1)", "https://", "data:text/plain,x"),
]
_ADDRESSES = [
    *("https://127.0.0.1/", "https://169.254.169.254/latest/meta-data", "https://127.1/", "https://0x7f.1/"),
    *("https://0177.0.0.1/", "https://2130706433/", "https://0x7f000001/", "https://017700000001/", "https://0/"),
    *(
        "https://127.0.0.0x1/",
        "https://1.0x/",
        "https://①②⑦.0.0.1/",
        "https://\uff11\uff12\uff17.0.0.1/",
        "https://127。0。0。1/",
    ),
    *("https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[fd00:ec2::254]/", "https://::1/", "https://8.8.8.8/"),
    *("https://localhost/", "https://metadata/", "https://example.com.127/"),
]
_DECEPTIONS = [
    *("https://user@hooks.example.com/", "https://user:pw@hooks.example.com/", "https://evil\\@good.example/"),
    *("https://good.example\\.evil.example/", "https://good.example#@127.0.0.1/", "https://good.example/#part"),
    *("https://good.example%2f@127.0.0.1/", "https://good.example%00.evil.example/", "https://%6c.example/"),
    *("https://good.example\t/", "https://good.example /", " https://good.example/", "https://good.example/\n"),
    *("https://good.example/a\r\nX-Injected: 1", "https://good.example/a b", "https://good.example/\x00"),
    *("https://good.example./", "https://good..example/", "https://.example/", "https://-good.example/"),
    *("https://good-.example/", "https://bücher.example/", "https://ex_ample.com/", "https://good.example;x/"),
    *("https://good.example/ü", "https://good.example/[x]", "https://good.example/<x>", f"https://{'a' * 64}.example/"),
]
_PORTS = [
    *("https://good.example:80/", "https://good.example:22/", "https://good.example:6379/", "https://good.example:0/"),
    *("https://good.example:65536/", "https://good.example:99999/", "https://good.example:-1/"),
    *(
        "https://good.example:/",
        "https://good.example:443:80/",
        "https://good.example:443a/",
        "https://good.example:\uff14\uff14\uff13/",
    ),
]


@pytest.mark.parametrize("url", _SCHEMES + _ADDRESSES + _DECEPTIONS + _PORTS)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(TargetRefused):
        parse_target(url, insecure_allowed=False)


@pytest.mark.parametrize("url", _DECEPTIONS)
def test_deceptive_forms_are_refused_on_a_platform_of_ones_own_too(url: str) -> None:
    with pytest.raises(TargetRefused):
        parse_target(url, insecure_allowed=True)


def test_an_impossible_port_is_refused_on_a_platform_of_ones_own_too() -> None:
    for port in (0, 65536):
        with pytest.raises(TargetRefused):
            parse_target(f"http://127.0.0.1:{port}/", insecure_allowed=True)


def test_length_of_a_url_is_bounded() -> None:
    fitting = "https://a.example/".ljust(MAX_URL_LENGTH, "x")
    assert parse_target(fitting, insecure_allowed=False).host == "a.example"
    with pytest.raises(TargetRefused):
        parse_target(fitting + "x", insecure_allowed=False)


@given(st.text(max_size=60))
def test_no_text_behind_the_scheme_reaches_an_address_or_a_bare_name(text: str) -> None:
    try:
        target = parse_target(f"https://{text}", insecure_allowed=False)
    except TargetRefused:
        return
    assert target.host.isascii()
    assert "." in target.host
    with pytest.raises(ValueError, match=r"."):
        ipaddress.ip_address(target.host)


def test_refusals_never_repeat_the_url() -> None:
    with pytest.raises(TargetRefused) as refusal:
        parse_target("https://user:hunter2@good.example/", insecure_allowed=False)
    assert "hunter2" not in str(refusal.value)


_TARGET = parse_target("https://hooks.example.com/in", insecure_allowed=False)


@pytest.mark.parametrize("address", _PUBLIC)
def test_a_public_address_is_the_one_to_connect_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Resolver(monkeypatch).answer("hooks.example.com", [address])
    assert resolve(_TARGET, insecure_allowed=False) == address


@pytest.mark.parametrize("address", [*_REFUSED_IPV4, *_REFUSED_IPV6, *ipv6_forms("169.254.169.254"), "fe80::1%1"])
def test_a_name_that_leads_inside_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Resolver(monkeypatch).answer("hooks.example.com", [address])
    with pytest.raises(TargetRefused, match="not public"):
        resolve(_TARGET, insecure_allowed=False)


def test_one_inner_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    Resolver(monkeypatch).answer("hooks.example.com", ["93.184.216.34", "10.0.0.1", "8.8.8.8"])
    with pytest.raises(TargetRefused, match="not public"):
        resolve(_TARGET, insecure_allowed=False)


def test_loopback_and_nothing_else_inside_is_allowed_on_a_platform_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver(monkeypatch)
    for address in ("127.0.0.1", "::1"):
        resolver.answer("hooks.example.com", [address])
        assert resolve(_TARGET, insecure_allowed=True) == address
    for address in ("10.0.0.1", "169.254.169.254", "fd00:ec2::254", "::ffff:10.0.0.1", "0.0.0.0"):  # noqa: S104
        resolver.answer("hooks.example.com", [address])
        with pytest.raises(TargetRefused):
            resolve(_TARGET, insecure_allowed=True)


def test_a_name_without_an_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Resolver(monkeypatch).answer("hooks.example.com", [])
    with pytest.raises(TargetRefused, match="no address"):
        resolve(_TARGET, insecure_allowed=False)


def test_a_name_server_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    given_up = threading.Event()

    def never(*_question: object, **_options: object) -> list[object]:
        given_up.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    began = time.monotonic()
    with pytest.raises(TargetRefused, match="no address"):
        resolve(_TARGET, insecure_allowed=False, within_s=0.05)
    assert time.monotonic() - began < 2
    given_up.set()
