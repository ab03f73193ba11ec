"""Signs access tokens; apart from their verification, because it opens a private key."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import jwt

from nexstock.auth.tokens import ALGORITHM, TYPE, AccessClaims, token_claims
from nexstock.config import HttpSettings
from nexstock.crypto.token_signer import TokenSigner, current_signer
from nexstock.ids import new_id

_ISSUER: Final = HttpSettings.from_env().public_base_url


def issue_access_token(
    claims: AccessClaims, now: datetime, *, signer_at: Callable[[datetime], TokenSigner] = current_signer
) -> str:
    """Return a signed access token, good for 15 minutes from `now`."""
    signer = signer_at(now)
    payload = token_claims(claims, issuer=_ISSUER, token_id=new_id("tok", now), now=now)
    return jwt.encode(payload, signer.private_key, ALGORITHM, headers={"kid": signer.kid, "typ": TYPE})
