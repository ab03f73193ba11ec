"""A client of the deployed API, as a customer's program would be one: HTTP and mails, nothing else."""

import re
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Self, TypeVar

import httpx

PASSWORD: Final = "violet harbour lantern 42"
_PATIENCE_S: Final = 20.0

R = TypeVar("R")


@dataclass(frozen=True)
class SignedIn:
    """An owner who has just signed in."""

    email: str
    organization_id: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """The header that authenticates this person."""
        return {"Authorization": f"Bearer {self.access_token}"}


class Client:
    """Speaks to one deployed API."""

    def __init__(self, api_url: str, mailbox_url: str, *, source: str = "127.0.0.1") -> None:
        self.source = source
        transport = httpx.HTTPTransport(local_address=source)
        self.http = httpx.Client(base_url=api_url, timeout=30, transport=transport, trust_env=False)
        self._mailbox_url = mailbox_url

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(self, *_details: object) -> None:
        """Close the connections."""
        self.http.close()

    def register(self, email: str, organization: str = "Harbour Supplies") -> httpx.Response:
        """Register a person and their organization."""
        body = {"email": email, "password": PASSWORD, "name": "Ada Quay", "organizationName": organization}
        return self.http.post("/v1/auth/register", json=body)

    def mails_to(self, email: str) -> list[dict[str, Any]]:
        """Return the captured mails to an address, the newest last."""
        captured = httpx.get(self._mailbox_url, timeout=10, trust_env=False).json()
        return [mail for mail in captured if email in mail["to"]]

    def mailed_code(self, email: str) -> str:
        """Return the code of the newest mail to an address."""
        mail = eventually(lambda: self.mails_to(email))[-1]
        match = re.search(r"^\s+(\d{6})$", mail["text"], re.MULTILINE)
        assert match is not None
        return match.group(1)

    def sign_in(self, email: str) -> SignedIn:
        """Sign a verified person in."""
        body = {"email": email, "password": PASSWORD, "refreshTokenDelivery": "body"}
        answer = self.http.post("/v1/auth/login", json=body)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        return SignedIn(email, told["organizationId"], told["accessToken"], told["refreshToken"])

    def new_owner(self) -> SignedIn:
        """Register, verify and sign in a new person with a new organization."""
        email = f"{secrets.token_hex(8)}@customers.example"
        assert self.register(email).status_code == 202
        verified = self.http.post("/v1/auth/verify-email", json={"email": email, "code": self.mailed_code(email)})
        assert verified.status_code == 204, verified.text
        return self.sign_in(email)


def loopback_address() -> str:
    """Return a loopback address that hardly anyone else uses; the only one where a machine has no more."""
    address = f"127.{secrets.randbelow(200) + 1}.{secrets.randbelow(250) + 1}.{secrets.randbelow(250) + 1}"
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return "127.0.0.1"
    return address


def eventually(probe: Callable[[], R], patience_s: float = _PATIENCE_S) -> R:
    """Return the first truthy answer of a probe.

    Raises:
        AssertionError: there was none in time.
    """
    ends_at = time.monotonic() + patience_s
    while time.monotonic() < ends_at:
        if answer := probe():
            return answer
        time.sleep(0.1)
    message = f"nothing came within {patience_s:.0f} s"
    raise AssertionError(message)
