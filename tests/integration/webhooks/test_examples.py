"""The examples of the documentation, in every language, on messages as the sender delivered them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from infra.bootstrap import NODE_PACKAGES, RUNTIMES_FOLDER, STAMP
from nexstock.clock import utc_now
from nexstock.crypto.envelope import open_sealed
from nexstock.webhooks.delivery import deliver
from tests.support.api import call
from tests.support.people import an_organization
from tests.support.receivers import Received, receiver
from tests.support.templates import ROOT
from tests.support.webhooks import Queues, a_note

pytestmark = pytest.mark.usefixtures("platform")

_EXAMPLES: Final = ROOT / "docs" / "examples" / "webhooks"
_VERIFIERS: Final[Mapping[str, tuple[str, ...]]] = {
    "Python": (sys.executable, "verify.py"),
    "Node": ("node", "verify.mjs"),
    "Go": ("go", "run", "verify.go"),
    "Java": ("java", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "Verify.java"),
    "PHP": ("php", "verify.php"),
    "Ruby": ("ruby", "verify.rb"),
    "openssl": ("sh", "verify.sh"),
}
_ONE_AT_A_TIME: Final = ("openssl",)
_NO_MATCH: Final = "not valid: no signature matches"
_NOT_RECENT: Final = "not valid: the message is older than five minutes, or this clock is wrong"
_NO_TIMESTAMP: Final = "not valid: there is no timestamp"


@dataclass(frozen=True)
class _Delivery:
    """A message as it arrived, and what its receiver has to verify it with."""

    request: Received
    secret: str = field(repr=False)
    key: str

    def with_header(self, name: str, value: str) -> Received:
        """Return the request with another value of one header."""
        return replace(self.request, headers={**self.request.headers, name: value})


def _delivered(*, ago: timedelta = timedelta()) -> _Delivery:
    """Have the sender deliver a message about a product to a server of the customer's."""
    organization = an_organization()
    with receiver() as server:
        endpoint, note = a_note(organization, server.url)
        clock = lambda: utc_now() - ago  # noqa: E731 (the time that is passed on)
        deliver(note, open_sealed=open_sealed, send=Queues().send, clock=clock)
        (request,) = server.received
    (key,) = call("GET", f"/.well-known/webhook-keys/{organization.id}").json["keys"]
    return _Delivery(request, endpoint.secret, key["publicKey"])


@pytest.fixture(scope="module")
def delivery(platform: str) -> _Delivery:  # noqa: ARG001 (a fixture is asked for by its name)
    """Return a message of a moment ago."""
    return _delivered()


def _cases(genuine: _Delivery) -> Iterator[tuple[Received, str]]:
    """Yield messages, and what a verifier has to say of each."""
    request, headers = genuine.request, genuine.request.headers
    standard, dated = headers["webhook-signature"], headers["x-nexstock-signature"]
    mac, _, by_key = standard.partition(" ")
    yield request, "valid"
    yield genuine.with_header("webhook-signature", f"v1,AAAA v2,x v1a,%%% {standard}"), "valid"
    yield genuine.with_header("x-nexstock-signature", dated.replace(",", ",v0=x,v1=,", 1)), "valid"
    yield replace(request, body=request.body.replace(b"Anvil", b"Bolts")), _NO_MATCH
    yield replace(request, body=request.body + b"\n"), _NO_MATCH
    yield genuine.with_header("webhook-id", "msg_another"), _NO_MATCH
    yield genuine.with_header("x-nexstock-signature", dated.partition(",")[0]), _NO_MATCH
    yield genuine.with_header("webhook-signature", by_key), _NO_MATCH
    yield genuine.with_header("webhook-signature", mac), _NO_MATCH
    yield genuine.with_header("webhook-signature", f"{mac} {_flipped(by_key)}"), _NO_MATCH
    yield genuine.with_header("webhook-signature", f"{_flipped(mac)} {by_key}"), _NO_MATCH
    yield genuine.with_header("x-nexstock-signature", ""), _NO_TIMESTAMP
    yield genuine.with_header("webhook-timestamp", "soon"), _NO_TIMESTAMP
    yield genuine.with_header("webhook-timestamp", "1700000000"), _NOT_RECENT


def _flipped(signature: str) -> str:
    """Return a signature with another character in its middle."""
    middle = len(signature) // 2
    return signature[:middle] + ("A" if signature[middle] != "A" else "B") + signature[middle + 1 :]


