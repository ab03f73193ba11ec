"""A customer of the deployed API: HTTP and mails, nothing else. The demo, the proof and the e2e tests are customers."""

import re
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Self, TypeVar

import httpx

from infra.local.platform.faults import PlatformFault
from infra.local.platform.stack import RunningPlatform

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


class Customer:
    """Speaks to one deployed API.

    Args:
        platform: where the API and the mails are.
        source: the loopback address to call from; each has rate limits of its own.
    """

    def __init__(self, platform: RunningPlatform, *, source: str = "127.0.0.1") -> None:
        self.source = source
        transport = httpx.HTTPTransport(local_address=source)
        self.http = httpx.Client(base_url=platform.api_url, timeout=30, transport=transport, trust_env=False)
        self._mailbox_url = platform.mailbox_url

    def __enter__(self) -> Self:
        """Return the customer."""
        return self

    def __exit__(self, *_details: object) -> None:
        """Close the connections."""
        self.http.close()

    def register(self, email: str, password: str, organization: str = "Harbour Supplies") -> httpx.Response:
        """Register a person and their organization."""
        body = {"email": email, "password": password, "name": "Ada Quay", "organizationName": organization}
        return self.http.post("/v1/auth/register", json=body)

    def mails_to(self, email: str) -> list[dict[str, Any]]:
        """Return the captured mails to an address, the newest last."""
        captured = httpx.get(self._mailbox_url, timeout=10, trust_env=False).json()
        return [mail for mail in captured if email in mail["to"]]

    def mailed_code(self, email: str) -> str:
        """Return the code of the newest mail to an address."""
        code = code_in(eventually(lambda: self.mails_to(email))[-1])
        if code is None:
            raise PlatformFault("A mail came without a code")
        return code

    def verify(self, email: str) -> httpx.Response:
        """Enter the newest mailed code."""
        return self.http.post("/v1/auth/verify-email", json={"email": email, "code": self.mailed_code(email)})

    def invited(self, owner: SignedIn, email: str, role: str = "member") -> str:
        """Invite an address and return the token that it was mailed."""
        body = {"email": email, "role": role}
        expect(self.http.post("/v1/invitations", json=body, headers=owner.headers), 201)
        mail = eventually(lambda: [mail for mail in self.mails_to(email) if "/invitation#" in mail["text"]])[-1]
        return str(mail["text"].partition("/invitation#")[2].split()[0])

    def sign_in(self, email: str, password: str) -> SignedIn:
        """Sign a verified person in."""
        body = {"email": email, "password": password, "refreshTokenDelivery": "body"}
        told = expect(self.http.post("/v1/auth/login", json=body), 200).json()
        return SignedIn(email, told["organizationId"], told["accessToken"], told["refreshToken"])

    def new_owner(self, organization: str = "Harbour Supplies") -> SignedIn:
        """Register, verify and sign in a new person with a new organization."""
        email, password = f"{secrets.token_hex(8)}@customers.example", new_password()
        expect(self.register(email, password, organization), 202)
        expect(self.verify(email), 204)
        return self.sign_in(email, password)


def code_in(mail: dict[str, Any]) -> str | None:
    """Return the code that stands alone on a line of a mail, if there is one."""
    match = re.search(r"^\s+(\d{6})$", mail["text"], re.MULTILINE)
    return match.group(1) if match else None


def new_password() -> str:
    """Return a password for somebody who exists only on this machine."""
    return secrets.token_urlsafe(18)


def expect(answer: httpx.Response, status: int) -> httpx.Response:
    """Return the answer if it has the status.

    Raises:
        PlatformFault: it has another; the message says which request and what was answered.
    """
    if answer.status_code != status:
        request = answer.request
        what = f"{request.method} {request.url.path}"
        raise PlatformFault(f"{what} answered {answer.status_code} instead of {status}: {answer.text[:300]}")
    return answer


def eventually(probe: Callable[[], R], patience_s: float = _PATIENCE_S) -> R:
    """Return the first truthy answer of a probe.

    Raises:
        PlatformFault: there was none in time.
    """
    ends_at = time.monotonic() + patience_s
    while time.monotonic() < ends_at:
        if answer := probe():
            return answer
        time.sleep(0.1)
    raise PlatformFault(f"Something that should follow by itself did not come within {patience_s:.0f} s")


def loopback_address() -> str:
    """Return a loopback address that hardly anyone else uses; the only one where a machine has no more."""
    address = f"127.{secrets.randbelow(200) + 1}.{secrets.randbelow(250) + 1}.{secrets.randbelow(250) + 1}"
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return "127.0.0.1"
    return address
