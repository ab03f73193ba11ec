"""One request to a server that may do anything: bounded in time and size, and nothing but its own answer counts."""

import gzip
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nexstock.outbound import http_client
from nexstock.outbound.http_client import MAX_CONTENT_BYTES, Answer, NoAnswer
from nexstock.outbound.targets import TargetUrl, parse_target
from tests.support.certificates import new_authority
from tests.support.engines import free_port
from tests.support.receivers import (
    Behaviour,
    Receiver,
    answering,
    endless,
    hanging,
    receiver,
    sending,
    trickling,
)

_BOMB = gzip.compress(bytes(80 * 1024 * 1024))
_HEAD = b"HTTP/1.1 200 OK\r\n"
_SHORT_S = 1.5
_BODY = b'{"id":"msg_1","name":"B\xc3\xbccher"}'


def _target(server: Receiver) -> TargetUrl:
    return parse_target(server.url, insecure_allowed=True)


def _post(server: Receiver) -> Answer:
    return http_client.post(_target(server), "127.0.0.1", {"webhook-id": "msg_1"}, _BODY)


def test_body_headers_and_path_arrive_as_they_were_given() -> None:
    with receiver(answering(202, body=b"taken")) as server:
        answer = _post(server)
        request = server.received[0]
    assert (answer.status, answer.content, answer.is_complete) == (202, b"taken", True)
    assert (request.path, request.body) == ("/hooks?from=nexstock", _BODY)
    assert request.headers["webhook-id"] == "msg_1"
    assert request.headers["host"] == f"127.0.0.1:{server.port}"


def test_a_get_has_no_body_and_tells_the_type_of_the_answer() -> None:
    with receiver(answering(200, body=b"{}", headers="Content-Type: application/json\r\n")) as server:
        answer = http_client.get(_target(server), "127.0.0.1", {"accept": "application/json"})
        request = server.received[0]
    assert answer == Answer(200, "application/json", b"{}", is_complete=True)
    assert (request.path, request.body) == ("/hooks?from=nexstock", b"")
    assert request.headers["accept"] == "application/json"
    assert "content-length" not in request.headers


def test_a_shorter_limit_of_time_holds_too() -> None:
    began = time.monotonic()
    with receiver(trickling(_HEAD + b"Connection: close\r\n\r\n", b"a")) as server:
        answer = http_client.get(_target(server), "127.0.0.1", {}, total_s=0.5)
    assert time.monotonic() - began < 2
    # What has no length looks whole when its connection ends; it is not.
    assert not answer.is_complete


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_answers_and_are_not_followed(status: int) -> None:
    with receiver() as elsewhere, receiver(answering(status, headers=f"Location: {elsewhere.url}\r\n")) as server:
        assert _post(server).status == status
        assert len(server.received) == 1
        assert elsewhere.received == []


@pytest.mark.parametrize("status", [200, 204, 400, 404, 410, 429, 500, 503])
def test_every_status_is_reported_as_it_is(status: int) -> None:
    with receiver(answering(status)) as server:
        assert _post(server).status == status


@pytest.mark.parametrize(
    "behaviour",
    [
        answering(200, body=b"y" * (10 * 1024 * 1024)),
        endless(_HEAD + b"\r\n"),
        endless(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"400\r\n" + b"y" * 1024 + b"\r\n"),
        answering(200, body=b"y" * (10 * 1024 * 1024), headers="Content-Encoding: gzip\r\n"),
        answering(200, body=_BOMB, headers="Content-Encoding: gzip\r\n"),
    ],
    ids=["10-megabytes", "no-end", "no-last-chunk", "called-gzip", "gzip-bomb"],
)
def test_a_huge_answer_is_cut_and_known_to_be(behaviour: Behaviour) -> None:
    began = time.monotonic()
    with receiver(behaviour) as server:
        answer = _post(server)
        assert time.monotonic() - began < 5
    assert (answer.status, answer.is_complete) == (200, False)
    assert len(answer.content) == MAX_CONTENT_BYTES


def test_the_beginning_survives_bytes_that_are_no_text() -> None:
    with receiver(answering(200, body=b"\xff\xfe" * 2000)) as server:
        assert _post(server).beginning(1024) == "\N{REPLACEMENT CHARACTER}" * 1024


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"HTTP/1.1",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + b"\x00" * 200,
        b"HTTP/1.1 2xx OK\r\n\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
        b"\x00" * 100_000,
        b"H" * 100_000,
        _HEAD + b"X-Long: " + b"a" * 100_000 + b"\r\n\r\n",
        _HEAD + b"".join(b"X-%d: a\r\n" % number for number in range(500)) + b"\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
    ],
    ids=[
        *("closed-at-once", "half-a-status-line", "another-protocol", "tls-to-plain", "no-status", "no-such-status"),
        *("zeros", "endless-status-line", "huge-header", "many-headers", "continue-and-nothing"),
    ],
)
def test_what_is_no_http_answer_is_no_answer(content: bytes) -> None:
    with receiver(sending(content)) as server, pytest.raises(NoAnswer) as told:
        _post(server)
    # The owner of the endpoint reads it: a kind of failure, never what the server sent.
    assert str(told.value).isidentifier()


