"""Sealing: the one pair of functions that encrypts a field and opens it again.

A ciphertext is bound to its organization, kind, id and field: moved anywhere else, it does not open. What belongs to an
organization is sealed under the key of the resource, and that under the organization's data key, which KMS wraps; what
is the platform's own, or a person's, under the KMS key itself (docs/adr/0005-sealing.md).
"""

import contextlib
from typing import Final

from nexstock.crypto import item_keys
from nexstock.crypto.data_keys import earlier_data_keys, newest_data_key
from nexstock.crypto.messages import CannotOpen, Materials, decrypt, encrypt, kms_materials
from nexstock.crypto.places import KEPT_ANSWER, PERSON, PLATFORM, Seal, SealedPlace
from nexstock.ids import OrganizationId
from nexstock.persistence.transaction import Transaction

__all__ = ["CannotOpen", "open_sealed", "seal", "seal_first"]

_UNDER_KMS: Final = frozenset({PLATFORM, PERSON})


def seal(place: SealedPlace, plaintext: bytes) -> bytes:
    """Return the plaintext as a ciphertext that opens at this place only.

    Raises:
        CannotOpen: the keys of the place do not open, so nothing is sealed under them either.
        TemporarilyUnavailable: KMS did not answer (503).
    """
    return encrypt(_sealing_materials(place), place.encryption_context, plaintext)


def seal_first(transaction: Transaction) -> Seal:
    """Return what seals the first value of a new resource, whose key it stages beside it."""

    def seal_one(place: SealedPlace, plaintext: bytes) -> bytes:
        key = item_keys.stage_item_key(place, transaction)
        return encrypt(key.materials, place.encryption_context, plaintext)

    return seal_one


def open_sealed(place: SealedPlace, ciphertext: bytes) -> bytes:
    """Return what was sealed at this place.

    Raises:
        CannotOpen: altered, cut, sealed for another place, or its keys are gone or refused.
        TemporarilyUnavailable: KMS did not answer (503).
    """
    if place.kind == KEPT_ANSWER:
        return _open_answer(place, ciphertext)
    if place.organization in _UNDER_KMS:
        return decrypt(kms_materials(), place.encryption_context, ciphertext)
    try:
        return decrypt(item_keys.item_key(place).materials, place.encryption_context, ciphertext)
    except CannotOpen:
        # A resource that was deleted and made again has another key than the container may still have.
        if not item_keys.forget(place):
            raise
        return decrypt(item_keys.item_key(place).materials, place.encryption_context, ciphertext)


def _sealing_materials(place: SealedPlace) -> Materials:
    if place.organization in _UNDER_KMS:
        return kms_materials()
    if place.kind == KEPT_ANSWER:
        return newest_data_key(OrganizationId(place.organization), place.kind).materials
    return item_keys.item_key(place).materials


def _open_answer(place: SealedPlace, ciphertext: bytes) -> bytes:
    """Open what stands under a data key itself, nearly always the newest, for it is kept for a day."""
    organization_id = OrganizationId(place.organization)
    newest = newest_data_key(organization_id, place.kind)
    try:
        return decrypt(newest.materials, place.encryption_context, ciphertext)
    except CannotOpen:
        for earlier in earlier_data_keys(organization_id, place.kind):
            with contextlib.suppress(CannotOpen):
                return decrypt(earlier.materials, place.encryption_context, ciphertext)
        raise