def _saved(requests: list[Received], folder: Path) -> list[str]:
    """Save messages as the examples read them; return the paths, headers and body of each."""
    paths = []
    for number, request in enumerate(requests):
        headers, body = folder / f"{number}.txt", folder / f"{number}.json"
        headers.write_text("".join(f"{name}: {value}\n" for name, value in request.headers.items()))
        body.write_bytes(request.body)
        paths += [str(headers), str(body)]
    return paths


def _program(name: str) -> str:
    """Return a program's path: the machine's, or what the set-up unpacked."""
    found = shutil.which(name, path=f"{os.environ['PATH']}{os.pathsep}{RUNTIMES_FOLDER / 'bin'}")
    if found is None:
        pytest.skip(f"{name} is not on this machine, and the set-up could not bring it")
    return found


def _said(language: str, paths: list[str], secret: str, key: str) -> list[str]:
    """Run an example on saved messages and return what it says of each."""
    program, *arguments = _VERIFIERS[language]
    environment = {**os.environ, "WEBHOOK_SECRET": secret, "WEBHOOK_KEY": key}
    step = 2 if language in _ONE_AT_A_TIME else len(paths)
    said = []
    for place in range(0, len(paths), step):
        command = [_program(program), *arguments, *paths[place : place + step]]
        ended = subprocess.run(  # noqa: S603 (an example of ours)
            command, cwd=_EXAMPLES, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        said += [line for line in ended.stdout.splitlines() if line] or [ended.stderr]
        assert (ended.returncode == 0) == all(line == "valid" for line in ended.stdout.splitlines())
    return said


@pytest.mark.parametrize("language", _VERIFIERS)
def test_example_verifies_a_delivery_and_nothing_else(language: str, delivery: _Delivery, tmp_path: Path) -> None:
    requests, expected = zip(*_cases(delivery), strict=True)
    assert _said(language, _saved(list(requests), tmp_path), delivery.secret, delivery.key) == list(expected)


@pytest.mark.parametrize("language", ["Python", "Node", "PHP", "Ruby"])
def test_example_refuses_another_secret_another_key_and_what_is_old(
    language: str, delivery: _Delivery, tmp_path: Path
) -> None:
    other, old = _delivered(), _delivered(ago=timedelta(minutes=6))
    paths = _saved([delivery.request], tmp_path)
    assert _said(language, paths, other.secret, delivery.key) == [_NO_MATCH]
    assert _said(language, paths, delivery.secret, other.key) == [_NO_MATCH]
    assert _said(language, _saved([old.request], tmp_path), old.secret, old.key) == [_NOT_RECENT]


def test_public_packages_of_node_accept_a_delivery_and_no_altered_one(delivery: _Delivery, tmp_path: Path) -> None:
    installed = NODE_PACKAGES["verifiers"].folder
    if not (installed / STAMP).exists():
        pytest.skip("npm could not install the packages")
    altered = replace(delivery.request, body=delivery.request.body + b" ")
    paths = _saved([delivery.request, altered], tmp_path)
    command = [_program("node"), "verify.mjs", str(installed), delivery.secret, *paths]
    folder = NODE_PACKAGES["verifiers"].source
    said = subprocess.run(  # noqa: S603 (a script of ours)
        command, cwd=folder, capture_output=True, text=True, timeout=30, check=True
    ).stdout
    refusal = "WebhookVerificationError"
    assert said.splitlines() == [
        f"{name}: {what}" for name in ("standardwebhooks", "svix") for what in ("valid", refusal)
    ]


def test_a_message_of_the_shell_example_verifies(tmp_path: Path) -> None:
    body, secret = tmp_path / "body.json", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body.write_bytes(b'{"id":"msg_1","name":"B\xc3\xbccher"}')
    with receiver() as server:
        ended = subprocess.run(  # noqa: S603 (an example of ours)
            [_program("sh"), "send.sh", server.url, str(body)],
            cwd=_EXAMPLES,
            env={**os.environ, "WEBHOOK_SECRET": secret},
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        (request,) = server.received
    assert ended.stdout.strip() == "200"
    assert request.body == body.read_bytes()
    assert _said("Python", _saved([request], tmp_path), secret, "") == ["valid"]
