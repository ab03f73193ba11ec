"""Documents that prove to anybody, offline, what the platform said: signed by the key of the checkpoints."""

from typing import Any

from nexstock.crypto.checkpoint_signer import signed
from nexstock_verify.documents import SIGNER, Document


def signed_document(kind: str, body: dict[str, Any]) -> str:
    """Return a document as a file, which `nexstock-verify document` verifies and shows.

    Args:
        kind: what the document is, in lower-case words joined by hyphens: `deletion-receipt`.
        body: what it says, as JSON.

    Raises:
        ValueError: the kind has another form, or the body is not JSON.
    """
    document = Document.of(kind, body)
    return document.with_note(signed(SIGNER, document.text))
