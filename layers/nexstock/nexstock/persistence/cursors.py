"""Cursors: opaque to clients, authenticated, and bound to the list they were given out for.

A cursor names a position only; the partition always comes from the caller's own organization. The MAC (HMAC-SHA-256)
also covers organization, route and filter, so a cursor that was forged, borrowed or moved to another list is refused.
Cursors do not end by themselves: they are good for as long as the version of the secret is there that they were made
with, which is a day at least.
"""

import base64
import binascii
import hashlib
import hmac
import json
import zlib
from typing import Final

from nexstock.errors import InvalidCursor
from nexstock.ids import OrganizationId
from nexstock.observability import Metric, count

_MAC_BYTES: Final = 16
_MAX_LENGTH: Final = 6000
"""Room for the sums that a report carries, and far more than a position in a list sorted by names needs.

API Gateway takes 10,240 bytes of request line and headers together (AWS: "Quotas for configuring and running a REST
API").
"""

_LONG: Final = 512
_PACKED: Final = b"\0"
"""Before a position that is compressed; none begins so by itself."""


class PositionTooLong(Exception):  # noqa: N818 (names the fact)
    """A position, however well compressed, does not fit into a cursor."""


class Cursors:
    """Gives out and reads the cursors of one list of one organization."""

    def __init__(self, organization_id: OrganizationId, route: str, *filters: object) -> None:
        # A filter that is not given is null, so that it is no text that could be given.
        self._scope = [organization_id, route, *filters]

    def seal(self, position: str | None) -> str | None:
        """Return the cursor for a position; None stays None: there is no next page.

        Raises:
            PositionTooLong: it carries more than a cursor holds.
        """
        if position is None:
            return None
        raw = position.encode()
        if len(raw) > _LONG:
            raw = _PACKED + zlib.compress(raw, 9)
        # Only a list with more than one page needs the key, so only then is the encryption SDK loaded.
        from nexstock.crypto.platform_secrets import newest_secret  # noqa: PLC0415
        from nexstock.crypto.stored_secrets import Purpose  # noqa: PLC0415

        mac = self._mac(newest_secret(Purpose.CURSOR_MAC).value, raw)
        cursor = base64.urlsafe_b64encode(mac + raw).rstrip(b"=").decode()
        if len(cursor) > _MAX_LENGTH:
            raise PositionTooLong
        return cursor

    def open(self, cursor: str | None) -> str | None:
        """Return the position that a cursor stands for; None stays None: the list begins.

        Raises:
            InvalidCursor: not given out for this list (400).
        """
        if cursor is None:
            return None
        try:
            content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise InvalidCursor from None
        mac, raw = content[:_MAC_BYTES], content[_MAC_BYTES:]
        if len(cursor) > _MAX_LENGTH:
            raise InvalidCursor
        if not self._is_ours(mac, raw):
            count(Metric.CURSOR_REFUSED)
            raise InvalidCursor
        # Whatever is unpacked here was packed here, so its size is none that a client chose.
        return (zlib.decompress(raw.removeprefix(_PACKED)) if raw.startswith(_PACKED) else raw).decode()

    def _is_ours(self, mac: bytes, raw: bytes) -> bool:
        from nexstock.crypto.platform_secrets import every_secret  # noqa: PLC0415 (as above)
        from nexstock.crypto.stored_secrets import Purpose  # noqa: PLC0415 (as above)

        keys = [secret.value for secret in every_secret(Purpose.CURSOR_MAC)]
        return any(hmac.compare_digest(mac, self._mac(key, raw)) for key in keys)

    def _mac(self, key: bytes, raw: bytes) -> bytes:
        scope = json.dumps(self._scope, default=str).encode()
        return hmac.new(key, scope + b"\n" + raw, hashlib.sha256).digest()[:_MAC_BYTES]
