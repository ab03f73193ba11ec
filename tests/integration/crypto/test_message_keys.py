"""The keys of `v1a` signatures are published for everybody, ahead of their use, and say nothing of who exists."""

from datetime import timedelta

import pytest

from nexstock.clock import to_rfc3339, utc_now
from nexstock.crypto.message_keys import published_keys, signing_keys
from nexstock.crypto.platform_secrets import every_secret
from nexstock.crypto.stored_secrets import Purpose
from nexstock.ids import OrganizationId, new_id
from tests.support.api import call
from tests.support.people import an_organization

pytestmark = pytest.mark.usefixtures("platform")


def test_keys_are_public_and_their_private_halves_are_not() -> None:
    organization = an_organization()
    reply = call("GET", f"/.well-known/webhook-keys/{organization.id}")
    (secret,) = every_secret(Purpose.WEBHOOK_SIGNING)
    (published,) = published_keys(organization.id, utc_now())
    assert reply.status == 200
    assert reply.json == {
        "keys": [
            {
                "id": secret.version,
                "algorithm": "ed25519",
                "publicKey": published.public_text,
                "signsFrom": to_rfc3339(secret.created_at),
                "signsUntil": None,
            }
        ]
    }
    assert [key.public_key() for key in signing_keys(organization.id, utc_now())] == [published.private.public_key()]


def test_an_organization_that_there_is_not_has_keys_as_well() -> None:
    nobody = OrganizationId(new_id("org", utc_now() - timedelta(days=9)))
    reply = call("GET", f"/.well-known/webhook-keys/{nobody}")
    assert (reply.status, len(reply.json["keys"])) == (200, 1)


@pytest.mark.parametrize("not_one", ["org_", "usr_01JD0000000000000000000000", "org_01jd0000000000000000000000", "x"])
def test_what_is_no_organizations_id_has_none(not_one: str) -> None:
    assert call("GET", f"/.well-known/webhook-keys/{not_one}").status == 404


def test_a_clock_that_is_behind_signs_as_well() -> None:
    organization = an_organization()
    (secret,) = every_secret(Purpose.WEBHOOK_SIGNING)
    (behind,) = signing_keys(organization.id, secret.created_at - timedelta(minutes=5))
    (now,) = signing_keys(organization.id, utc_now())
    assert behind.private_bytes_raw() == now.private_bytes_raw()
