"""Access tokens made by hand: every part of them as a test wants it, signed by the platform's own key or by another."""

import base64
import json
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from nexstock.auth.tokens import AccessClaims, token_claims
from nexstock.clock import utc_now
from nexstock.crypto.token_signer import current_signer
from nexstock.ids import new_id
from tests.support.api import call
from tests.support.environment import PUBLIC_BASE_URL
from tests.support.people import Person, StaffedOrganization

Json = dict[str, Any]

GROUP_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
FIELD_PRIME: Final = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
"""Of P-256 (FIPS 186-5, SP 800-186, 3.2.1.3)."""


def true_claims(organization: StaffedOrganization, person: Person, now: datetime | None = None) -> Json:
    """Return the claims that a person's true token has."""
    at = now or utc_now()
    claims = AccessClaims(person.id, organization.id, person.role, person.session_id)
    return token_claims(claims, issuer=PUBLIC_BASE_URL, token_id=new_id("tok", at), now=at)


def true_header() -> Json:
    """Return the header that a true token has."""
    return {"alg": "ES256", "typ": "at+jwt", "kid": current_signer(utc_now()).kid}


def base64url(raw: bytes) -> str:
    """Return bytes as JWS writes them (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def content(header: Json | str, claims: Json | str) -> str:
    """Return what is signed; a text stands there as it is."""
    parts = [part if isinstance(part, str) else json.dumps(part) for part in (header, claims)]
    return ".".join(base64url(part.encode()) for part in parts)


def signature(signed: str, key: ec.EllipticCurvePrivateKey | None = None) -> bytes:
    """Return the signature of a text as JWS has it (RFC 7518, 3.4), by the platform's own key unless given another."""
    der = (key or current_signer(utc_now()).private_key).sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
    return b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(der))


def token(claims: Json | str, header: Json | str | None = None, key: ec.EllipticCurvePrivateKey | None = None) -> str:
    """Return a whole token."""
    signed = content(true_header() if header is None else header, claims)
    return f"{signed}.{base64url(signature(signed, key))}"


def status(credential: str) -> int:
    """Return how a request with a bearer token is answered, the authorizer's refusal included."""
    return call("GET", "/v1/products", headers={"Authorization": f"Bearer {credential}"}).status
