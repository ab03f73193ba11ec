"""A provider that is away, slow or says nonsense: told as such, and nothing is left of the sign-in."""

import json
import time
from typing import Any, Final

import pytest

from tests.support.api import Reply, call
from tests.support.engines import free_port
from tests.support.people import an_organization
from tests.support.providers import KEYS, METADATA, TOKEN, Provider
from tests.support.providers import Reply as Answer
from tests.support.receivers import endless, receiver
from tests.support.single_sign_on import (
    a_domain,
    an_organization_at,
    answer_of,
    begun,
    completed,
    connected,
    signed_on,
)

_FAILED: Final = (502, "identity_provider_failed")
_BAD: Final[dict[str, Answer]] = {
    "500": Answer(b"{}", 500),
    "404": Answer(b"{}", 404),
    "redirect": Answer(b"{}", 302),
    "no JSON": Answer(b"<html>Welcome</html>"),
    "another type": Answer(b"{}", content_type="text/html"),
    "no type": Answer(b"{}", content_type=""),
    "no object": Answer(b"[]"),
    "nothing": Answer(b""),
    "empty": Answer(b"{}"),
    "deep": Answer(b"[" * 60_000),
    "huge": Answer(b" " * 70_000 + b"{}"),
    "no text": Answer(b"\xff\xfe\x00"),
}


def _failed(reply: Reply) -> None:
    assert (reply.status, reply.json["code"]) == _FAILED, reply.text
    assert "127.0.0.1" not in reply.text


@pytest.mark.parametrize("place", [METADATA, KEYS, TOKEN])
@pytest.mark.parametrize("answer", _BAD)
def test_a_bad_answer_is_told_as_the_providers_and_leaves_nothing(place: str, answer: str) -> None:
    with Provider() as provider:
        organization, domain = an_organization_at(provider)
        email = f"ada@{domain}"
        provider.replies[place] = _BAD[answer]
        if place == METADATA:
            _failed(call("POST", "/v1/auth/sso/start", body={"email": email}))
        else:
            body = answer_of(provider, begun(email), email)
            _failed(completed(body))
            # The sign-in is over: the same answer is not tried on the provider again.
            assert completed(body).status == 401
        members = call("GET", "/v1/members", token=organization.owner.token).json["items"]
        assert len(members) == 3
        # What was bad is not remembered.
        del provider.replies[place]
        assert signed_on(provider, email).status == 200


def test_a_slow_provider_is_waited_for_within_a_bound() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        body = answer_of(provider, begun(f"ada@{domain}"), f"ada@{domain}")
        provider.replies[TOKEN] = Answer(b"{}", delay_s=6)
        began = time.monotonic()
        _failed(completed(body))
        assert time.monotonic() - began < 5


def test_a_provider_that_never_ends_is_left() -> None:
    beginning = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
    with receiver(endless(beginning)) as server:
        organization, domain = an_organization(), a_domain()
        connected(organization, f"http://127.0.0.1:{server.port}/{domain}", domain)
        began = time.monotonic()
        _failed(call("POST", "/v1/auth/sso/start", body={"email": f"ada@{domain}"}))
        assert time.monotonic() - began < 4


def test_a_provider_that_is_away_is_told_as_such() -> None:
    organization, domain = an_organization(), a_domain()
    connected(organization, f"http://127.0.0.1:{free_port()}", domain)
    _failed(call("POST", "/v1/auth/sso/start", body={"email": f"ada@{domain}"}))


@pytest.mark.asvs("10.5.3")
@pytest.mark.parametrize("issuer", ["https://another.example", "", None, 7])
def test_metadata_of_another_issuer_is_not_taken(issuer: Any) -> None:  # noqa: ANN401 (any JSON value)
    with Provider(metadata={"issuer": issuer}) as provider:
        _, domain = an_organization_at(provider)
        _failed(call("POST", "/v1/auth/sso/start", body={"email": f"ada@{domain}"}))


@pytest.mark.asvs("10.5.3")
def test_the_issuer_is_compared_to_the_letter() -> None:
    with Provider() as provider:
        organization, domain = an_organization(), a_domain()
        connected(organization, f"{provider.issuer}/", domain)
        _failed(call("POST", "/v1/auth/sso/start", body={"email": f"ada@{domain}"}))
        provider.metadata = {"issuer": f"{provider.issuer}/"}
        assert begun(f"ada@{domain}")


@pytest.mark.asvs("1.3.6")
@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri", "authorization_endpoint"])
@pytest.mark.parametrize(
    "address", ["http://169.254.169.254/latest/meta-data", "http://10.0.0.1/", "file:///etc/passwd", "javascript:1"]
)
def test_metadata_leads_to_no_address_that_may_not_be_called(name: str, address: str) -> None:
    with Provider(metadata={name: address}) as provider:
        _, domain = an_organization_at(provider)
        email = f"ada@{domain}"
        started = call("POST", "/v1/auth/sso/start", body={"email": email})
        if name == "authorization_endpoint":
            # The browser goes there, not we; so only what is no web address is refused.
            assert started.status == (200 if address.startswith("http") else 502)
        else:
            _failed(completed(answer_of(provider, started.json, email)))


def test_a_provider_that_does_not_know_us_says_so_to_the_organization() -> None:
    with Provider() as provider:
        organization, domain = an_organization(), a_domain()
        connected(organization, provider.issuer, domain, clientSecret="not the secret")
        reply = signed_on(provider, f"ada@{domain}")
    _failed(reply)
    assert "client" in reply.json["detail"]


@pytest.mark.parametrize("body", [b"", b"[]", json.dumps({"error": 7}).encode(), b"<html></html>"])
def test_a_refusal_that_cannot_be_read_is_the_providers_failure(body: bytes) -> None:
    with Provider(replies={TOKEN: Answer(body, 400)}) as provider:
        _, domain = an_organization_at(provider)
        _failed(signed_on(provider, f"ada@{domain}"))
