"""Identity providers on loopback: one of our own, which also does what no honest one does, and a real one.

Ours signs whatever ID token a test asks for, and answers each of its three addresses as a test tells it to.
"""

import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Self
from urllib.parse import parse_qs, unquote_plus, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.support.engines import free_port, running

CLIENT_ID: Final = "nexstock:at+the/provider"
CLIENT_SECRET: Final = "s3cret:with/odd+signs %"

Json = dict[str, Any]
Alter = Callable[[Json], Json]

METADATA: Final = "/.well-known/openid-configuration"
KEYS: Final = "/keys"
TOKEN: Final = "/token"
_PORTS_OF_PROVIDERS: Final[set[int]] = set()
"""Those that providers of this process have had."""


@dataclass(frozen=True)
class Reply:
    """What an address answers."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    delay_s: float = 0.0


@dataclass(frozen=True)
class SigningKey:
    """A key pair of a provider."""

    kid: str
    algorithm: str
    private: Any

    @property
    def jwk(self) -> Json:
        """The public half, as a key set has it."""
        made = jwt.algorithms.get_default_algorithms()[self.algorithm].to_jwk(self.private.public_key(), as_dict=True)
        return {**made, "kid": self.kid, "use": "sig", "alg": self.algorithm}


@cache
def a_key(kid: str = "first", algorithm: str = "RS256", bits: int = 2048) -> SigningKey:
    """Return a key pair; the same one for the same name."""
    if algorithm == "ES256":
        return SigningKey(kid, algorithm, ec.generate_private_key(ec.SECP256R1()))
    return SigningKey(kid, algorithm, rsa.generate_private_key(65537, bits))


@dataclass
class Provider:
    """A provider; `replies` are what its addresses answer instead of the truth, `asked` how often each was.

    `redeemed` holds the forms that the token endpoint took, with the credentials that came along.
    """

    signing: SigningKey = field(default_factory=a_key)
    published: list[Json] | None = None
    metadata: Json = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    redeemed: list[Json] = field(default_factory=list)
    _codes: dict[str, tuple[Json, str]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Listen on a free port."""
        self._server = _server_with_a_port_of_its_own(_handler_of(self))
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_details: object) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def issuer(self) -> str:
        """What the provider calls itself."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def claims(self, authorization_url: str, email: str, /, **changes: Any) -> Json:  # noqa: ANN401 (any JSON value)
        """Return the claims of an honest ID token for a sign-in, and what a test changes; None takes a claim away."""
        asked, now = query_of(authorization_url), int(time.time())
        honest = {
            "iss": self.issuer,
            "sub": f"subject-of-{email}",
            "aud": asked["client_id"],
            "exp": now + 300,
            "iat": now,
            "nonce": asked["nonce"],
            "email": email,
            "email_verified": True,
            "name": "Ada Quay",
        }
        return {name: value for name, value in {**honest, **changes}.items() if value is not None}

    def code_for(self, authorization_url: str, token: str) -> str:
        """Return a code that is good for an ID token, as if somebody had signed in here."""
        code = secrets.token_urlsafe(16)
        self._codes[code] = (query_of(authorization_url), token)
        return code

    def signed(self, claims: Json, **header: Any) -> str:  # noqa: ANN401 (any JSON value)
        """Return an ID token with these claims."""
        headers = {"kid": self.signing.kid, **header}
        return jwt.encode(
            claims,
            self.signing.private,
            self.signing.algorithm,
            headers={name: value for name, value in headers.items() if value is not None},
        )

    def reply_to(self, path: str, form: Mapping[str, str], authorization: str) -> Reply:
        """Return what an address answers."""
        self.asked.append(path)
        if path in self.replies:
            time.sleep(self.replies[path].delay_s)
            return self.replies[path]
        match path:
            case "/.well-known/openid-configuration":
                return _json({**self._honest_metadata(), **self.metadata})
            case "/keys":
                return _json({"keys": [self.signing.jwk] if self.published is None else self.published})
            case "/token":
                return self._redeem(form, authorization)
        return Reply(b"", 404)

    def _honest_metadata(self) -> Json:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}{TOKEN}",
            "jwks_uri": f"{self.issuer}{KEYS}",
            "response_types_supported": ["code"],
        }

    def _redeem(self, form: Mapping[str, str], authorization: str) -> Reply:
        sent = {**_credentials(authorization), **form}
        self.redeemed.append(sent)
        if (sent.get("client_id"), sent.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _json({"error": "invalid_client"}, 401)
        asked, token = self._codes.pop(form.get("code", ""), ({}, ""))
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        fits = hmac.compare_digest(asked.get("code_challenge", ""), challenge)
        if not fits or form.get("redirect_uri") != asked["redirect_uri"]:
            return _json({"error": "invalid_grant"}, 400)
        return _json({"access_token": "unused", "token_type": "Bearer", "id_token": token})


def query_of(url: str) -> dict[str, str]:
    """Return the parameters of a URL."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@contextlib.contextmanager
def real_provider() -> Iterator[str]:
    """Run oidc-provider-mock, a provider that shares no code with us, and give its issuer."""
    port = free_port()
    _PORTS_OF_PROVIDERS.add(port)
    with running([sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)], port) as address:
        yield address


def signed_in_at(issuer: str, authorization_url: str, email: str, /, **claims: Any) -> dict[str, str]:  # noqa: ANN401
    """Sign somebody in at the real provider and return what it sends the browser back with."""
    told = {"email": email, "email_verified": True, "name": "Ada Quay", **claims}
    with httpx.Client(trust_env=False, timeout=10) as browser:
        stored = browser.put(f"{issuer}/users/{email}", json=told)
        assert stored.status_code == 204, stored.text
        answer = browser.post(authorization_url, data={"sub": email})
    assert answer.status_code == 302, answer.text
    return query_of(answer.headers["Location"])


def _credentials(authorization: str) -> Json:
    scheme, _, encoded = authorization.partition(" ")
    if scheme != "Basic":
        return {}
    client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    return {"client_id": unquote_plus(client_id), "client_secret": unquote_plus(secret), "by": "basic"}


def _json(body: Json, status: int = 200) -> Reply:
    return Reply(json.dumps(body).encode(), status)


def _server_with_a_port_of_its_own(
    handler: type[http.server.BaseHTTPRequestHandler],
) -> http.server.ThreadingHTTPServer:
    """Return a server on a port that no provider had before: what the layer keeps of one, it keeps by its address."""
    with contextlib.ExitStack() as passed_over:
        while True:
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
            if server.server_port not in _PORTS_OF_PROVIDERS:
                _PORTS_OF_PROVIDERS.add(server.server_port)
                return server
            # It holds its port until another is found.
            passed_over.callback(server.server_close)


def _handler_of(provider: Provider) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer({name: values[0] for name, values in parse_qs(sent).items()})

        def _answer(self, form: Mapping[str, str]) -> None:
            reply = provider.reply_to(self.path, form, self.headers.get("Authorization", ""))
            # Whoever asked may have given up by now.
            with contextlib.suppress(OSError):
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.content_type)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

        def log_message(self, *_arguments: object) -> None:
            """Stay silent."""

    return Handler
