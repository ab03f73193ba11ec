"""What the platform signs as a document is verified by the keys that organizations have noted."""

import pytest

from nexstock.audit.checkpoints import log_name
from nexstock.crypto.checkpoint_signer import public_keys
from nexstock.crypto.documents import signed_document
from nexstock_verify.documents import Document
from tests.support.people import an_organization

pytestmark = pytest.mark.usefixtures("platform")


def test_a_signed_document_is_verified_by_the_key_that_was_noted_for_a_log() -> None:
    organization = an_organization()
    body = {"organizationId": organization.id, "keys": ["x" * 9000]}
    document = Document.open(signed_document("deletion-receipt", body), public_keys(log_name(organization.id)))
    assert (document.kind, document.body) == ("deletion-receipt", body)


def test_the_same_document_is_the_same_text() -> None:
    assert signed_document("receipt", {"a": 1, "b": 2}) == signed_document("receipt", {"b": 2, "a": 1})