@pytest.mark.parametrize("beginning", [_HEAD + b"X-Long: ", _HEAD, b"HTTP/1.1 200 "], ids=["one", "many", "status"])
def test_ten_megabytes_of_headers_are_no_answer_and_not_read(beginning: bytes) -> None:
    piece = b"X-A: a\r\n" * 100 if beginning is _HEAD else b"a" * 1024
    sent: list[int] = []

    def flood(connection: socket.socket, _stopping: threading.Event) -> None:
        connection.sendall(beginning)
        for _ in range(10 * 1024 * 1024 // len(piece)):
            connection.sendall(piece)
            sent.append(len(piece))

    with receiver(flood) as server, pytest.raises(NoAnswer):
        _post(server)
    # What the sockets' own buffers take is gone before anybody reads.
    assert sum(sent) < 8 * 1024 * 1024


def test_an_answer_that_ends_early_counts_with_what_came() -> None:
    with receiver(sending(_HEAD + b"Content-Length: 1000\r\n\r\nbegun")) as server:
        assert _post(server) == Answer(200, "", b"begun", is_complete=False)


def test_nobody_listening_is_no_answer() -> None:
    target = parse_target(f"http://127.0.0.1:{free_port()}/", insecure_allowed=True)
    with pytest.raises(NoAnswer):
        http_client.post(target, "127.0.0.1", {}, _BODY)


def test_proxies_of_the_environment_have_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as proxy, receiver() as server:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        _post(server)
        assert (len(server.received), proxy.received) == (1, [])


def test_no_receiver_holds_an_attempt_longer_than_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = new_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    tls = authority.server("hooks.customer.example")
    # Each of these would go on for ever; all are called at the same moment.
    outcomes = {
        hanging(): "TimeoutError",
        trickling(b"", b"H"): "TimeoutError",
        trickling(b"", b"HTTP/1.1 100 Continue\r\n\r\n"): "TimeoutError",
        trickling(_HEAD + b"X-Slow: ", b"a"): "",
        trickling(_HEAD + b"Content-Length: 100000\r\n\r\n", b"a"): "a",
        trickling(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"): "a",
        trickling(_HEAD + b"Connection: close\r\n\r\n", b"a"): "a",
    }

    def attempt(behaviour: Behaviour, *, secured: bool) -> tuple[float, str]:
        with receiver(behaviour, tls=tls if secured else None) as server:
            return _timed("https" if secured else "http", server.port)

    with ThreadPoolExecutor(2 * len(outcomes)) as threads:
        attempts = [
            (threads.submit(attempt, behaviour, secured=secured), expected)
            for behaviour, expected in outcomes.items()
            for secured in (False, True)
        ]
        for made, expected in attempts:
            took_s, outcome = made.result()
            assert took_s < _SHORT_S + 1
            assert outcome == expected


@pytest.mark.parametrize(
    "behaviour",
    [hanging(), trickling(b"\x16\x03\x03\x40\x00", b"\x02"), endless(b"\x16\x03\x03\x40\x00", b"\x00" * 1024)],
    ids=["silence", "a byte now and then", "flood"],
)
def test_a_server_that_never_finishes_its_handshake_is_given_up(behaviour: Behaviour) -> None:
    with receiver(behaviour, reads=False) as server:
        took_s, outcome = _timed("https", server.port)
    assert took_s < _SHORT_S + 1
    assert outcome in {"TimeoutError", "SSLError", "ConnectTimeoutError"}


def _timed(scheme: str, port: int) -> tuple[float, str]:
    """Call a server with a short limit; return how long it took, and how the answer begins or why there is none."""
    began = time.monotonic()
    try:
        target = TargetUrl(scheme, "hooks.customer.example", port, "/")
        outcome = http_client.post(target, "127.0.0.1", {}, _BODY, total_s=_SHORT_S).beginning(1)
    except NoAnswer as told:
        outcome = str(told)
    return time.monotonic() - began, outcome


def test_an_attempt_has_ten_seconds_in_all() -> None:
    assert http_client.TOTAL_S == 10
