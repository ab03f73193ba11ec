"""GET /.well-known/webhook-keys/{organization_id}: the public keys that verify an organization's webhook messages.

The keys follow from the organization's id, so the answer does not tell whether there is such an organization.
"""

from typing import Literal, Self

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.clock import utc_now
from nexstock.crypto.message_keys import MessageKey, published_keys
from nexstock.http.api import Api
from nexstock.http.results import answered
from nexstock.http.schemas import Instant, View

app = Api()


class WebhookKeyView(View):
    """A key; `publicKey` is `whpk_` and the base64 of its 32 bytes, `signsUntil` null while it has no successor."""

    id: str
    algorithm: Literal["ed25519"] = "ed25519"
    public_key: str
    signs_from: Instant
    signs_until: Instant | None

    @classmethod
    def of(cls, key: MessageKey) -> Self:
        """Return the view of the public half."""
        return cls(id=key.id, public_key=key.public_text, signs_from=key.begins, signs_until=key.ends)


class WebhookKeysView(View):
    """The keys that sign now or will, the newest first."""

    keys: list[WebhookKeyView]


@app.get("/.well-known/webhook-keys/{organization_id}", requires=Access.PUBLIC)
def get_webhook_keys(organization_id: str) -> Response[WebhookKeysView]:
    """Read the public keys; each is here a day before it signs, so they may be kept for a day.

    Raises:
        NotFound: not an organization's id (404).
    """
    keys = published_keys(organization_id, utc_now())
    return answered(WebhookKeysView(keys=[WebhookKeyView.of(key) for key in keys]))


handler = app.handler
