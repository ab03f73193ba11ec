"""Time-based one-time passwords as every authenticator app makes them: SHA-1, 6 digits, 30 seconds (RFC 6238).

The clock is the server's own; one step before and one after the present count too, for clocks that are a little off
(RFC 6238, 5.2). That a step is used once only is for who stores it to see to. ASVS 6.5.1, 6.5.5, 6.5.8.
"""

import base64
import secrets
from datetime import datetime
from typing import Final

import pyotp

STEP_S: Final = 30
_SEED_BYTES: Final = 20
"""As long as the hash's output (RFC 4226, 4, R6)."""
_TOLERATED_STEPS: Final = 1
_ISSUER: Final = "NexStock"


def new_seed() -> bytes:
    """Return the secret that an authenticator app and we are to share."""
    return secrets.token_bytes(_SEED_BYTES)


def as_text(seed: bytes) -> str:
    """Return a seed as people type it into an app: base 32."""
    return base64.b32encode(seed).decode()


def otpauth_uri(seed: bytes, email: str) -> str:
    """Return a seed as apps read it from a QR code (Google Authenticator, "Key URI Format")."""
    return _totp(seed).provisioning_uri(name=email, issuer_name=_ISSUER)


def matching_step(seed: bytes, code: str, now: datetime) -> int | None:
    """Return the time step that a code belongs to, if it is one of those that count now."""
    try:
        return _totp(seed).verify_and_get_timecode(code, for_time=now, valid_window=_TOLERATED_STEPS)
    except pyotp.OTPVerificationError:
        return None


def _totp(seed: bytes) -> pyotp.TOTP:
    return pyotp.TOTP(as_text(seed), interval=STEP_S)
